package io.carnelian.server.table;

import io.carnelian.server.memory.Slabs;

/** Frees a score tree that nobody sees any more, node by node, without its members. */
final class ScoreRelease {
    private final Slabs slabs;
    private final long[] nodes = new long[ScoreTree.MAX_LEVELS];
    private final int[] next = new int[ScoreTree.MAX_LEVELS];
    private int depth;

    ScoreRelease(Slabs slabs) {
        this.slabs = slabs;
    }

    void begin(long root) {
        depth = 0;
        nodes[0] = root;
        next[0] = 0;
    }

    /** Frees one node; false if it was the last. */
    boolean next() {
        long node = nodes[depth];
        while (ScoreNode.level(node) > 0 && next[depth] < ScoreNode.count(node)) {
            node = ScoreNode.child(node, next[depth]++);
            depth++;
            nodes[depth] = node;
            next[depth] = 0;
        }
        slabs.free(node);
        depth--;
        return depth >= 0;
    }
}
