package io.carnelian.server.feed;

import io.netty.buffer.ByteBuf;

/**
 * A piece of the write stream in memory: whole commands, one after the other, from stream offset
 * {@link #start} on. Written once by the command thread, then only read; shared by everybody who
 * still needs it (backlog, replica cursors, AOF writer) through its buffer's reference count.
 */
public final class StreamBlock {
    private final ByteBuf buffer;
    private final long start;
    private int used;

    StreamBlock(ByteBuf buffer, long start) {
        this.buffer = buffer;
        this.start = start;
    }

    /** Offset in the stream of this block's first byte. */
    public long start() {
        return start;
    }

    /** Bytes written so far. */
    public int used() {
        return used;
    }

    public int capacity() {
        return buffer.capacity();
    }

    /** Offset in the stream after the last byte written. */
    public long end() {
        return start + used;
    }

    public long address() {
        return buffer.memoryAddress();
    }

    void advance(int bytes) {
        used += bytes;
    }

    public void retain() {
        buffer.retain();
    }

    public void release() {
        buffer.release();
    }

    /**
     * Bytes [from, to) as a buffer for a socket or file; shares the memory and keeps it until
     * released.
     */
    public ByteBuf slice(int from, int to) {
        return buffer.retainedSlice(from, to - from);
    }
}
