package io.carnelian.server.table;

import io.carnelian.server.epoch.Fault;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * A segment of a table: a small open-addressing hash table with a header, one allocation. All that
 * here needs no record; whoever inserts has looked for the key before.
 *
 * <pre>
 *    0 stamp | 8 count | 12 depth | 16 slot bits | 20 expiring | 24 earliest expiry | 64 slots
 *
 *   slot    | young 1 | tag 15 | address of the record 48 |      0 = empty
 *   tag     the low 15 bits of the hash; as a fraction of 2^15 it is the home slot
 * </pre>
 *
 * <p>A segment has {@code 3 << slotBits} slots. With a power of two tables of one million keys, or
 * ten, would stand where segments have just been split: 17 and 14 bytes a key, where these take 13
 * and 10. And what a snapshot copies at a time is smaller.
 *
 * <p>Linear probing; a delete shifts back what follows, so there are no tombstones, and neither
 * that nor a copy touches a record. As homes grow with tags, the order by tag stays the same when a
 * segment grows or splits; scans rely on that.
 *
 * <p>Young means: born at or after this segment's stamp.
 */
public final class Segment {
    static final int STAMP = 0;
    static final int COUNT = 8;
    static final int DEPTH = 12;
    static final int BITS = 16;
    static final int EXPIRING = 20;
    static final int EARLIEST = 24;
    static final int SLOTS = 64;

    static final int TAG_BITS = 15;
    static final int TAG_MASK = (1 << TAG_BITS) - 1;

    /** Slot bits of the largest segment: more homes than tags would do no good. */
    static final int MAX_BITS = TAG_BITS - 2;

    static final long YOUNG = 1L << 63;
    public static final long ADDRESS = (1L << 48) - 1;
    public static final long NO_EXPIRY = Long.MAX_VALUE;

    private Segment() {}

    /** Slots of a segment of so many slot bits. */
    public static int slots(int bits) {
        return 3 << bits;
    }

    static long bytes(int bits) {
        return SLOTS + 8L * slots(bits);
    }

    /** A new empty segment. */
    static long create(Slabs slabs, int bits, int depth, long stamp) {
        long segment = slabs.allocate(bytes(bits));
        Memory.fill(segment, bytes(bits), (byte) 0);
        Memory.putLong(segment + STAMP, stamp);
        Memory.putInt(segment + DEPTH, depth);
        Memory.putInt(segment + BITS, bits);
        Memory.putLong(segment + EARLIEST, NO_EXPIRY);
        return segment;
    }

    /** A copy with another stamp; no record in it is young. */
    static long copy(Slabs slabs, long segment, long stamp) {
        int bits = bits(segment);
        long copy = slabs.allocate(bytes(bits));
        Memory.copy(segment, copy, SLOTS);
        Memory.putLong(copy + STAMP, stamp);
        long keep = Fault.is(Fault.YOUNG_KEPT) ? -1L : ~YOUNG;
        for (long at = SLOTS, end = bytes(bits); at < end; at += 8) {
            Memory.putLong(copy + at, Memory.getLong(segment + at) & keep);
        }
        return copy;
    }

    /** Gives the segment itself another stamp; no record in it is young then. */
    static void age(long segment, long stamp) {
        for (long at = SLOTS, end = bytes(bits(segment)); at < end; at += 8) {
            Memory.putLong(segment + at, Memory.getLong(segment + at) & ~YOUNG);
        }
        Memory.putLong(segment + STAMP, stamp);
    }

    public static long stamp(long segment) {
        return Memory.getLong(segment + STAMP);
    }

    public static int count(long segment) {
        return Memory.getInt(segment + COUNT);
    }

    public static int depth(long segment) {
        return Memory.getInt(segment + DEPTH);
    }

    static int bits(long segment) {
        return Memory.getInt(segment + BITS);
    }

    public static int expiring(long segment) {
        return Memory.getInt(segment + EXPIRING);
    }

    /** No record expires earlier than this; NO_EXPIRY if none expires. */
    public static long earliestExpiry(long segment) {
        return Memory.getLong(segment + EARLIEST);
    }

    public static void setEarliestExpiry(long segment, long atMs) {
        Memory.putLong(segment + EARLIEST, atMs);
    }

    /** Records that a segment may hold: 7/8 of its slots, and never all. */
    static int limit(int bits) {
        int slots = slots(bits);
        return slots - Math.max(1, slots >>> 3);
    }

    static long slot(long segment, int index) {
        return segment + SLOTS + ((long) index << 3);
    }

    public static long word(long segment, int index) {
        return Memory.getLong(slot(segment, index));
    }

    static int tag(long word) {
        return (int) (word >>> 48) & TAG_MASK;
    }

    /** A slot word: the record with the tag of its hash. */
    static long word(long hash, long record, long young) {
        return young | (hash & TAG_MASK) << 48 | record;
    }

    static int home(int tag, int bits) {
        return (slots(bits) * tag) >>> TAG_BITS;
    }

    /** The slot behind this one, around the end. */
    static int next(int index, int slots) {
        return index + 1 == slots ? 0 : index + 1;
    }

    /** How many steps it is from one slot to another, around the end. */
    static int steps(int from, int to, int slots) {
        return to < from ? to - from + slots : to - from;
    }

    /** The first empty slot from the home of the tag on. */
    static int emptySlot(long segment, int bits, int tag) {
        int slots = slots(bits);
        int index = home(tag, bits);
        while (word(segment, index) != 0) {
            index = next(index, slots);
        }
        return index;
    }

    /** Puts a word whose record is not in the segment yet; there must be room. Counts it. */
    static void add(long segment, int bits, long word) {
        Memory.putLong(slot(segment, emptySlot(segment, bits, tag(word))), word);
        Memory.putInt(segment + COUNT, count(segment) + 1);
    }

    /** Counts a record's expiry in. */
    static void addExpiry(long segment, long atMs) {
        Memory.putInt(segment + EXPIRING, expiring(segment) + 1);
        noteExpiry(segment, atMs);
    }

    static void noteExpiry(long segment, long atMs) {
        if (atMs < earliestExpiry(segment)) {
            setEarliestExpiry(segment, atMs);
        }
    }

    static void dropExpiry(long segment) {
        int left = expiring(segment) - 1;
        Memory.putInt(segment + EXPIRING, left);
        if (left == 0) {
            setEarliestExpiry(segment, NO_EXPIRY);
        }
    }

    /**
     * Empties a slot: words behind it move back as long as that brings them nearer to their home.
     */
    static void removeAt(long segment, int bits, int index) {
        int slots = slots(bits);
        int hole = index;
        int at = index;
        while (true) {
            at = next(at, slots);
            long word = word(segment, at);
            if (word == 0) {
                break;
            }
            int home = home(tag(word), bits);
            if (steps(home, at, slots) >= steps(hole, at, slots)) {
                Memory.putLong(slot(segment, hole), word);
                hole = at;
            }
        }
        Memory.putLong(slot(segment, hole), 0);
        Memory.putInt(segment + COUNT, count(segment) - 1);
    }

    /** Adds all words of one segment to another, with young bits masked by {@code keep}. */
    static void addAll(long from, long to, long keep) {
        int bits = bits(to);
        for (int i = 0, n = slots(bits(from)); i < n; i++) {
            long word = word(from, i);
            if (word != 0) {
                add(to, bits, word & keep);
            }
        }
        Memory.putInt(to + EXPIRING, expiring(to) + expiring(from));
        noteExpiry(to, earliestExpiry(from));
    }
}
