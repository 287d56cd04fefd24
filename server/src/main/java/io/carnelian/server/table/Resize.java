package io.carnelian.server.table;

import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;

/**
 * How a table changes its shape, one node at a time.
 *
 * <pre>
 *   segment full ──slots &lt; max──> twice the slots                 (a small table)
 *       │        ──too deep────> twice the slots, up to 3 · 2^13  (hash flood: see depthCap)
 *       └ else: split in two, one bit deeper
 *               └ page has no bit left ──b &lt; 9──> page with twice the words
 *                                      ──b = 9──> page splits in two, one bit deeper
 *                                                 └ root has no bit left: root of twice the words
 *   two siblings fill ≤ 3/8 of one ──> merged; the page halves when no segment needs its last
 *   bit; two sibling pages of ≤ 64 words merge; the root halves like a page.
 * </pre>
 *
 * A split reads all records' hashes first and distributes then: the branch on loaded data would
 * otherwise serialise the cache misses (measured in a prototype: 47 µs in one pass, 14 µs in two).
 *
 * <p>New nodes are made before old ones are touched, so running out of memory leaves the table
 * whole.
 */
final class Resize {
    private static final int PAGE_MERGE_SLACK_BITS = 3;

    private Resize() {}

    /**
     * Gives the full segment for this hash more room: the caller looks again, and may call again.
     */
    static void grow(Table table, long hash) {
        long word = Directory.segment(table.root, table.rootDepth, hash);
        int bits = Directory.slotBits(word);
        int depth = Segment.depth(Directory.address(word));
        if (bits < table.maxSlotBits || (depth >= depthCap(table) && bits < Segment.MAX_BITS)) {
            resize(table, hash, word, bits + 1);
        } else if (depth < Directory.MAX_DEPTH) {
            split(table, hash, word);
        } else {
            throw new IllegalStateException("hash flood: too many keys of one hash");
        }
    }

    /**
     * Splits an empty table until so many records find room: in the mean a segment will then be as
     * full as one that is about to split, and few are split again.
     */
    static void grown(Table table, long records) {
        long word = Directory.segment(table.root, table.rootDepth, 0);
        int bits = Directory.slotBits(word);
        while (bits < table.maxSlotBits && records > Segment.limit(bits)) {
            resize(table, 0, word, ++bits);
            word = Directory.segment(table.root, table.rootDepth, 0);
        }
        int limit = Segment.limit(table.maxSlotBits);
        int room = limit - limit / 16;
        for (int depth = 0; records >>> depth > room; depth++) {
            for (long i = 0; i < 1L << depth; i++) {
                long hash = depth == 0 ? 0 : i << -depth;
                split(table, hash, Directory.segment(table.root, table.rootDepth, hash));
            }
        }
    }

    /** Makes the table smaller around this hash if it got empty enough there. */
    static void afterRemove(Table table, long hash) {
        try {
            do {
                table.epochs.reserve();
            } while (shrink(table, hash) || merge(table, hash));
        } catch (OutOfMemory e) {
            // The table stays larger than it need be.
            return;
        }
    }

    /** Halves the segment for this hash if it is larger than need be; false if not. */
    private static boolean shrink(Table table, long hash) {
        long word = Directory.segment(table.root, table.rootDepth, hash);
        long segment = Directory.address(word);
        int bits = Directory.slotBits(word);
        int least = Segment.depth(segment) == 0 ? table.minSlotBits : table.maxSlotBits;
        if (bits <= least || Segment.count(segment) > (3 * Segment.slots(bits)) >> 4) {
            return false;
        }
        resize(table, hash, word, bits - 1);
        return true;
    }

    /**
     * Beyond this depth a segment grows instead of splitting: random hashes do not come near it,
     * and chosen ones would double the directory for every few keys.
     */
    private static int depthCap(Table table) {
        long perSegment = Math.max(1, table.count >>> 6);
        int cap = 10 + 63 - Long.numberOfLeadingZeros(perSegment);
        return Math.min(cap, Directory.MAX_DEPTH);
    }

    private static void resize(Table table, long hash, long word, int bits) {
        long pageWord = Directory.thawPage(table, hash);
        long old = Directory.address(word);
        int depth = Segment.depth(old);
        long segment = Segment.create(table.slabs, bits, depth, stampAfter(table, old));
        table.nodeBytes += table.slabs.usableSize(segment);
        Segment.addAll(old, segment, keepYoung(table, old));
        Directory.setSegment(pageWord, hash, depth, Directory.segmentWord(segment, bits));
        Directory.retireNode(table, old);
        table.reach = Math.max(table.reach, depth + bits);
    }

    private static void split(Table table, long hash, long word) {
        long old = Directory.address(word);
        int depth = Segment.depth(old);
        long pageWord = deepen(table, hash, depth + 1);
        int n = Segment.count(old);
        long[] scratch = table.epochs.scratch(3 * n);
        gather(old, scratch, n, keepYoung(table, old));
        table.epochs.keep(touch(scratch, n));
        long bit = Long.MIN_VALUE >>> depth;
        int ones = readHashes(scratch, n, depth);
        long zero = newChild(table, old, n - ones);
        long one = newChildOrUndo(table, old, ones, zero);
        distribute(scratch, n, bit, zero, one);
        point(table, pageWord, hash & ~bit, zero);
        point(table, pageWord, hash | bit, one);
        Directory.retireNode(table, old);
    }

    private static void gather(long segment, long[] scratch, int n, long keep) {
        int at = 0;
        for (int i = 0; at < n; i++) {
            long word = Segment.word(segment, i);
            if (word != 0) {
                scratch[at++] = word & keep;
            }
        }
    }

    /** Reads all headers in so short a loop that their cache misses overlap. */
    private static long touch(long[] scratch, int n) {
        long seen = 0;
        for (int i = 0; i < n; i++) {
            seen ^= Memory.getLong(scratch[i] & Segment.ADDRESS);
        }
        return seen;
    }

    /** Fills in hash and expiry of each word; returns how many hashes have the next bit. */
    private static int readHashes(long[] scratch, int n, int depth) {
        int ones = 0;
        for (int i = 0; i < n; i++) {
            long record = scratch[i] & Segment.ADDRESS;
            long hash = Hash.of(Record.keyAddress(record), Record.keyLength(record));
            scratch[n + i] = hash;
            scratch[2 * n + i] = Record.expireAt(record);
            ones += (int) (hash >>> (63 - depth)) & 1;
        }
        return ones;
    }

    private static void distribute(long[] scratch, int n, long bit, long zero, long one) {
        int zeroBits = Segment.bits(zero);
        int oneBits = Segment.bits(one);
        for (int i = 0; i < n; i++) {
            boolean isOne = (scratch[n + i] & bit) != 0;
            long child = isOne ? one : zero;
            Segment.add(child, isOne ? oneBits : zeroBits, scratch[i]);
            if (scratch[2 * n + i] != Record.NEVER) {
                Segment.addExpiry(child, scratch[2 * n + i]);
            }
        }
    }

    private static long newChild(Table table, long parent, int count) {
        int bits = table.maxSlotBits;
        while (Segment.limit(bits) < count) {
            bits++;
        }
        int depth = Segment.depth(parent) + 1;
        long child = Segment.create(table.slabs, bits, depth, stampAfter(table, parent));
        table.nodeBytes += table.slabs.usableSize(child);
        table.reach = Math.max(table.reach, depth + bits);
        return child;
    }

    private static long newChildOrUndo(Table table, long parent, int count, long sibling) {
        try {
            return newChild(table, parent, count);
        } catch (OutOfMemory e) {
            table.nodeBytes -= table.slabs.usableSize(sibling);
            table.slabs.free(sibling);
            throw e;
        }
    }

    private static void point(Table table, long pageWord, long hash, long segment) {
        assert Directory.page(table.root, table.rootDepth, hash) == pageWord;
        long word = Directory.segmentWord(segment, Segment.bits(segment));
        Directory.setSegment(pageWord, hash, Segment.depth(segment), word);
    }

    /** Makes root and page writable and the page able to tell segments of this depth apart. */
    private static long deepen(Table table, long hash, int depth) {
        long word = Directory.thawPage(table, hash);
        while (Directory.pageDepth(word) + Directory.pageBits(word) < depth) {
            if (Directory.pageBits(word) < table.maxPageBits) {
                int bits = Directory.pageBits(word) + 1;
                long page = newPage(table, bits);
                stretch(word, page, 0, bits);
                replacePage(table, hash, word, page, bits);
            } else {
                splitPage(table, hash, word);
            }
            word = Directory.page(table.root, table.rootDepth, hash);
        }
        return word;
    }

    private static void splitPage(Table table, long hash, long word) {
        int depth = Directory.pageDepth(word);
        if (depth == table.rootDepth) {
            resizeRoot(table, table.rootDepth + 1);
        }
        int bits = Directory.pageBits(word) - 1;
        long zero = newPage(table, bits);
        long one;
        try {
            one = newPage(table, bits);
        } catch (OutOfMemory e) {
            table.nodeBytes -= table.slabs.usableSize(zero);
            table.slabs.free(zero);
            throw e;
        }
        long from = Directory.address(word) + Directory.HEADER;
        long half = 8L << bits;
        Memory.copy(from, zero + Directory.HEADER, half);
        Memory.copy(from + half, one + Directory.HEADER, half);
        long bit = Long.MIN_VALUE >>> depth;
        Directory.setPage(table, hash & ~bit, Directory.pageWord(zero, depth + 1, bits));
        Directory.setPage(table, hash | bit, Directory.pageWord(one, depth + 1, bits));
        Directory.retireNode(table, Directory.address(word));
        trimPage(table, hash ^ bit); // the other half may not need as many bits
    }

    private static void resizeRoot(Table table, int depth) {
        long root = newPage(table, depth);
        int before = table.rootDepth;
        for (int i = 0; i < 1 << depth; i++) {
            int from = depth > before ? i >>> 1 : i << 1;
            Memory.putLong(
                    Directory.entry(root, i), Memory.getLong(Directory.entry(table.root, from)));
        }
        long old = table.root;
        Directory.keepTree(old, root);
        table.root = root;
        table.rootDepth = depth;
        Directory.retireNode(table, old);
    }

    /**
     * Merges the segment for this hash with its sibling; false if it has none or both are too full.
     */
    private static boolean merge(Table table, long hash) {
        long word = Directory.segment(table.root, table.rootDepth, hash);
        int depth = Segment.depth(Directory.address(word));
        if (depth == 0) {
            return false;
        }
        long pageWord = Directory.page(table.root, table.rootDepth, hash);
        if (depth == Directory.pageDepth(pageWord)) {
            mergePages(table, hash);
            pageWord = Directory.page(table.root, table.rootDepth, hash);
            if (depth == Directory.pageDepth(pageWord)) {
                return false;
            }
        }
        long siblingHash = hash ^ (Long.MIN_VALUE >>> (depth - 1));
        long sibling = Directory.segment(table.root, table.rootDepth, siblingHash);
        if (!fitTogether(table, word, sibling)) {
            return false;
        }
        pageWord = Directory.thawPage(table, hash);
        mergeSegments(table, hash, pageWord, word, sibling);
        if (depth == Directory.pageDepth(pageWord) + Directory.pageBits(pageWord)) {
            trimPage(table, hash);
            mergePages(table, hash);
        }
        return true;
    }

    private static boolean fitTogether(Table table, long word, long siblingWord) {
        long segment = Directory.address(word);
        long sibling = Directory.address(siblingWord);
        int bits = table.maxSlotBits;
        return Directory.slotBits(word) == bits
                && Directory.slotBits(siblingWord) == bits
                && Segment.depth(segment) == Segment.depth(sibling)
                && Segment.count(segment) + Segment.count(sibling)
                        <= (3 * Segment.slots(bits)) >> 3;
    }

    private static void mergeSegments(
            Table table, long hash, long pageWord, long word, long siblingWord) {
        long a = Directory.address(word);
        long b = Directory.address(siblingWord);
        int bits = table.maxSlotBits;
        int depth = Segment.depth(a) - 1;
        // Young must hold for the older of the two stamps: born after the younger one is born after
        // it.
        long stamp = Math.min(stampAfter(table, a), stampAfter(table, b));
        long merged = Segment.create(table.slabs, bits, depth, stamp);
        table.nodeBytes += table.slabs.usableSize(merged);
        Segment.addAll(a, merged, keepYoung(table, a));
        Segment.addAll(b, merged, keepYoung(table, b));
        Directory.setSegment(pageWord, hash, depth, Directory.segmentWord(merged, bits));
        Directory.retireNode(table, a);
        Directory.retireNode(table, b);
    }

    /** Halves the writable page for this hash as often as no segment needs its last bit. */
    private static void trimPage(Table table, long hash) {
        long word = Directory.page(table.root, table.rootDepth, hash);
        while (Directory.pageBits(word) > 0 && inPairs(word)) {
            int bits = Directory.pageBits(word) - 1;
            long page = newPage(table, bits);
            long from = Directory.address(word);
            for (int i = 0; i < 1 << bits; i++) {
                Memory.putLong(
                        Directory.entry(page, i), Memory.getLong(Directory.entry(from, 2 * i)));
            }
            replacePage(table, hash, word, page, bits);
            word = Directory.page(table.root, table.rootDepth, hash);
        }
    }

    private static boolean inPairs(long word) {
        return inPairs(Directory.address(word), Directory.pageBits(word));
    }

    private static boolean inPairs(long node, int bits) {
        for (int i = 0; i < 1 << bits; i += 2) { // usually the first pair tells
            if (Memory.getLong(Directory.entry(node, i))
                    != Memory.getLong(Directory.entry(node, i + 1))) {
                return false;
            }
        }
        return true;
    }

    /** Pages merge when they are this small, so that the new one does not split again soon. */
    private static int mergeablePageBits(Table table) {
        return Math.max(0, table.maxPageBits - PAGE_MERGE_SLACK_BITS);
    }

    private static void mergePages(Table table, long hash) {
        long word = Directory.page(table.root, table.rootDepth, hash);
        int depth = Directory.pageDepth(word);
        if (depth == 0) {
            return;
        }
        long bit = Long.MIN_VALUE >>> (depth - 1);
        long sibling = Directory.page(table.root, table.rootDepth, hash ^ bit);
        int most = mergeablePageBits(table);
        if (Directory.pageDepth(sibling) != depth
                || Directory.pageBits(word) > most
                || Directory.pageBits(sibling) > most) {
            return;
        }
        Directory.thawRoot(table);
        int bits = Math.max(Directory.pageBits(word), Directory.pageBits(sibling)) + 1;
        long page = newPage(table, bits);
        long zero = (hash & bit) == 0 ? word : sibling;
        long one = (hash & bit) == 0 ? sibling : word;
        stretch(zero, page, 0, bits - 1);
        stretch(one, page, 1 << (bits - 1), bits - 1);
        Directory.setPage(table, hash, Directory.pageWord(page, depth - 1, bits));
        Directory.retireNode(table, Directory.address(zero));
        Directory.retireNode(table, Directory.address(one));
        while (table.rootDepth > 0 && inPairs(table.root, table.rootDepth)) {
            resizeRoot(table, table.rootDepth - 1);
        }
    }

    /** Writes 2^bits words from {@code first} on, each word of the smaller page several times. */
    private static void stretch(long pageWord, long to, int first, int bits) {
        long from = Directory.address(pageWord);
        int shift = bits - Directory.pageBits(pageWord);
        for (int i = 0; i < 1 << bits; i++) {
            long word = Memory.getLong(Directory.entry(from, i >>> shift));
            Memory.putLong(Directory.entry(to, first + i), word);
        }
    }

    private static long newPage(Table table, int bits) {
        long page = Directory.newNode(table, bits);
        table.nodeBytes += table.slabs.usableSize(page);
        return page;
    }

    private static void replacePage(Table table, long hash, long oldWord, long page, int bits) {
        int depth = Directory.pageDepth(oldWord);
        Directory.setPage(table, hash, Directory.pageWord(page, depth, bits));
        Directory.retireNode(table, Directory.address(oldWord));
    }

    private static long stampAfter(Table table, long segment) {
        long stamp = Segment.stamp(segment);
        return table.epochs.isFrozen(stamp) ? table.epochs.epoch() : stamp;
    }

    private static long keepYoung(Table table, long segment) {
        return table.epochs.isFrozen(Segment.stamp(segment)) ? ~Segment.YOUNG : -1L;
    }
}
