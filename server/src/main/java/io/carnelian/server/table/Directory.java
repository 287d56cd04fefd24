package io.carnelian.server.table;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.epoch.Fault;
import io.carnelian.server.memory.Memory;

/**
 * The way from a hash to its segment, and how nodes on it are made writable.
 *
 * <pre>
 *   hash   | root index: rootDepth bits |   ...                                | tag 15 |
 *          | prefix of the page: dp bits | index in the page: b bits | ...
 *          | prefix of the segment: depth bits, dp ≤ depth ≤ dp + b | ...
 *
 *   root   | stamp .. | word | word | ...   2^rootDepth words: page 48 | dp 8 | b 8
 *   page   | stamp .. | word | word | ...   2^b words, b ≤ 9:  segment 48 | slot bits 16
 * </pre>
 *
 * A page of smaller prefix than the root stands in several words of the root, a segment of smaller
 * prefix than its page allows in several of the page. The words carry what the next step needs, so
 * that a lookup reads neither the page's nor the segment's header.
 *
 * <p>Copy on write goes from the top down: root, page, segment. Each step leaves the table whole,
 * so running out of memory between two steps does no harm.
 */
public final class Directory {
    /** Directory bits of a page at most. */
    public static final int PAGE_BITS = 9;

    /** Hash bits that a directory may use at most; a scan's cursor has as many. */
    static final int MAX_DEPTH = 30;

    static final int HEADER = 64;
    static final int BITS = 16;

    /** What a tree is made of, in its root: {@link #KEYS} or {@link #ELEMENTS}. */
    static final int FORM = 20;

    static final int KEYS = 0;
    static final int ELEMENTS = 1;

    /** Elements that stand in a {@link ScoreTree} too. 2 is the form of the root of a list. */
    static final int SCORED = 3;

    /** Where the root of {@link #SCORED} elements has the root of their score tree. */
    static final int SCORES = Epochs.BIRTH + Long.BYTES;

    /** Where that which belongs to a tree, not to one root of it, ends. */
    private static final int TREE_END = SCORES + Long.BYTES;

    private Directory() {}

    static long bytes(int bits) {
        return HEADER + (8L << bits);
    }

    /** Makes root, page and segment of an empty table. */
    static void create(Table table) {
        Epochs epochs = table.epochs;
        long segment = 0;
        long page = 0;
        long root = 0;
        try {
            segment = Segment.create(table.slabs, table.minSlotBits, 0, epochs.epoch());
            page = newNode(table, 0);
            root = newNode(table, 0);
        } finally {
            if (root == 0) {
                freeIfMade(table, segment);
                freeIfMade(table, page);
            }
        }
        Memory.putLong(page + HEADER, segmentWord(segment, table.minSlotBits));
        Memory.putLong(root + HEADER, pageWord(page, 0, 0));
        Memory.putInt(root + FORM, table.scored ? SCORED : table.ofElements ? ELEMENTS : KEYS);
        // Elements that an older cut sees may be moved into a database, so that is always old.
        Memory.putLong(root + Epochs.BIRTH, table.ofElements ? epochs.epoch() : 0);
        table.root = root;
        table.rootDepth = 0;
        table.nodeBytes =
                table.slabs.usableSize(segment)
                        + table.slabs.usableSize(page)
                        + table.slabs.usableSize(root);
    }

    static long pageWord(long page, int depth, int bits) {
        return page | (long) depth << 48 | (long) bits << 56;
    }

    public static long address(long word) {
        return word & Segment.ADDRESS;
    }

    static int pageDepth(long pageWord) {
        return (int) (pageWord >>> 48) & 0xff;
    }

    static int pageBits(long pageWord) {
        return (int) (pageWord >>> 56);
    }

    static long segmentWord(long segment, int slotBits) {
        return segment | (long) slotBits << 48;
    }

    public static int slotBits(long segmentWord) {
        return (int) (segmentWord >>> 48);
    }

    /** The top {@code bits} bits of the hash; 0 for none. */
    static int top(long hash, int bits) {
        return (int) ((hash >>> 1) >>> (63 - bits));
    }

    static int indexInPage(long pageWord, long hash) {
        return top(hash << pageDepth(pageWord), pageBits(pageWord));
    }

    static long entry(long node, int index) {
        return node + HEADER + ((long) index << 3);
    }

    /** The word of the page for this hash. */
    static long page(long root, int rootDepth, long hash) {
        return Memory.getLong(entry(root, top(hash, rootDepth)));
    }

    /** The word of the segment for this hash. */
    public static long segment(long root, int rootDepth, long hash) {
        long page = page(root, rootDepth, hash);
        return Memory.getLong(entry(address(page), indexInPage(page, hash)));
    }

    /** A new node of 2^bits words, stamped now. */
    static long newNode(Table table, int bits) {
        long node = table.slabs.allocate(bytes(bits));
        Memory.fill(node, HEADER, (byte) 0);
        Memory.putLong(node, table.epochs.epoch());
        Memory.putInt(node + BITS, bits);
        return node;
    }

    static void thawRoot(Table table) {
        if (isFrozen(table, table.root)) {
            long copy = copyNode(table, table.root, table.rootDepth);
            keepTree(table.root, copy);
            retireNode(table, table.root);
            table.root = copy;
        }
    }

    /** Another root of the same tree has its form and its birth. */
    static void keepTree(long from, long to) {
        Memory.copy(from + FORM, to + FORM, TREE_END - FORM);
    }

    /** Makes root and page for this hash writable; returns the word of the page. */
    static long thawPage(Table table, long hash) {
        thawRoot(table);
        long word = page(table.root, table.rootDepth, hash);
        long page = address(word);
        if (isFrozen(table, page)) {
            long copy = copyNode(table, page, pageBits(word));
            word = pageWord(copy, pageDepth(word), pageBits(word));
            setPage(table, hash, word);
            retireNode(table, page);
        }
        return word;
    }

    /** Makes the segment for this hash writable; returns its word. */
    static long thawSegment(Table table, long hash) {
        long word = segment(table.root, table.rootDepth, hash);
        long segment = address(word);
        if (!table.epochs.isFrozen(Segment.stamp(segment)) || Fault.is(Fault.NO_COPY)) {
            return word;
        }
        if (table.scored) {
            Segment.age(segment, table.epochs.epoch());
            return word;
        }
        long pageWord = thawPage(table, hash);
        long copy = Segment.copy(table.slabs, segment, table.epochs.epoch());
        table.nodeBytes += table.slabs.usableSize(copy);
        table.epochs.countCopy(Segment.bytes(slotBits(word)));
        word = segmentWord(copy, slotBits(word));
        setSegment(pageWord, hash, Segment.depth(copy), word);
        retireNode(table, segment);
        return word;
    }

    /** See {@link Table#moveSegment}. */
    static long moveSegment(Table table, long hash, Table.Mover mover) {
        long word = segment(table.root, table.rootDepth, hash);
        int bits = slotBits(word);
        long segment = mover.moveNode(address(word));
        int depth = Segment.depth(segment);
        if (segment != address(word)) {
            long page = page(table.root, table.rootDepth, hash);
            setSegment(page, hash, depth, segmentWord(segment, bits));
        }
        for (int i = 0, n = Segment.slots(bits); i < n; i++) {
            long slot = Segment.word(segment, i);
            if (slot != 0) {
                long record = mover.moveRecord(slot & Segment.ADDRESS);
                Memory.putLong(Segment.slot(segment, i), (slot & ~Segment.ADDRESS) | record);
            }
        }
        return TableScan.nextHash(hash, depth);
    }

    /** Points every root word of this page's prefix to it. The root must be writable. */
    static void setPage(Table table, long hash, long pageWord) {
        int span = 1 << (table.rootDepth - pageDepth(pageWord));
        int first = top(hash, table.rootDepth) & -span;
        for (int i = first; i < first + span; i++) {
            Memory.putLong(entry(table.root, i), pageWord);
        }
    }

    /** Points every word of the page of the segment's prefix to it. The page must be writable. */
    static void setSegment(long pageWord, long hash, int depth, long segmentWord) {
        int span = 1 << (pageDepth(pageWord) + pageBits(pageWord) - depth);
        int first = indexInPage(pageWord, hash) & -span;
        for (int i = first; i < first + span; i++) {
            Memory.putLong(entry(address(pageWord), i), segmentWord);
        }
    }

    /** A node left the table: it is freed, now or after the cuts that see it. */
    static void retireNode(Table table, long node) {
        table.nodeBytes -= table.slabs.usableSize(node);
        if (isFrozen(table, node)) {
            table.epochs.retire(Epochs.NODE, node);
        } else {
            table.epochs.release(Epochs.NODE, node);
        }
    }

    /** Nodes of scored elements are never frozen: snapshots read the score tree alone. */
    private static boolean isFrozen(Table table, long node) {
        return !table.scored && table.epochs.isFrozen(Segment.stamp(node));
    }

    private static long copyNode(Table table, long node, int bits) {
        long copy = newNode(table, bits);
        Memory.copy(node + HEADER, copy + HEADER, 8L << bits);
        table.nodeBytes += table.slabs.usableSize(copy);
        table.epochs.countCopy(bytes(bits));
        return copy;
    }

    private static void freeIfMade(Table table, long node) {
        if (node != 0) {
            table.slabs.free(node);
        }
    }
}
