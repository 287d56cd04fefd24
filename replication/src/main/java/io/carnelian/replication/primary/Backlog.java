package io.carnelian.replication.primary;

import io.carnelian.replication.stream.BlockRing;
import io.carnelian.replication.stream.StreamCursor;
import io.carnelian.server.feed.Sink;
import io.carnelian.server.feed.StreamBlock;

/**
 * The last part of the write stream, for replicas that come back, and all of it that a present
 * replica has not taken yet. Holds the stream's own blocks by their reference count; a replica is a
 * {@link StreamCursor} into them.
 *
 * <pre>
 *   WriteStream ──accept(block, from, to)──► ring of blocks ──► onGrown: replicas read on
 * </pre>
 *
 * Command thread only.
 */
final class Backlog implements Sink {
    private final BlockRing<StreamBlock> ring;
    private final Runnable onGrown;

    /**
     * @param position offset of the stream now: it begins empty
     * @param onGrown called after every piece of the stream
     */
    Backlog(long limitBytes, long position, Runnable onGrown) {
        this.ring = new BlockRing<>(limitBytes, position, StreamBlock::release);
        this.onGrown = onGrown;
    }

    @Override
    public void accept(StreamBlock block, int from, int to) {
        if (block.start() + from != ring.endPosition()) {
            throw new IllegalStateException(
                    "stream at " + (block.start() + from) + ", backlog at " + ring.endPosition());
        }
        if (block.equals(ring.last())) {
            ring.grow(to - from);
        } else {
            block.retain();
            ring.add(block, to - from);
        }
        onGrown.run();
    }

    /** A reader from a position that is kept, or from the end. */
    StreamCursor<StreamBlock> cursorAt(long position) {
        return new StreamCursor<>(ring, position);
    }

    /** Offset of the first byte that is kept. */
    long firstPosition() {
        return ring.firstPosition();
    }

    long endPosition() {
        return ring.endPosition();
    }

    /** Bytes kept: Redis's {@code repl_backlog_histlen}. */
    long bytes() {
        return ring.bytes();
    }

    void setLimitBytes(long bytes) {
        ring.setLimitBytes(bytes);
    }

    /** Releases every block; replicas must have left. */
    void close() {
        ring.clear();
    }
}
