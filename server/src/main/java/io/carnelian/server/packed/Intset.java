package io.carnelian.server.packed;

import io.carnelian.server.memory.Memory;

/**
 * An intset: integers in ascending order, all of the least width that holds them all.
 *
 * <pre>
 *   | width 4: 2, 4 or 8 | count 4 | integer | integer | ...       all little-endian
 * </pre>
 *
 * <p>Reading allocates nothing. {@link #add} works in place: whoever calls it has made sure of room
 * for {@link #bytesWith} bytes. Bytes from outside must pass {@link #isValid} first.
 */
public final class Intset {
    public static final int HEADER_BYTES = 8;

    private static final int COUNT = 4;

    private Intset() {}

    /** Writes an empty set: {@link #HEADER_BYTES}. */
    public static void create(long set) {
        Memory.putInt(set, Short.BYTES);
        Memory.putInt(set + COUNT, 0);
    }

    public static int count(long set) {
        return Memory.getInt(set + COUNT);
    }

    /** Bytes of an integer: 2, 4 or 8. */
    public static int width(long set) {
        return Memory.getInt(set);
    }

    /** Bytes of the whole. */
    public static long bytes(long set) {
        return HEADER_BYTES + (long) count(set) * width(set);
    }

    /** Bytes of the whole once it has one more value. */
    public static long bytesWith(long set, long value) {
        int width = Math.max(width(set), widthOf(value));
        return HEADER_BYTES + (count(set) + 1L) * width;
    }

    /** The value at an index, 0 ≤ index < count; the least one first. */
    public static long get(long set, int index) {
        return get(set, index, width(set));
    }

    /** The index of a value, or −1 − (the index it would have). */
    public static int find(long set, long value) {
        int width = width(set);
        int low = 0;
        int high = count(set) - 1;
        if (widthOf(value) > width) {
            return value < 0 ? -1 : -2 - high;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long there = get(set, middle, width);
            if (there == value) {
                return middle;
            }
            if (there < value) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    public static boolean contains(long set, long value) {
        return find(set, value) >= 0;
    }

    /**
     * Adds a value that {@link #find} did not find.
     *
     * @param found what it answered
     */
    public static void add(long set, long value, int found) {
        int index = -1 - found;
        int count = count(set);
        int width = width(set);
        int wanted = widthOf(value);
        if (wanted > width) {
            // The first of its width is less or greater than all the others.
            int shift = value < 0 ? 1 : 0;
            for (int i = count - 1; i >= 0; i--) {
                put(set, i + shift, wanted, get(set, i, width));
            }
            Memory.putInt(set, wanted);
            put(set, index, wanted, value);
        } else {
            long at = set + HEADER_BYTES + (long) index * width;
            Memory.copy(at, at + width, (long) (count - index) * width);
            put(set, index, width, value);
        }
        Memory.putInt(set + COUNT, count + 1);
    }

    /** Takes the value at an index out. The width stays. */
    public static void removeAt(long set, int index) {
        int count = count(set);
        int width = width(set);
        long at = set + HEADER_BYTES + (long) index * width;
        Memory.copy(at + width, at, (long) (count - 1 - index) * width);
        Memory.putInt(set + COUNT, count - 1);
    }

    /** True if {@code bytes} bytes are one whole, sound set: all of them were looked at. */
    public static boolean isValid(long set, long bytes) {
        if (bytes < HEADER_BYTES) {
            return false;
        }
        int width = width(set);
        int count = count(set);
        boolean known = width == Short.BYTES || width == Integer.BYTES || width == Long.BYTES;
        if (!known || count < 0 || bytes != HEADER_BYTES + (long) count * width) {
            return false;
        }
        for (int i = 1; i < count; i++) {
            if (get(set, i - 1, width) >= get(set, i, width)) {
                return false;
            }
        }
        return true;
    }

    private static int widthOf(long value) {
        if (value == (short) value) {
            return Short.BYTES;
        }
        return value == (int) value ? Integer.BYTES : Long.BYTES;
    }

    private static long get(long set, int index, int width) {
        long at = set + HEADER_BYTES + (long) index * width;
        return switch (width) {
            case Short.BYTES -> Memory.getShort(at);
            case Integer.BYTES -> Memory.getInt(at);
            default -> Memory.getLong(at);
        };
    }

    private static void put(long set, int index, int width, long value) {
        long at = set + HEADER_BYTES + (long) index * width;
        switch (width) {
            case Short.BYTES -> Memory.putShort(at, (short) value);
            case Integer.BYTES -> Memory.putInt(at, (int) value);
            default -> Memory.putLong(at, value);
        }
    }
}
