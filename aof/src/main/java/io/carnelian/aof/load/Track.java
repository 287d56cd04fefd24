package io.carnelian.aof.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows where the stream is while files are read: a line says it, and every command's bytes count
 * from there. Keeps the last bytes, for replicas that lack some of them. Loader thread.
 */
final class Track {
    private final long tailLimitBytes;
    private final ArrayDeque<ByteBuf> tail = new ArrayDeque<>();
    private long tailBytes;
    private String replid = "";
    private long offset;

    /** Of {@link #offset}, bytes of a transaction that has not ended. */
    private long unsettled;

    /**
     * @param tailLimitBytes how many of the last bytes to keep, about
     */
    Track(long tailLimitBytes) {
        this.tailLimitBytes = tailLimitBytes;
    }

    boolean isAt(long position) {
        return !replid.isEmpty() && offset == position;
    }

    /** The stream is here, as the file says. What is kept goes on only if it was here already. */
    void place(String id, long position) {
        if (!isAt(position)) {
            release();
        }
        replid = id;
        offset = position;
        unsettled = 0;
    }

    /** A command of the stream. */
    void command(long bytes, boolean inTransaction) {
        offset += bytes;
        unsettled = inTransaction ? unsettled + bytes : 0;
    }

    /** Bytes of commands that were counted. */
    void keep(ByteBuf bytes) {
        if (replid.isEmpty() || !bytes.isReadable()) {
            return;
        }
        tail.add(bytes.retain());
        tailBytes += bytes.readableBytes();
        while (tailBytes - tail.element().readableBytes() >= tailLimitBytes) {
            ByteBuf first = tail.remove();
            tailBytes -= first.readableBytes();
            first.release();
        }
    }

    /** Drops what is kept. */
    void release() {
        for (ByteBuf bytes = tail.poll(); bytes != null; bytes = tail.poll()) {
            bytes.release();
        }
        tailBytes = 0;
    }

    /** At the end: without the transaction that was cut off. */
    LoadedPlace end(int db) {
        long excess = unsettled;
        while (excess > 0 && !tail.isEmpty()) {
            ByteBuf last = tail.removeLast();
            int bytes = last.readableBytes();
            if (bytes > excess) {
                tail.add(last.retainedSlice(last.readerIndex(), (int) (bytes - excess)));
            }
            last.release();
            excess -= Math.min(excess, bytes);
        }
        List<ByteBuf> kept = new ArrayList<>(tail);
        return new LoadedPlace(replid, offset - unsettled, db, kept);
    }
}
