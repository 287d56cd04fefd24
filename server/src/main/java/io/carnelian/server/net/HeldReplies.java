package io.carnelian.server.net;

import io.carnelian.server.resp.Output;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Replies of one connection that wait for the disk, in their order: each chunk with how much of the
 * stream must be stored before it may go. A chunk behind one that waits does so too. Kept by its
 * connection once it was needed: with {@code appendfsync always} every write's reply passes here.
 * Command thread only.
 */
final class HeldReplies {
    private static final int FIRST_ROOM = 2;

    private @Nullable ByteBuf[] chunks = new ByteBuf[FIRST_ROOM];
    private long[] storedAt = new long[FIRST_ROOM];
    private int first;
    private int end;
    private long bytes;
    private boolean released;

    /** Takes all of the output. */
    void add(Output output, long outputStoredAt) {
        for (ByteBuf chunk = output.take(); chunk != null; chunk = output.take()) {
            if (released) {
                chunk.release();
            } else {
                makeRoom();
                chunks[end] = chunk;
                storedAt[end] = outputStoredAt;
                end++;
                bytes += chunk.readableBytes();
            }
        }
    }

    private void makeRoom() {
        if (end < chunks.length) {
            return;
        }
        int count = end - first;
        if (first <= count) {
            chunks = Arrays.copyOf(chunks, 2 * chunks.length);
            storedAt = Arrays.copyOf(storedAt, chunks.length);
        }
        System.arraycopy(chunks, first, chunks, 0, count);
        System.arraycopy(storedAt, first, storedAt, 0, count);
        Arrays.fill(chunks, count, end, null);
        first = 0;
        end = count;
    }

    /** The next chunk that may go, or null; the caller owns it. */
    @Nullable ByteBuf take(long storedUpTo) {
        if (first == end || storedAt[first] > storedUpTo) {
            return null;
        }
        ByteBuf chunk = chunks[first];
        chunks[first] = null;
        first++;
        if (chunk != null) {
            bytes -= chunk.readableBytes();
        }
        if (first == end) {
            first = 0;
            end = 0;
        }
        return chunk;
    }

    boolean isEmpty() {
        return first == end;
    }

    long bytes() {
        return bytes;
    }

    /** The connection has ended: nothing is sent any more. */
    void release() {
        released = true;
        for (ByteBuf chunk = take(Long.MAX_VALUE); chunk != null; chunk = take(Long.MAX_VALUE)) {
            chunk.release();
        }
    }
}
