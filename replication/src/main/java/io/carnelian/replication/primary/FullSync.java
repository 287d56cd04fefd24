package io.carnelian.replication.primary;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.replication.payload.Payload;
import io.carnelian.server.client.ReplicaLink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends one payload to one replica: the work of a snapshot thread.
 *
 * <pre>
 *   Payload ──chunk──► accept ──send──► connection's loop ──► socket
 *                        ▲   at most CHUNKS under way           │
 *                        └────────────── sent ──────────────────┘
 * </pre>
 *
 * When the socket is slow this thread waits, and only it. When the replica goes, {@link #stop} ends
 * the sending at the next chunk.
 */
final class FullSync implements Runnable, ChunkSink, ReplicaLink.Sent {
    /** What became of it; told once, on the snapshot thread. */
    interface Outcome {
        /** Everything has been handed to the connection. */
        void done(long ms);

        /** The peer has gone, or was sent away. */
        void stopped();

        void failed(Throwable cause);
    }

    static final int CHUNK_BYTES = 128 * 1024;

    /**
     * Chunks with the connection at a time; with {@link #CHUNK_BYTES} 1 MiB of memory a replica.
     */
    static final int CHUNKS = 8;

    private final Payload payload;
    private final ReplicaLink link;
    private final ByteBufAllocator allocator;
    private final String endMark;
    private final Outcome outcome;
    private final Semaphore room = new Semaphore(CHUNKS);
    private volatile boolean stopped;
    private final AtomicLong sentBytes = new AtomicLong();

    /**
     * @param payload is released at the end
     * @param endMark 40 characters that end the payload; empty for a peer that wants the length in
     *     front: then it is known
     */
    FullSync(
            Payload payload,
            ReplicaLink link,
            ByteBufAllocator allocator,
            String endMark,
            Outcome outcome) {
        this.payload = payload;
        this.link = link;
        this.allocator = allocator;
        this.endMark = endMark;
        this.outcome = outcome;
    }

    @Override
    public void run() {
        long begin = System.nanoTime();
        try {
            send(isMarked() ? "$EOF:" + endMark + "\r\n" : "$" + payload.bytes() + "\r\n");
            payload.put(this, new byte[CHUNK_BYTES]);
            if (isMarked()) {
                send(endMark);
            }
            outcome.done((System.nanoTime() - begin) / 1_000_000);
        } catch (IOException | RuntimeException | Error e) {
            if (stopped) {
                outcome.stopped();
            } else {
                outcome.failed(e);
            }
        } finally {
            payload.release();
        }
    }

    @Override
    public byte[] accept(byte[] chunk, int length) throws IOException {
        ByteBuf bytes = takeRoom(length);
        bytes.writeBytes(chunk, 0, length);
        link.send(bytes, this);
        return chunk;
    }

    private void send(String words) throws IOException {
        ByteBuf bytes = takeRoom(words.length());
        bytes.writeCharSequence(words, StandardCharsets.ISO_8859_1);
        link.send(bytes, this);
    }

    /** Waits until the connection holds few enough chunks. */
    private ByteBuf takeRoom(int bytes) throws IOException {
        room.acquireUninterruptibly();
        checkStopped();
        return allocator.directBuffer(bytes);
    }

    private void checkStopped() throws IOException {
        if (stopped) {
            throw new IOException("stopped");
        }
    }

    @Override
    public void sent(int bytes, boolean ok) {
        if (ok) {
            sentBytes.addAndGet(bytes);
        } else {
            stopped = true;
        }
        room.release();
    }

    /** Ends the walk soon; from any thread. */
    void stop() {
        stopped = true;
        payload.stop();
        room.release(CHUNKS);
    }

    /** Whether there is something for the socket to take. */
    boolean isHeldUp() {
        return room.availablePermits() < CHUNKS;
    }

    /** Bytes that the socket has not taken yet; an estimate until the length is known. */
    long leftBytes() {
        return Math.max(0, payload.bytes() - sentBytes());
    }

    /** Whether the payload ends with a mark, not with its length reached. */
    boolean isMarked() {
        return !endMark.isEmpty();
    }

    /** Bytes that the socket has taken. */
    long sentBytes() {
        return sentBytes.get();
    }
}
