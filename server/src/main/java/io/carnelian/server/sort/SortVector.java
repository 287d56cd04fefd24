package io.carnelian.server.sort;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * What is sorted, outside the heap: elements with what they are compared by. An element takes 32
 * bytes with its place in the order, wherever its text lies.
 *
 * <pre>
 *   | element 8 | its length 4 | length of the key 4 | key, or weight as a double 8 |
 * </pre>
 */
final class SortVector {
    private static final int ENTRY = 24;
    private static final int LENGTH = 8;
    private static final int KEY_LENGTH = 12;
    private static final int KEY = 16;

    private final Slabs slabs;
    private final MergeOrder order;
    private final Element left = new Element();
    private final Element right = new Element();
    private long entries;
    private int capacity;
    private int count;

    private boolean byText;
    private boolean byKey;
    private boolean wholeText;
    private boolean descending;

    SortVector(Slabs slabs) {
        this.slabs = slabs;
        this.order = new MergeOrder(slabs);
    }

    /** Makes room; {@link #end} gives it back. */
    void begin(int elements) {
        capacity = elements;
        count = 0;
        entries = slabs.allocate(Math.max(1, (long) elements * ENTRY));
        order.begin(elements);
    }

    void end() {
        if (entries != 0) {
            slabs.free(entries);
            entries = 0;
        }
        order.end();
    }

    int count() {
        return count;
    }

    void add(Element element) {
        if (count == capacity) {
            throw new IllegalStateException("more elements than were counted");
        }
        long entry = entry(count);
        Memory.putLong(entry, element.value);
        Memory.putInt(entry + LENGTH, element.length);
        Memory.putInt(entry + KEY_LENGTH, Element.MISSING);
        Memory.putLong(entry + KEY, 0);
        count++;
    }

    /** The element that was added as number {@code i}. */
    void added(int i, Element into) {
        long entry = entry(i);
        into.set(Memory.getLong(entry), Memory.getInt(entry + LENGTH));
    }

    /** The element at a place of the order. */
    void get(int place, Element into) {
        added(order.at(place), into);
    }

    void setWeight(int i, double weight) {
        Memory.putLong(entry(i) + KEY, Double.doubleToRawLongBits(weight));
    }

    void setKey(int i, Element key) {
        Memory.putLong(entry(i) + KEY, key.value);
        Memory.putInt(entry(i) + KEY_LENGTH, key.length);
    }

    /** Sorts by weight; equal ones by their text. */
    void sortByWeight(boolean descends) {
        byText = false;
        sort(descends);
    }

    /**
     * Sorts by text.
     *
     * @param keys by the keys that were set; missing ones come first
     * @param whole or only up to the first zero byte
     */
    void sortByText(boolean keys, boolean whole, boolean descends) {
        byText = true;
        byKey = keys;
        wholeText = whole;
        sort(descends);
    }

    private void sort(boolean descends) {
        descending = descends;
        order.sort(this::compare);
    }

    private long entry(int i) {
        return entries + (long) i * ENTRY;
    }

    private int compare(int a, int b) {
        int compared = byText ? compareText(entry(a), entry(b)) : compareWeight(entry(a), entry(b));
        return descending ? -compared : compared;
    }

    private int compareWeight(long a, long b) {
        double x = Double.longBitsToDouble(Memory.getLong(a + KEY));
        double y = Double.longBitsToDouble(Memory.getLong(b + KEY));
        if (x != y) {
            return x < y ? -1 : 1;
        }
        left.set(Memory.getLong(a), Memory.getInt(a + LENGTH));
        right.set(Memory.getLong(b), Memory.getInt(b + LENGTH));
        return Element.compare(left, left.bytes(), right, right.bytes());
    }

    private int compareText(long a, long b) {
        if (byKey) {
            left.set(Memory.getLong(a + KEY), Memory.getInt(a + KEY_LENGTH));
            right.set(Memory.getLong(b + KEY), Memory.getInt(b + KEY_LENGTH));
            if (left.isMissing() || right.isMissing()) {
                return Boolean.compare(!left.isMissing(), !right.isMissing());
            }
        } else {
            left.set(Memory.getLong(a), Memory.getInt(a + LENGTH));
            right.set(Memory.getLong(b), Memory.getInt(b + LENGTH));
        }
        return wholeText
                ? Element.compare(left, left.bytes(), right, right.bytes())
                : Element.compare(left, left.bytesToZero(), right, right.bytesToZero());
    }
}
