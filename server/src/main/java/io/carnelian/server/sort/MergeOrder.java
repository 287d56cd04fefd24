package io.carnelian.server.sort;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * An order of numbered things, outside the heap, eight bytes each. The sort is a merge sort:
 * stable, as the C library's is that Redis uses.
 */
public final class MergeOrder {
    /** Compares the things of two numbers, as a comparator does. */
    @FunctionalInterface
    public interface Comparison {
        int compare(int a, int b);
    }

    private final Slabs slabs;
    private long room;
    private long order;
    private long spare;
    private int count;

    public MergeOrder(Slabs slabs) {
        this.slabs = slabs;
    }

    /** Makes room for so many things, each at its number; {@link #end} gives it back. */
    public void begin(int things) {
        room = slabs.allocate(Math.max(1, 2L * things * Integer.BYTES));
        order = room;
        spare = room + (long) things * Integer.BYTES;
        count = things;
        for (int i = 0; i < things; i++) {
            Memory.putInt(order + (long) i * Integer.BYTES, i);
        }
    }

    public void end() {
        if (room != 0) {
            slabs.free(room);
            room = 0;
        }
    }

    /** The number of the thing at a place. */
    public int at(int place) {
        return Memory.getInt(order + (long) place * Integer.BYTES);
    }

    public void sort(Comparison comparison) {
        for (int width = 1; width < count && width > 0; width *= 2) {
            for (int from = 0; from < count; from += Math.min(2 * width, count - from)) {
                int middle = from + Math.min(width, count - from);
                merge(from, middle, middle + Math.min(width, count - middle), comparison);
            }
            long sorted = spare;
            spare = order;
            order = sorted;
        }
    }

    private void merge(int from, int middle, int end, Comparison by) {
        int a = from;
        int b = middle;
        for (int to = from; to < end; to++) {
            boolean takeLeft = b == end || (a < middle && by.compare(at(a), at(b)) <= 0);
            int taken = takeLeft ? at(a++) : at(b++);
            Memory.putInt(spare + (long) to * Integer.BYTES, taken);
        }
    }
}
