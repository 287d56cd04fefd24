package io.carnelian.server.quicklist;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Memory;

/**
 * A node of the spine: an array of children, each with the number of elements below it.
 *
 * <pre>
 *    0         8         12    20       24        32
 *   | stamp 8 | count 4 |     | form 4 | birth 8 | child 8 | elements 8 | child 8 | ...
 * </pre>
 *
 * Only the root has a form and a birth, where the roots of tables have theirs; see {@link Epochs}.
 */
final class Spine {
    private static final int COUNT = 8;
    private static final int ENTRIES = 32;
    private static final int ENTRY_BYTES = 16;
    private static final int ELEMENTS = 8;

    private static final int FORM = 20;
    private static final int LIST = 2;

    private Spine() {}

    static void create(long node, long stamp) {
        Memory.putLong(node, stamp);
        Memory.putLong(node + COUNT, 0);
        Memory.putInt(node + FORM, 0);
    }

    /** Makes a new node the root of a list that is born in this epoch. */
    static void makeRoot(long node, long epoch) {
        Memory.putInt(node + FORM, LIST);
        Memory.putLong(node + Epochs.BIRTH, epoch);
    }

    static boolean isListRoot(long root) {
        return Memory.getInt(root + FORM) == LIST;
    }

    /** Bytes of a node with so many children. */
    static long bytes(int children) {
        return ENTRIES + (long) children * ENTRY_BYTES;
    }

    static int count(long node) {
        return Memory.getInt(node + COUNT);
    }

    static long child(long node, int i) {
        return Memory.getLong(entry(node, i));
    }

    static void setChild(long node, int i, long child) {
        Memory.putLong(entry(node, i), child);
    }

    /** Elements below a child. */
    static long elements(long node, int i) {
        return Memory.getLong(entry(node, i) + ELEMENTS);
    }

    static void addElements(long node, int i, long more) {
        Memory.putLong(entry(node, i) + ELEMENTS, elements(node, i) + more);
    }

    /** Puts a child before the one at {@code i}; there is room. */
    static void insert(long node, int i, long child, long elements) {
        int count = count(node);
        long at = entry(node, i);
        Memory.copy(at, at + ENTRY_BYTES, (long) (count - i) * ENTRY_BYTES);
        Memory.putLong(at, child);
        Memory.putLong(at + ELEMENTS, elements);
        Memory.putInt(node + COUNT, count + 1);
    }

    static void remove(long node, int i) {
        remove(node, i, 1);
    }

    /** Takes some children out, from {@code i} on. */
    static void remove(long node, int i, int children) {
        int rest = count(node) - children;
        Memory.copy(entry(node, i + children), entry(node, i), (long) (rest - i) * ENTRY_BYTES);
        Memory.putInt(node + COUNT, rest);
    }

    /** Copies the children from {@code i} on behind those of another node. */
    static long copyTail(long node, int i, long to) {
        int moved = count(node) - i;
        int there = count(to);
        Memory.copy(entry(node, i), entry(to, there), (long) moved * ENTRY_BYTES);
        Memory.putInt(to + COUNT, there + moved);
        long elements = 0;
        for (int k = there; k < there + moved; k++) {
            elements += elements(to, k);
        }
        return elements;
    }

    static void truncate(long node, int count) {
        Memory.putInt(node + COUNT, count);
    }

    private static long entry(long node, int i) {
        return node + ENTRIES + (long) i * ENTRY_BYTES;
    }
}
