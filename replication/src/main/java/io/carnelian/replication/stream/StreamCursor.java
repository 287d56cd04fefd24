package io.carnelian.replication.stream;

/**
 * A reader of the stream: a position in the blocks of a {@link BlockRing}, which keeps them from
 * there on.
 *
 * <pre>
 *   while (cursor.next(max))  send(cursor.block(), cursor.from(), cursor.to());
 * </pre>
 *
 * @param <B> what a block is
 */
public final class StreamCursor<B> {
    private final BlockRing<B> ring;
    private long number;
    private long position;
    private long from;
    private boolean closed;

    /** Stands at a position that the ring keeps, or at its end. */
    public StreamCursor(BlockRing<B> ring, long position) {
        this.ring = ring;
        this.position = position;
        this.number = ring.pinAt(position);
    }

    /** Position of the next byte to read. */
    public long position() {
        return position;
    }

    /** Bytes between here and the end of the stream. */
    public long behindBytes() {
        return ring.endPosition() - position;
    }

    /**
     * Steps over the next bytes, at most {@code maxBytes}, of one block: {@link #block}, {@link
     * #from}, {@link #to} then say which. False at the end of the stream.
     */
    public boolean next(int maxBytes) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        if (!ring.has(number)) {
            return false;
        }
        if (position == ring.end(number) && !ring.isLast(number)) {
            ring.pinNext(number);
            number++;
        }
        from = position;
        position = Math.min(ring.end(number), position + maxBytes);
        return position > from;
    }

    /** The block of the last step. */
    public B block() {
        return ring.block(number);
    }

    /** Position of the last step's first byte; not before {@link #block}'s first. */
    public long from() {
        return from;
    }

    /** Position after the last step's last byte: the same as {@link #position}. */
    public long to() {
        return position;
    }

    /** Reads no more: its blocks may leave. */
    public void close() {
        if (!closed) {
            closed = true;
            ring.unpin(number);
        }
    }
}
