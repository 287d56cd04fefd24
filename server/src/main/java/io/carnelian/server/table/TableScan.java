package io.carnelian.server.table;

import io.carnelian.server.memory.Memory;
import java.util.random.RandomGenerator;

/**
 * Ways through a table: a scan with a cursor, every record, a random record.
 *
 * <p>A scan goes in the order (prefix, tag9): the segment's prefix of the hash, then the nine high
 * bits of the tag, with which the home slots grow. Splits and merges keep that order, so what was
 * in the table all the time is returned at least once, as SCAN promises:
 *
 * <pre>
 *   cursor   | depth 5 | prefix 30 | tag9 9 |          0 = start, and also the end
 *
 *   the segment at the prefix is now ...   the scan goes on ...
 *     as deep as the cursor                  at tag9
 *     deeper (it split)                      at tag9 in the first part, at 0 in the others
 *     less deep (it merged)                  at 0: what came before in the merged one comes again
 * </pre>
 */
public final class TableScan {
    private static final int TAG9_BITS = 9;
    private static final int TAG9_SHIFT = Segment.TAG_BITS - TAG9_BITS;
    private static final int TAG9_END = 1 << TAG9_BITS;
    private static final int DEPTH_SHIFT = Directory.MAX_DEPTH + TAG9_BITS;

    /** Rejections in a row after which the bound of depth and slots is taken anew. */
    private static final int PATIENCE = 256;

    /** One record in 2^5 with an expiry is not rare. */
    private static final int RARE_SHIFT = 5;

    private TableScan() {}

    /**
     * Visits at least {@code count} records, unless the end comes first, and returns the next
     * cursor.
     */
    static long scan(Table table, long cursor, int count, RecordVisitor visitor) {
        int cursorDepth = (int) (cursor >>> DEPTH_SHIFT) & 31;
        long prefix = cursor >>> TAG9_BITS & ((1L << Directory.MAX_DEPTH) - 1);
        int tag9 = (int) cursor & (TAG9_END - 1);
        long hash = cursorDepth == 0 ? 0 : prefix << (64 - cursorDepth);
        int emitted = 0;
        while (true) {
            long word = Directory.segment(table.root, table.rootDepth, hash);
            long segment = Directory.address(word);
            int depth = Segment.depth(segment);
            if (depth < cursorDepth) {
                tag9 = 0;
            }
            while (tag9 < TAG9_END && emitted < count) {
                int next = groupEnd(tag9, Directory.slotBits(word));
                emitted += visitGroup(segment, Directory.slotBits(word), tag9, next, visitor);
                tag9 = next;
            }
            if (tag9 < TAG9_END) {
                return cursor(depth, hash, tag9);
            }
            hash = nextHash(hash, depth);
            if (hash == 0) {
                return 0;
            }
            tag9 = 0;
            cursorDepth = 0;
            if (emitted >= count) {
                int nextDepth = Segment.depth(segmentAt(table, hash));
                return cursor(nextDepth, hash, 0);
            }
        }
    }

    public static void forEach(long root, int rootDepth, RecordVisitor visitor) {
        long hash = 0;
        do {
            long word = Directory.segment(root, rootDepth, hash);
            long segment = Directory.address(word);
            for (int i = 0, n = Segment.slots(Directory.slotBits(word)); i < n; i++) {
                long slot = Segment.word(segment, i);
                if (slot != 0) {
                    visitor.visit(slot & Segment.ADDRESS);
                }
            }
            hash = nextHash(hash, Segment.depth(segment));
        } while (hash != 0);
    }

    /**
     * A uniformly random record. A random hash finds a segment of depth d with probability 2^-d,
     * and a random one of its 3 * 2^b slots is taken; so to be fair the choice stands with
     * probability 2^(d + b - reach), reach being the greatest d + b there is, and only if the slot
     * is filled.
     */
    static long random(Table table, RandomGenerator random) {
        if (table.count == 0) {
            return 0;
        }
        for (int tries = 1; ; tries++) {
            long hash = random.nextLong();
            long word = Directory.segment(table.root, table.rootDepth, hash);
            long segment = Directory.address(word);
            int bits = Directory.slotBits(word);
            int index = (int) (((hash & 0xffffffffL) * Segment.slots(bits)) >>> 32);
            long slot = Segment.word(segment, index);
            if (slot != 0) {
                int surplus = table.reach - Segment.depth(segment) - bits;
                boolean stands = surplus == 0 || random.nextLong() >>> (64 - surplus) == 0;
                // A flood makes one segment very deep; then nearly fair must do.
                if (stands || tries > 16 * PATIENCE) {
                    return slot & Segment.ADDRESS;
                }
            }
            if (tries == PATIENCE) {
                table.reach = measureReach(table);
            }
        }
    }

    /**
     * A random record with an expiry; exactly uniform as long as such records are no rarity, and
     * nearly so else. Where at least one record in 32 expires, random records are drawn until one
     * does. Where they are rarer, segments are drawn by their headers, and a segment with more of
     * them stands more often; where they are very rare, the next segment that has one is taken.
     */
    static long randomExpiring(Table table, RandomGenerator random) {
        if (table.expiring == 0) {
            return 0;
        }
        if (table.expiring >= table.count >>> RARE_SHIFT) {
            for (int tries = 0; tries < 16 * PATIENCE; tries++) {
                long record = random(table, random);
                if (Record.hasExpiry(record)) {
                    return record;
                }
            }
        }
        long perTags = (table.expiring << Segment.TAG_BITS) / Math.max(1, table.count);
        int most = 8 + 2 * (int) (perTags >>> TAG9_SHIFT);
        for (int tries = 0; tries < PATIENCE; tries++) {
            long hash = random.nextLong();
            long segment = segmentAt(table, hash);
            int expiring = Segment.expiring(segment);
            if (expiring == 0) {
                continue;
            }
            int surplus = table.reach - Segment.depth(segment) - table.maxSlotBits;
            boolean stands = surplus <= 0 || random.nextLong() >>> (64 - surplus) == 0;
            if (stands && expiring > random.nextInt(most)) {
                return expiringAt(table, hash, random.nextInt(expiring));
            }
        }
        long hash = random.nextLong();
        while (Segment.expiring(segmentAt(table, hash)) == 0) {
            hash = nextHash(hash, Segment.depth(segmentAt(table, hash)));
        }
        return expiringAt(table, hash, random.nextInt(Segment.expiring(segmentAt(table, hash))));
    }

    /** Of the records with an expiry in the segment of this hash, the one of this number. */
    private static long expiringAt(Table table, long hash, int number) {
        long word = Directory.segment(table.root, table.rootDepth, hash);
        long segment = Directory.address(word);
        int left = number;
        for (int i = 0, n = Segment.slots(Directory.slotBits(word)); i < n; i++) {
            long record = Segment.word(segment, i) & Segment.ADDRESS;
            if (record != 0 && Record.hasExpiry(record) && left-- == 0) {
                return record;
            }
        }
        throw new IllegalStateException("a segment counts more expiries than it has");
    }

    /** True if the tree under this root leads to this very record by this hash. */
    public static boolean holds(long root, int rootDepth, long hash, long record) {
        long word = Directory.segment(root, rootDepth, hash);
        long segment = Directory.address(word);
        int bits = Directory.slotBits(word);
        int slots = Segment.slots(bits);
        int index = Segment.home((int) hash & Segment.TAG_MASK, bits);
        while (true) {
            long slot = Segment.word(segment, index);
            if (slot == 0) {
                return false;
            }
            if ((slot & Segment.ADDRESS) == record) {
                return true;
            }
            index = Segment.next(index, slots);
        }
    }

    /** The first hash of the segment behind the one of this hash and depth; 0 at the end. */
    public static long nextHash(long hash, int depth) {
        if (depth == 0) {
            return 0;
        }
        long step = 1L << (64 - depth);
        return (hash & -step) + step;
    }

    private static long segmentAt(Table table, long hash) {
        return Directory.address(Directory.segment(table.root, table.rootDepth, hash));
    }

    private static int measureReach(Table table) {
        int reach = 0;
        long hash = 0;
        do {
            long segment = segmentAt(table, hash);
            reach = Math.max(reach, Segment.depth(segment) + Segment.bits(segment));
            hash = nextHash(hash, Segment.depth(segment));
        } while (hash != 0);
        return reach;
    }

    private static long cursor(int depth, long hash, int tag9) {
        long prefix = depth == 0 ? 0 : hash >>> (64 - depth);
        return (long) depth << DEPTH_SHIFT | prefix << TAG9_BITS | tag9;
    }

    /** The end of the group of tag9 values that are visited with this one: one or two slots. */
    private static int groupEnd(int tag9, int bits) {
        int shift = Math.max(0, TAG9_BITS - bits - 1);
        return ((tag9 >>> shift) + 1) << shift;
    }

    /** Visits the records with {@code from ≤ tag9 < to}, which is one group; returns how many. */
    private static int visitGroup(long segment, int bits, int from, int to, RecordVisitor visitor) {
        int slots = Segment.slots(bits);
        int index = Segment.home(from << TAG9_SHIFT, bits);
        int lastHome = Segment.home((to << TAG9_SHIFT) - 1, bits);
        int visited = 0;
        for (int seen = 0; seen < slots; seen++, index = Segment.next(index, slots)) {
            long word = Memory.getLong(Segment.slot(segment, index));
            if (word == 0) {
                if (Segment.steps(lastHome, index, slots) < slots >>> 1) {
                    break;
                }
                continue;
            }
            int tag9 = Segment.tag(word) >>> TAG9_SHIFT;
            if (tag9 >= from && tag9 < to) {
                visitor.visit(word & Segment.ADDRESS);
                visited++;
            }
        }
        return visited;
    }
}
