package io.carnelian.server.table;

import io.carnelian.server.epoch.Demolition;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.quicklist.QuicklistRelease;

/**
 * Frees records, and whole tables in slices. The one place that knows what hangs on a record.
 *
 * <p>It stands at one slot of the tree and goes on from there; a segment is freed behind its last
 * slot, a page behind its last segment, the root at the end. A tree of keys may hold records with a
 * tree of elements: that is freed first, and then it goes on where it was, so that emptying a
 * database of big collections needs no memory.
 */
public final class TreeRelease implements Demolition {
    private final Slabs slabs;
    private final Position outer = new Position();
    private final Position inner = new Position();
    private Position now = outer;
    private final QuicklistRelease list;
    private final ScoreRelease scores;
    private boolean inList;
    private boolean listAlone;
    private boolean inScores;
    private long records;

    /** Written, never read: all records of a segment are touched before they are freed. */
    @SuppressWarnings("UnusedVariable")
    private long seen;

    public TreeRelease(Slabs slabs) {
        this.slabs = slabs;
        this.list = new QuicklistRelease(slabs);
        this.scores = new ScoreRelease(slabs);
    }

    /** Keys of emptied databases freed since the start. */
    public long records() {
        return records;
    }

    @Override
    public void record(long record) {
        assert !Record.hasStructure(record);
        slabs.free(record);
    }

    @Override
    public void beginTree(long root) {
        if (Quicklist.isListRoot(root)) {
            beginList(root, true);
        } else {
            begin(outer, root);
        }
    }

    /** Starts with a table; a score tree above its elements is freed before it. */
    private void begin(Position at, long root) {
        now = at;
        at.begin(root);
        if (Memory.getInt(root + Directory.FORM) == Directory.SCORED) {
            long tree = Memory.getLong(root + Directory.SCORES);
            if (tree != 0) {
                scores.begin(tree);
                inScores = true;
            }
        }
    }

    private void beginList(long root, boolean alone) {
        list.begin(root);
        inList = true;
        listAlone = alone;
    }

    @Override
    public int someOfTree(int max) {
        int freed = 0;
        while (freed < max) {
            freed++;
            if (inList) {
                inList = list.next();
                if (!inList && listAlone) {
                    return freed - 1;
                }
                continue;
            }
            if (inScores) {
                inScores = scores.next();
                continue;
            }
            long record = now.next();
            if (record != 0) {
                free(record);
            } else if (!now.nextSegment()) {
                if (now == outer) {
                    return freed - 1;
                }
                now = outer;
            }
        }
        return freed;
    }

    private void free(long record) {
        if (now.ofKeys) {
            records++;
        }
        if (Record.hasStructure(record)) {
            long tree = Memory.getLong(Record.valueAddress(record));
            slabs.free(record);
            if (Quicklist.isListRoot(tree)) {
                beginList(tree, false);
            } else {
                begin(inner, tree);
            }
        } else {
            slabs.free(record);
        }
    }

    /** A slot in a tree of which everything before is freed. */
    private final class Position {
        private long root;
        private int rootIndex;
        private long pageWord;
        private int pageIndex;
        private long segment;
        private int slots;
        private int slot;
        private boolean ofKeys;

        void begin(long tree) {
            root = tree;
            rootIndex = 0;
            ofKeys = Memory.getInt(root + Directory.FORM) == Directory.KEYS;
            enterPage();
        }

        /** The next record of this segment; 0 at its end. */
        long next() {
            while (slot < slots) {
                long record = Segment.word(segment, slot++) & Segment.ADDRESS;
                if (record != 0) {
                    return record;
                }
            }
            return 0;
        }

        /**
         * Frees the segment that was emptied, and nodes that end with it; false at the end of the
         * tree.
         */
        boolean nextSegment() {
            int depth = Directory.pageDepth(pageWord);
            int bits = Directory.pageBits(pageWord);
            pageIndex += 1 << (depth + bits - Segment.depth(segment));
            slabs.free(segment);
            if (pageIndex < 1 << bits) {
                enterSegment();
                return true;
            }
            slabs.free(Directory.address(pageWord));
            int rootDepth = Memory.getInt(root + Directory.BITS);
            rootIndex += 1 << (rootDepth - depth);
            if (rootIndex < 1 << rootDepth) {
                enterPage();
                return true;
            }
            slabs.free(root);
            return false;
        }

        private void enterPage() {
            pageWord = Memory.getLong(Directory.entry(root, rootIndex));
            pageIndex = 0;
            enterSegment();
        }

        private void enterSegment() {
            long word = Memory.getLong(Directory.entry(Directory.address(pageWord), pageIndex));
            segment = Directory.address(word);
            slots = Segment.slots(Directory.slotBits(word));
            slot = 0;
            for (int i = 0; i < slots; i++) {
                long record = Segment.word(segment, i) & Segment.ADDRESS;
                if (record != 0) {
                    seen ^= Memory.getLong(record) ^ slabs.usableSize(record);
                }
            }
        }
    }
}
