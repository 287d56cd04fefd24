package io.carnelian.server.table;

import io.carnelian.server.memory.Memory;

/**
 * A node of a {@link ScoreTree}: arrays of what its entries have, one behind the other, so that a
 * search reads few cache lines.
 *
 * <pre>
 *    0         8         12          14
 *   | stamp 8 | count 4 | capacity 2 | level 2 | scores 8 × n | members 8 × n |
 *                               above a leaf also: | children 8 × n | elements 8 × n |
 * </pre>
 *
 * An entry of a leaf, level 0, is a member with its score. An entry further up is a child with the
 * number of elements below it, and with the least score and member there: exact at all times, since
 * a member is named by the address of its record, and no address may outlive that.
 */
final class ScoreNode {
    /** Entries of a leaf: 2 KiB. */
    static final int LEAF_MAX = 127;

    /** Entries of the leaf of a small tree; it grows to the double and one more. */
    static final int LEAF_MIN = 15;

    /** Entries of an inner node: 1 KiB. More of them would make finding a rank slower. */
    static final int INNER_MAX = 31;

    static final int HEADER = 16;

    /** How a search compares entries: by score, then member; by one of the two alone. */
    static final int BY_BOTH = 0;

    static final int BY_SCORE = 1;
    static final int BY_MEMBER = 2;

    private static final int COUNT = 8;
    private static final int CAPACITY = 12;
    private static final int LEVEL = 14;

    private ScoreNode() {}

    static long bytes(int level, int capacity) {
        return HEADER + (level == 0 ? 16L : 32L) * capacity;
    }

    static void create(long node, int level, int capacity, long stamp) {
        Memory.putLong(node, stamp);
        Memory.putInt(node + COUNT, 0);
        Memory.putShort(node + CAPACITY, (short) capacity);
        Memory.putShort(node + LEVEL, (short) level);
    }

    static long stamp(long node) {
        return Memory.getLong(node);
    }

    static int count(long node) {
        return Memory.getInt(node + COUNT);
    }

    static void setCount(long node, int count) {
        Memory.putInt(node + COUNT, count);
    }

    static int capacity(long node) {
        return Memory.getShort(node + CAPACITY);
    }

    static int level(long node) {
        return Memory.getShort(node + LEVEL);
    }

    static double score(long node, int i) {
        return Double.longBitsToDouble(Memory.getLong(node + HEADER + 8L * i));
    }

    static void setScore(long node, int i, double score) {
        Memory.putLong(node + HEADER + 8L * i, Double.doubleToRawLongBits(score));
    }

    /** The record of the member. */
    static long member(long node, int i) {
        return Memory.getLong(column(node, 1) + 8L * i);
    }

    static long child(long node, int i) {
        return Memory.getLong(column(node, 2) + 8L * i);
    }

    static void setChild(long node, int i, long child) {
        Memory.putLong(column(node, 2) + 8L * i, child);
    }

    /** Elements below a child. */
    static long elements(long node, int i) {
        return Memory.getLong(column(node, 3) + 8L * i);
    }

    static void addElements(long node, int i, long more) {
        Memory.putLong(column(node, 3) + 8L * i, elements(node, i) + more);
    }

    /** Elements below a node. */
    static long size(long node) {
        int n = count(node);
        if (level(node) == 0) {
            return n;
        }
        long size = 0;
        for (int i = 0; i < n; i++) {
            size += elements(node, i);
        }
        return size;
    }

    /** Puts an entry into a leaf that has room. */
    static void insert(long leaf, int i, double score, long member) {
        open(leaf, i, 2);
        setScore(leaf, i, score);
        Memory.putLong(column(leaf, 1) + 8L * i, member);
    }

    /** Puts entries that stand one behind the other in two arrays into a leaf that has room. */
    static void insertAll(long leaf, int i, double[] scores, long[] members, int from, int some) {
        int n = count(leaf);
        long score = leaf + HEADER + 8L * i;
        long member = column(leaf, 1) + 8L * i;
        Memory.copy(score, score + 8L * some, 8L * (n - i));
        Memory.copy(member, member + 8L * some, 8L * (n - i));
        for (int k = 0; k < some; k++) {
            Memory.putLong(score + 8L * k, Double.doubleToRawLongBits(scores[from + k]));
            Memory.putLong(member + 8L * k, members[from + k]);
        }
        setCount(leaf, n + some);
    }

    /** Puts a child that is not empty into a node that has room. */
    static void insertChild(long node, int i, long child) {
        open(node, i, 4);
        setChild(node, i, child);
        Memory.putLong(column(node, 3) + 8L * i, size(child));
        refresh(node, i);
    }

    /** Reads again what the least entry of a child is; that must not be empty. */
    static void refresh(long node, int i) {
        long child = child(node, i);
        setScore(node, i, score(child, 0));
        Memory.putLong(column(node, 1) + 8L * i, member(child, 0));
    }

    static void remove(long node, int i) {
        int n = count(node);
        for (int c = 0, columns = columns(node); c < columns; c++) {
            long at = column(node, c) + 8L * i;
            Memory.copy(at + 8, at, 8L * (n - 1 - i));
        }
        setCount(node, n - 1);
    }

    /** Copies the entries from {@code i} on behind those of another node of the same level. */
    static void copyTail(long node, int i, long to) {
        int moved = count(node) - i;
        int there = count(to);
        for (int c = 0, columns = columns(node); c < columns; c++) {
            Memory.copy(column(node, c) + 8L * i, column(to, c) + 8L * there, 8L * moved);
        }
        setCount(to, there + moved);
    }

    /**
     * How many entries of a node are less than what is given, or not greater.
     *
     * @param how {@link #BY_BOTH}, {@link #BY_SCORE}, {@link #BY_MEMBER}: what counts of the rest
     */
    static int before(long node, int how, boolean orEqual, double score, long text, int length) {
        int low = 0;
        int high = count(node);
        while (low < high) {
            int middle = (low + high) >>> 1;
            int order = order(node, middle, how, score, text, length);
            if (order < 0 || (orEqual && order == 0)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Less than, equal to or greater than 0 as an entry is to what is given. */
    static int order(long node, int i, int how, double score, long text, int length) {
        if (how != BY_MEMBER) {
            double mine = score(node, i);
            if (mine != score) {
                return mine < score ? -1 : 1;
            }
            if (how == BY_SCORE) {
                return 0;
            }
        }
        long member = member(node, i);
        return Memory.compare(Record.keyAddress(member), Record.keyLength(member), text, length);
    }

    private static int columns(long node) {
        return level(node) == 0 ? 2 : 4;
    }

    private static long column(long node, int c) {
        return node + HEADER + 8L * c * capacity(node);
    }

    private static void open(long node, int i, int columns) {
        int n = count(node);
        for (int c = 0; c < columns; c++) {
            long at = column(node, c) + 8L * i;
            Memory.copy(at, at + 8, 8L * (n - i));
        }
        setCount(node, n + 1);
    }
}
