package io.carnelian.server.table;

/**
 * A place in a score tree. It is reused, so that reading allocates nothing; it is valid until the
 * tree changes, in that of a snapshot to its end.
 */
public final class ScoreCursor {
    private final long[] nodes = new long[ScoreTree.MAX_LEVELS];
    private final int[] slots = new int[ScoreTree.MAX_LEVELS];
    private int depth;

    /** Goes to the element of a rank, 0 ≤ rank &lt; count. */
    public void seek(long root, long rank) {
        long rest = rank;
        depth = 0;
        long node = root;
        nodes[0] = node;
        while (ScoreNode.level(node) > 0) {
            int i = 0;
            for (long below = ScoreNode.elements(node, 0); rest >= below; ) {
                rest -= below;
                below = ScoreNode.elements(node, ++i);
            }
            slots[depth] = i;
            node = ScoreNode.child(node, i);
            nodes[++depth] = node;
        }
        slots[depth] = (int) rest;
    }

    /** Goes to the next element; there must be one. */
    public void next() {
        if (++slots[depth] < ScoreNode.count(nodes[depth])) {
            return;
        }
        int leaf = depth;
        do {
            depth--;
        } while (++slots[depth] == ScoreNode.count(nodes[depth]));
        while (depth < leaf) {
            long child = ScoreNode.child(nodes[depth], slots[depth]);
            nodes[++depth] = child;
            slots[depth] = 0;
        }
    }

    /** Goes to the element before; there must be one. */
    public void previous() {
        if (--slots[depth] >= 0) {
            return;
        }
        int leaf = depth;
        do {
            depth--;
        } while (--slots[depth] < 0);
        while (depth < leaf) {
            long child = ScoreNode.child(nodes[depth], slots[depth]);
            nodes[++depth] = child;
            slots[depth] = ScoreNode.count(child) - 1;
        }
    }

    public double score() {
        return ScoreNode.score(nodes[depth], slots[depth]);
    }

    /** The record of the member: its text is the key. */
    public long member() {
        return ScoreNode.member(nodes[depth], slots[depth]);
    }
}
