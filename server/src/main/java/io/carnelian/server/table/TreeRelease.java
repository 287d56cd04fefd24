package io.carnelian.server.table;

import io.carnelian.server.epoch.Demolition;
import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * Frees records, and whole tables in slices. The one place that knows, by type, what hangs on a
 * record.
 *
 * <p>It stands at one slot of the tree and goes on from there; a segment is freed behind its last
 * slot, a page behind its last segment, the root at the end.
 */
public final class TreeRelease implements Demolition {
    private final Slabs slabs;
    private long root;
    private int rootIndex;
    private long pageWord;
    private int pageIndex;
    private long segment;
    private int slotBits;
    private int slot;
    private long records;

    /** Written, never read: all records of a segment are touched before they are freed. */
    @SuppressWarnings("UnusedVariable")
    private long seen;

    public TreeRelease(Slabs slabs) {
        this.slabs = slabs;
    }

    /** Records of trees freed since the start. */
    public long records() {
        return records;
    }

    @Override
    public void record(long record, Epochs epochs) {
        switch (Record.type(record)) {
            case Record.STRING -> slabs.free(record);
            default -> throw new IllegalStateException("type " + Record.type(record));
        }
    }

    @Override
    public void beginTree(long root) {
        this.root = root;
        rootIndex = 0;
        enterPage();
    }

    @Override
    public int someOfTree(int max, Epochs epochs) {
        int freed = 0;
        while (freed < max) {
            if (slot >>> slotBits != 0) {
                freed++;
                if (!nextSegment()) {
                    return freed - 1;
                }
                continue;
            }
            long word = Segment.word(segment, slot++);
            if (word != 0) {
                record(word & Segment.ADDRESS, epochs);
                records++;
                freed++;
            }
        }
        return freed;
    }

    /**
     * Frees the segment that was emptied, and nodes that end with it; false at the end of the tree.
     */
    private boolean nextSegment() {
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
        slotBits = Directory.slotBits(word);
        slot = 0;
        for (int i = 0, n = 1 << slotBits; i < n; i++) {
            long record = Segment.word(segment, i) & Segment.ADDRESS;
            if (record != 0) {
                seen ^= Memory.getLong(record) ^ slabs.usableSize(record);
            }
        }
    }
}
