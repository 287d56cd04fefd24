package io.carnelian.replication.replica;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The payload on its way from the socket to the thread that loads it. The socket is not read while
 * too much waits in here, so that its size does not matter.
 *
 * <pre>
 *   command thread ──put──► at most some MiB ──read──► loader thread
 *                  ◄─────────── onRoom ─────────────────┘
 * </pre>
 */
final class PayloadPipe extends InputStream {
    /** The socket should rest when more waits, in bytes. */
    static final int FULL_BYTES = 8 << 20;

    private static final int ROOM_BYTES = FULL_BYTES / 2;

    private final Runnable onRoom;
    private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
    private long waiting;
    private int at;
    private boolean full;
    private boolean ended;
    private @Nullable String broken;

    /**
     * @param onRoom told on the reader's thread, once after each time that it was full
     */
    PayloadPipe(Runnable onRoom) {
        this.onRoom = onRoom;
    }

    /** Adds bytes. Returns false if the socket should rest now. */
    synchronized boolean put(byte[] chunk) {
        if (broken != null) {
            return true;
        }
        if (chunk.length > 0) {
            chunks.add(chunk);
            waiting += chunk.length;
            notifyAll();
        }
        full |= waiting > FULL_BYTES;
        return !full;
    }

    /** No more bytes will come. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Nobody reads any more: a reader fails, and what is put is dropped. */
    synchronized void fail(String why) {
        broken = why;
        chunks.clear();
        waiting = 0;
        full = false;
        notifyAll();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int count;
        boolean room;
        synchronized (this) {
            byte[] first = first();
            if (first == null) {
                return -1;
            }
            count = Math.min(length, first.length - at);
            System.arraycopy(first, at, to, offset, count);
            at += count;
            waiting -= count;
            if (at == first.length) {
                chunks.remove();
                at = 0;
            }
            room = full && waiting < ROOM_BYTES;
            full &= !room;
        }
        if (room) {
            onRoom.run();
        }
        return count;
    }

    /** Waits for the first chunk; null at the end. Under the lock. */
    private byte @Nullable [] first() throws IOException {
        while (true) {
            if (broken != null) {
                throw new IOException(broken);
            }
            if (!chunks.isEmpty()) {
                return chunks.peek();
            }
            if (ended) {
                return null;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }
}
