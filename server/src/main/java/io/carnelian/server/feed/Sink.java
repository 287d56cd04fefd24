package io.carnelian.server.feed;

/**
 * A taker of the write stream: AOF, replication backlog, a recorder in tests. Called on the command
 * thread.
 */
public interface Sink {
    /**
     * Bytes [from, to) of the block are the next of the stream; called at the end of every turn
     * that appended, once a block. The block stays valid during the call: retain it to keep it.
     */
    void accept(StreamBlock block, int from, int to);
}
