package io.carnelian.server.table;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.epoch.Fault;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * The members of a big sorted set in their order, by score and then by bytes: a B+-tree that counts
 * the elements below each child, so that ranks are found, and counted between bounds, in O(log n).
 *
 * <pre>
 *   inner node   least score, member | child | elements below       × up to 31
 *       └─ leaf  score | address of the member's record             × up to 127
 * </pre>
 *
 * A million members have some 12,000 leaves and 500 inner nodes in three levels. Rejected: a
 * skiplist, with 27 bytes more a member and no node that could be copied alone; leaves with the
 * members' bytes, from which a table could not find its way back to a leaf that splits.
 *
 * <p>Each node has a stamp. What a snapshot may see is copied before it is written, from the root
 * down, and the old node is retired: a write during a snapshot copies one path, 5 KiB. The records
 * of the members are shared by both trees: their bytes never change, and a score that a snapshot
 * sees stands in its leaf, whatever the record says by then.
 *
 * <p>On the way down every node that is full is split, so that the one above always has room; each
 * step leaves the tree whole, and running out of memory between two of them does no harm. Nodes
 * split where the new entry goes if that is at their end, so a set that is filled in order has full
 * leaves.
 *
 * <p>This is a view, like {@link Table}: it is attached to one tree after the other. All methods
 * belong to the owner thread, except the static ones: snapshots use them too.
 */
final class ScoreTree {
    /** 31/4 children a node at the least, but at the very ends: enough for any memory. */
    static final int MAX_LEVELS = 24;

    /** A node that has fewer than a quarter of its entries is merged with one beside it. */
    private static final int LOW_SHIFT = 2;

    private final Slabs slabs;
    private final Epochs epochs;
    private final int leafMax;
    private final int innerMax;
    private final long[] path = new long[MAX_LEVELS];
    private final int[] slots = new int[MAX_LEVELS];

    long root;

    /** Bytes of all nodes. */
    long bytes;

    /**
     * @param leafMax entries of a leaf at most
     * @param innerMax entries of an inner node at most
     */
    ScoreTree(Slabs slabs, Epochs epochs, int leafMax, int innerMax) {
        this.slabs = slabs;
        this.epochs = epochs;
        this.leafMax = leafMax;
        this.innerMax = innerMax;
    }

    /** Makes an empty tree, which this view shows from now on. */
    void create() {
        bytes = 0;
        root = newNode(0, Math.min(ScoreNode.LEAF_MIN, leafMax));
    }

    /**
     * How many elements come before what is given.
     *
     * @param how {@link ScoreNode#BY_BOTH}, {@link ScoreNode#BY_SCORE}, {@link ScoreNode#BY_MEMBER}
     * @param orEqual counts those that are equal, too
     */
    static long countBefore(
            long root, int how, boolean orEqual, double score, long text, int length) {
        long before = 0;
        long node = root;
        while (ScoreNode.level(node) > 0) {
            int i = Math.max(0, ScoreNode.before(node, how, orEqual, score, text, length) - 1);
            for (int k = 0; k < i; k++) {
                before += ScoreNode.elements(node, k);
            }
            node = ScoreNode.child(node, i);
        }
        return before + ScoreNode.before(node, how, orEqual, score, text, length);
    }

    /** Adds a member that is not there with this score. */
    void insert(double score, long member) {
        epochs.reserve();
        add(score, member);
    }

    /**
     * Adds members of which none is there, and which stand in their order. If they come before all
     * others or behind them, most are put into a leaf together.
     */
    void insertRun(double[] scores, long[] members, int count) {
        if (isBehindLast(scores[0], members[0])) {
            append(scores, members, count);
        } else if (isBeforeFirst(scores[count - 1], members[count - 1])) {
            prepend(scores, members, count);
        } else {
            for (int i = 0; i < count; i++) {
                insert(scores[i], members[i]);
            }
        }
    }

    private boolean isBeforeFirst(double score, long member) {
        long text = Record.keyAddress(member);
        int length = Record.keyLength(member);
        return ScoreNode.order(root, 0, ScoreNode.BY_BOTH, score, text, length) > 0;
    }

    /** True in an empty tree, too. */
    private boolean isBehindLast(double score, long member) {
        long node = root;
        while (ScoreNode.level(node) > 0) {
            node = ScoreNode.child(node, ScoreNode.count(node) - 1);
        }
        int last = ScoreNode.count(node) - 1;
        long text = Record.keyAddress(member);
        int length = Record.keyLength(member);
        return last < 0 || ScoreNode.order(node, last, ScoreNode.BY_BOTH, score, text, length) < 0;
    }

    private void append(double[] scores, long[] members, int count) {
        for (int done = 0; done < count; ) {
            insert(scores[done], members[done]);
            done++;
            int some = Math.min(count - done, roomBeside());
            putBeside(false, scores, members, done, some);
            done += some;
        }
    }

    private void prepend(double[] scores, long[] members, int count) {
        for (int left = count; left > 0; ) {
            left--;
            insert(scores[left], members[left]);
            int some = Math.min(left, roomBeside());
            left -= some;
            putBeside(true, scores, members, left, some);
        }
    }

    /** Entries for which the leaf has room into which {@link #insert} has just put one. */
    private int roomBeside() {
        long leaf = path[ScoreNode.level(root)];
        return ScoreNode.capacity(leaf) - ScoreNode.count(leaf);
    }

    /** Puts entries at an end of the leaf into which {@link #insert} has just put one. */
    private void putBeside(boolean before, double[] scores, long[] members, int from, int some) {
        int depth = ScoreNode.level(root);
        long leaf = path[depth];
        int at = before ? 0 : ScoreNode.count(leaf);
        ScoreNode.insertAll(leaf, at, scores, members, from, some);
        for (int d = 0; d < depth; d++) {
            ScoreNode.addElements(path[d], slots[d], some);
        }
        refreshAbove(depth);
    }

    /**
     * Goes to a member that is there with this score, and makes the way to it writable: {@link
     * #take} may follow, and cannot fail.
     */
    void seek(double score, long member) {
        epochs.reserve();
        var _ = descend(score, member);
    }

    /** As {@link #seek}, by the rank of a member; returns its record. */
    long seekRank(long rank) {
        epochs.reserve();
        long rest = rank;
        long node = thawRoot();
        int depth = 0;
        while (ScoreNode.level(node) > 0) {
            int i = 0;
            for (long below = ScoreNode.elements(node, 0); rest >= below; ) {
                rest -= below;
                below = ScoreNode.elements(node, ++i);
            }
            path[depth] = node;
            slots[depth++] = i;
            node = thawChild(node, i);
        }
        path[depth] = node;
        slots[depth] = (int) rest;
        return ScoreNode.member(node, (int) rest);
    }

    /** Undoes an {@link #insert}, right after it. */
    void undo(double score, long member) {
        var _ = descend(score, member);
        take();
    }

    /** Gives a member that is there with the one score another. */
    void move(double from, double to, long member) {
        epochs.reserve();
        int depth = descend(from, member);
        if (staysBetween(depth, to)) {
            ScoreNode.setScore(path[depth], slots[depth], to);
            refreshAbove(depth);
            return;
        }
        // The way to the old place is writable now, so that after the new entry nothing can fail.
        add(to, member);
        var _ = descend(from, member);
        take();
    }

    /** Makes the way to an element writable and remembers it; returns the depth of its leaf. */
    private int descend(double score, long member) {
        long text = Record.keyAddress(member);
        int length = Record.keyLength(member);
        long node = thawRoot();
        int depth = 0;
        while (true) {
            path[depth] = node;
            if (ScoreNode.level(node) == 0) {
                int at = ScoreNode.before(node, ScoreNode.BY_BOTH, false, score, text, length);
                if (at == ScoreNode.count(node) || ScoreNode.member(node, at) != member) {
                    throw new IllegalStateException("a member is not in the order of its set");
                }
                slots[depth] = at;
                return depth;
            }
            int i = childFor(node, score, text, length);
            slots[depth++] = i;
            node = thawChild(node, i);
        }
    }

    private static int childFor(long node, double score, long text, int length) {
        int before = ScoreNode.before(node, ScoreNode.BY_BOTH, true, score, text, length);
        return Math.max(0, before - 1);
    }

    /** True if a score fits between those of the neighbours in the leaf. */
    private boolean staysBetween(int depth, double score) {
        long leaf = path[depth];
        int at = slots[depth];
        boolean first = at == 0;
        boolean last = at == ScoreNode.count(leaf) - 1;
        // At an end of the leaf the neighbour is elsewhere: equal order there is left to a move.
        if ((first && !isLeftmost(depth)) || (last && !isRightmost(depth))) {
            return false;
        }
        return (first || ScoreNode.score(leaf, at - 1) < score)
                && (last || score < ScoreNode.score(leaf, at + 1));
    }

    private boolean isLeftmost(int depth) {
        for (int d = 0; d < depth; d++) {
            if (slots[d] != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean isRightmost(int depth) {
        for (int d = 0; d < depth; d++) {
            if (slots[d] != ScoreNode.count(path[d]) - 1) {
                return false;
            }
        }
        return true;
    }

    private void add(double score, long member) {
        long text = Record.keyAddress(member);
        int length = Record.keyLength(member);
        long node = thawRoot();
        if (isFull(node)) {
            node = roomInRoot(node, score, text, length);
        }
        int depth = 0;
        while (ScoreNode.level(node) > 0) {
            int i = childFor(node, score, text, length);
            long child = thawChild(node, i);
            if (isFull(child)) {
                split(node, i, score, text, length);
                i = childFor(node, score, text, length);
                child = ScoreNode.child(node, i);
            }
            path[depth] = node;
            slots[depth++] = i;
            node = child;
        }
        path[depth] = node;
        int at = ScoreNode.before(node, ScoreNode.BY_BOTH, false, score, text, length);
        ScoreNode.insert(node, at, score, member);
        for (int d = 0; d < depth; d++) {
            ScoreNode.addElements(path[d], slots[d], 1);
        }
        refreshAbove(depth);
    }

    private void refreshAbove(int depth) {
        for (int d = depth - 1; d >= 0; d--) {
            ScoreNode.refresh(path[d], slots[d]);
        }
    }

    private static boolean isFull(long node) {
        return ScoreNode.count(node) == ScoreNode.capacity(node);
    }

    /** Makes a full root bigger, or puts a new one above two halves of it; returns the root. */
    private long roomInRoot(long node, double score, long text, int length) {
        int capacity = ScoreNode.capacity(node);
        int level = ScoreNode.level(node);
        if (level == 0 && capacity < leafMax) {
            long bigger = newNode(0, Math.min(2 * capacity + 1, leafMax));
            ScoreNode.copyTail(node, 0, bigger);
            root = bigger;
            dispose(node);
            return bigger;
        }
        if (level + 2 == MAX_LEVELS) {
            throw new IllegalStateException("a score tree of too many levels");
        }
        long above = newNode(level + 1, innerMax);
        ScoreNode.insertChild(above, 0, node);
        root = above;
        split(above, 0, score, text, length);
        return above;
    }

    /** Splits a full child, which is writable, near where the new entry goes. */
    private void split(long node, int i, double score, long text, int length) {
        long child = ScoreNode.child(node, i);
        int count = ScoreNode.count(child);
        int at = ScoreNode.before(child, ScoreNode.BY_BOTH, true, score, text, length);
        int keep = at == count ? count - 1 : at <= 1 ? 1 : count >>> 1;
        long right = newNode(ScoreNode.level(child), ScoreNode.capacity(child));
        ScoreNode.copyTail(child, keep, right);
        ScoreNode.setCount(child, keep);
        ScoreNode.insertChild(node, i + 1, right);
        ScoreNode.addElements(node, i, -ScoreNode.elements(node, i + 1));
    }

    /** Takes the element out that {@link #seek} went to. */
    void take() {
        int depth = ScoreNode.level(root);
        ScoreNode.remove(path[depth], slots[depth]);
        for (int d = depth - 1; d >= 0; d--) {
            ScoreNode.addElements(path[d], slots[d], -1);
        }
        for (int d = depth - 1; d >= 0; d--) {
            long node = path[d];
            int i = slots[d];
            if (ScoreNode.elements(node, i) > 0) {
                ScoreNode.refresh(node, i);
                mergeIfLow(node, i);
            } else if (ScoreNode.count(node) > 1) {
                disposeChain(ScoreNode.child(node, i));
                ScoreNode.remove(node, i);
            }
        }
        while (ScoreNode.level(root) > 0 && ScoreNode.count(root) == 1) {
            long old = root;
            root = ScoreNode.child(old, 0);
            dispose(old);
        }
    }

    /** Drops a node below which no element is: it has one child at most, and so on. */
    private void disposeChain(long top) {
        long node = top;
        while (ScoreNode.level(node) > 0) {
            long child = ScoreNode.child(node, 0);
            dispose(node);
            node = child;
        }
        dispose(node);
    }

    private void mergeIfLow(long node, int i) {
        long child = ScoreNode.child(node, i);
        int most = ScoreNode.level(child) == 0 ? leafMax : innerMax;
        if (ScoreNode.count(child) >= most >>> LOW_SHIFT || ScoreNode.count(node) == 1) {
            return;
        }
        int at = i > 0 ? i - 1 : i;
        long left = ScoreNode.child(node, at);
        long right = ScoreNode.child(node, at + 1);
        int sum = ScoreNode.count(left) + ScoreNode.count(right);
        // The right one is only read. A left one that a snapshot sees stays as it is: a merge is
        // not worth a copy, and another removal will look again.
        if (sum > most - (most >>> LOW_SHIFT) || sum > ScoreNode.capacity(left) || isFrozen(left)) {
            return;
        }
        ScoreNode.copyTail(right, 0, left);
        ScoreNode.addElements(node, at, ScoreNode.elements(node, at + 1));
        ScoreNode.remove(node, at + 1);
        dispose(right);
    }

    private long thawRoot() {
        if (isFrozen(root)) {
            long old = root;
            root = copy(old);
            dispose(old);
        }
        return root;
    }

    private long thawChild(long node, int i) {
        long child = ScoreNode.child(node, i);
        if (!isFrozen(child)) {
            return child;
        }
        long copy = copy(child);
        ScoreNode.setChild(node, i, copy);
        dispose(child);
        return copy;
    }

    private boolean isFrozen(long node) {
        return epochs.isFrozen(ScoreNode.stamp(node)) && !Fault.is(Fault.NO_COPY);
    }

    private long copy(long node) {
        long size = ScoreNode.bytes(ScoreNode.level(node), ScoreNode.capacity(node));
        long copy = slabs.allocate(size);
        Memory.copy(node, copy, size);
        Memory.putLong(copy, epochs.epoch());
        bytes += slabs.usableSize(copy);
        epochs.countCopy(size);
        return copy;
    }

    private long newNode(int level, int capacity) {
        long node = slabs.allocate(ScoreNode.bytes(level, capacity));
        ScoreNode.create(node, level, capacity, epochs.epoch());
        bytes += slabs.usableSize(node);
        return node;
    }

    private void dispose(long node) {
        bytes -= slabs.usableSize(node);
        if (isFrozen(node)) {
            epochs.retire(Epochs.NODE, node);
        } else {
            slabs.free(node);
        }
    }
}
