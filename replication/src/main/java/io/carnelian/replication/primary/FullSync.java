package io.carnelian.replication.primary;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.server.client.ReplicaLink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Sends one snapshot to one replica: the work of a snapshot thread, from the frozen keyspace
 * straight to the socket.
 *
 * <pre>
 *   snapshot ─walk─► SnapshotEncoder ─chunk─► accept ──send──► connection's loop ──► socket
 *                                               ▲   at most CHUNKS under way           │
 *                                               └────────────── sent ──────────────────┘
 * </pre>
 *
 * When the socket is slow this thread waits, and only it. When the replica goes, {@link #stop} ends
 * the walk at the next chunk. The snapshot is given back by the command thread, when {@link
 * Outcome} reaches it.
 */
final class FullSync implements Runnable, ChunkSink, ReplicaLink.Sent, SnapshotEncoder.Pace {
    /** What became of it; told once, on the snapshot thread. */
    interface Outcome {
        /** The length of the payload is known: its sending begins. Only without end mark. */
        void counted();

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

    private static final long UNKNOWN = -1;

    private final SnapshotEncoder encoder;
    private final ReplicaLink link;
    private final ByteBufAllocator allocator;
    private final String endMark;
    private final Outcome outcome;
    private final Semaphore room = new Semaphore(CHUNKS);
    private final long keys;
    private final LongSupplier keyDelayMicros;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile long length = UNKNOWN;
    private volatile boolean stopped;
    private final AtomicLong sentBytes = new AtomicLong();

    /**
     * @param endMark 40 characters that end the payload; empty for a peer that wants the length in
     *     front
     * @param keys in the snapshot
     * @param keyDelayMicros a pause after every key, for tests; asked on the snapshot thread
     */
    FullSync(
            SnapshotEncoder encoder,
            ReplicaLink link,
            ByteBufAllocator allocator,
            String endMark,
            long keys,
            LongSupplier keyDelayMicros,
            Outcome outcome) {
        this.encoder = encoder.at(this);
        this.keys = keys;
        this.keyDelayMicros = keyDelayMicros;
        this.link = link;
        this.allocator = allocator;
        this.endMark = endMark;
        this.outcome = outcome;
    }

    @Override
    public void run() {
        long begin = System.nanoTime();
        try {
            byte[] chunk = new byte[CHUNK_BYTES];
            if (endMark.isEmpty()) {
                sendWithLength(chunk);
            } else {
                send("$EOF:" + endMark + "\r\n");
                encoder.encode(this, chunk);
                send(endMark);
            }
            outcome.done((System.nanoTime() - begin) / 1_000_000);
        } catch (IOException e) {
            outcome.stopped();
        } catch (RuntimeException | Error e) {
            outcome.failed(e);
        }
    }

    /**
     * The snapshot is frozen, so it encodes to the same bytes each time: first they are counted,
     * then sent.
     */
    private void sendWithLength(byte[] chunk) throws IOException {
        encoder.encode(this::count, chunk);
        long counted = encoder.bytesDone();
        length = counted;
        outcome.counted();
        send("$" + counted + "\r\n");
        encoder.encode(this, chunk);
        if (encoder.bytesDone() != counted) {
            throw new IllegalStateException(
                    "counted " + counted + " bytes, encoded " + encoder.bytesDone());
        }
    }

    private byte[] count(byte[] chunk, int length) throws IOException {
        checkStopped();
        return chunk;
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

    /** Rests a while, in the first walk only, and ends it when it is of no use any more. */
    @Override
    public void afterKey() throws IOException {
        long delay = length == UNKNOWN ? keyDelayMicros.getAsLong() : 0;
        if (delay > 0) {
            try {
                var _ = ended.await(delay, TimeUnit.MICROSECONDS);
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
            checkStopped();
        }
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
        ended.countDown();
        room.release(CHUNKS);
    }

    /** Whether there is something for the socket to take. */
    boolean isHeldUp() {
        return room.availablePermits() < CHUNKS;
    }

    /** Bytes that the socket has not taken yet; an estimate until the length is known. */
    long leftBytes() {
        long total = length;
        if (total == UNKNOWN) {
            long done = encoder.keysDone();
            double average = done == 0 ? 0 : (double) encoder.bytesDone() / done;
            total = (long) (average * keys);
        }
        return Math.max(0, total - sentBytes());
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
