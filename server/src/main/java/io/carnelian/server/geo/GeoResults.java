package io.carnelian.server.geo;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.sort.Element;
import io.carnelian.server.sort.MergeOrder;
import io.carnelian.server.zset.Scored;

/** What a search has found, outside the heap; members are not copied. */
final class GeoResults {
    private static final int ENTRY = 32;
    private static final int LENGTH = 8;
    private static final int DISTANCE = 16;
    private static final int SCORE = 24;
    private static final int FIRST = 32;

    private final Slabs slabs;
    private final MergeOrder order;
    private final Element text = new Element();
    private long entries;
    private int capacity;
    private int count;

    GeoResults(Slabs slabs) {
        this.slabs = slabs;
        this.order = new MergeOrder(slabs);
    }

    void begin() {
        capacity = FIRST;
        count = 0;
        entries = slabs.allocate((long) capacity * ENTRY);
    }

    void end() {
        slabs.free(entries);
        order.end();
    }

    int count() {
        return count;
    }

    void add(Scored member, double distance) {
        if (count == capacity) {
            int more = Math.multiplyExact(capacity, 2);
            long larger = slabs.allocate((long) more * ENTRY);
            Memory.copy(entries, larger, (long) count * ENTRY);
            slabs.free(entries);
            entries = larger;
            capacity = more;
        }
        text.setText(member.address, member.length);
        long entry = entry(count++);
        Memory.putLong(entry, text.value);
        Memory.putInt(entry + LENGTH, text.length);
        Memory.putLong(entry + DISTANCE, Double.doubleToRawLongBits(distance));
        Memory.putLong(entry + SCORE, Double.doubleToRawLongBits(member.score));
    }

    /** Gives them their order: as they were found, or by distance. */
    void order(boolean sorted, boolean descending) {
        order.begin(count);
        if (sorted) {
            order.sort((a, b) -> {
                int nearer = Double.compare(distanceOf(entry(a)), distanceOf(entry(b)));
                return descending ? -nearer : nearer;
            });
        }
    }

    /** The member at a place of the order, until the next call. */
    Element member(int place) {
        long entry = entry(order.at(place));
        text.set(Memory.getLong(entry), Memory.getInt(entry + LENGTH));
        return text;
    }

    double distance(int place) {
        return distanceOf(entry(order.at(place)));
    }

    double score(int place) {
        return Double.longBitsToDouble(Memory.getLong(entry(order.at(place)) + SCORE));
    }

    private static double distanceOf(long entry) {
        return Double.longBitsToDouble(Memory.getLong(entry + DISTANCE));
    }

    private long entry(int i) {
        return entries + (long) i * ENTRY;
    }
}
