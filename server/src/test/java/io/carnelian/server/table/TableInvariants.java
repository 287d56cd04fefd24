package io.carnelian.server.table;

import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;

/** Checks everything that must hold in a table's structure. */
public final class TableInvariants {
    private final Table table;
    private long count;
    private long expiring;
    private long nodeBytes;

    private TableInvariants(Table table) {
        this.table = table;
    }

    public static void check(Table table) {
        new TableInvariants(table).checkRoot();
    }

    private void checkRoot() {
        require(Memory.getInt(table.root + Directory.BITS) == table.rootDepth, "root depth");
        nodeBytes = table.slabs.usableSize(table.root);
        for (int i = 0; i < 1 << table.rootDepth; ) {
            long page = Memory.getLong(Directory.entry(table.root, i));
            int depth = Directory.pageDepth(page);
            require(depth <= table.rootDepth, "page depth");
            int span = 1 << (table.rootDepth - depth);
            require((i & (span - 1)) == 0, "page alignment");
            for (int j = i; j < i + span; j++) {
                require(Memory.getLong(Directory.entry(table.root, j)) == page, "page words");
            }
            long hash = table.rootDepth == 0 ? 0 : (long) i << (64 - table.rootDepth);
            checkPage(page, hash);
            i += span;
        }
        require(count == table.count, "count " + count + " of " + table.count);
        require(expiring == table.expiring, "expiring " + expiring + " of " + table.expiring);
        require(nodeBytes == table.nodeBytes, "bytes " + nodeBytes + " of " + table.nodeBytes);
    }

    private void checkPage(long page, long prefix) {
        nodeBytes += table.slabs.usableSize(Directory.address(page));
        int bits = Directory.pageBits(page);
        int depth = Directory.pageDepth(page);
        require(bits <= table.maxPageBits, "page bits");
        require(Memory.getInt(Directory.address(page) + Directory.BITS) == bits, "page bits");
        for (int i = 0; i < 1 << bits; ) {
            long word = Memory.getLong(Directory.entry(Directory.address(page), i));
            int segmentDepth = Segment.depth(Directory.address(word));
            require(segmentDepth >= depth && segmentDepth <= depth + bits, "segment depth");
            int span = 1 << (depth + bits - segmentDepth);
            require((i & (span - 1)) == 0, "segment alignment");
            for (int j = i; j < i + span; j++) {
                long other = Memory.getLong(Directory.entry(Directory.address(page), j));
                require(other == word, "segment words");
            }
            long hash = depth + bits == 0 ? prefix : prefix | (long) i << (64 - depth - bits);
            checkSegment(word, hash);
            i += span;
        }
    }

    private void checkSegment(long word, long prefix) {
        long segment = Directory.address(word);
        int bits = Directory.slotBits(word);
        int depth = Segment.depth(segment);
        nodeBytes += table.slabs.usableSize(segment);
        require(Segment.bits(segment) == bits, "slot bits");
        require(depth + bits <= table.reach, "reach");
        int records = 0;
        int withExpiry = 0;
        for (int i = 0; i < Segment.slots(bits); i++) {
            long slot = Segment.word(segment, i);
            if (slot == 0) {
                continue;
            }
            records++;
            long record = slot & Segment.ADDRESS;
            long hash = Hash.of(Record.keyAddress(record), Record.keyLength(record));
            require(Directory.top(hash ^ prefix, depth) == 0, "record in the wrong segment");
            require((hash & Segment.TAG_MASK) == Segment.tag(slot), "tag");
            require(
                    table.find(hash, Record.keyAddress(record), Record.keyLength(record)) == record,
                    "record not found");
            if (Record.hasExpiry(record)) {
                withExpiry++;
                require(Segment.earliestExpiry(segment) <= Record.expireAt(record), "earliest");
            }
        }
        require(Segment.count(segment) == records, "segment count");
        require(Segment.expiring(segment) == withExpiry, "segment expiring");
        count += records;
        expiring += withExpiry;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("table: " + what);
        }
    }
}
