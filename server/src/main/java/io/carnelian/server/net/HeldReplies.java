package io.carnelian.server.net;

import io.carnelian.server.resp.Output;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Replies of one connection that wait for the disk, in their order: each chunk with how much of the
 * stream must be stored before it may go. A chunk behind one that waits does so too. Command thread
 * only.
 */
final class HeldReplies {
    private record Held(ByteBuf chunk, long storedAt) {}

    private final ArrayDeque<Held> chunks = new ArrayDeque<>();
    private long bytes;
    private boolean released;

    /** Takes all of the output. */
    void add(Output output, long storedAt) {
        for (ByteBuf chunk = output.take(); chunk != null; chunk = output.take()) {
            if (released) {
                chunk.release();
            } else {
                chunks.add(new Held(chunk, storedAt));
                bytes += chunk.readableBytes();
            }
        }
    }

    /** The next chunk that may go, or null; the caller owns it. */
    @Nullable ByteBuf take(long storedUpTo) {
        Held first = chunks.peek();
        if (first == null || first.storedAt > storedUpTo) {
            return null;
        }
        chunks.remove();
        bytes -= first.chunk.readableBytes();
        return first.chunk;
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    long bytes() {
        return bytes;
    }

    /** The connection has ended: nothing is sent any more. */
    void release() {
        released = true;
        for (Held waiting : chunks) {
            waiting.chunk.release();
        }
        chunks.clear();
        bytes = 0;
    }
}
