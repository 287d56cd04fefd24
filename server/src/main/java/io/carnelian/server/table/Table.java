package io.carnelian.server.table;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.epoch.Fault;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import java.util.random.RandomGenerator;

/**
 * Extendible hashing over small segments: the one table for the keyspace, hashes and sets (after
 * Fagin et al., "Extendible Hashing", 1979).
 *
 * <pre>
 *   hash ──top bits──> root ──> page (≤ 512 words) ──> segment (≤ 384 slots) ──tag──> record
 * </pre>
 *
 * A segment that is full splits alone, a page too, and the root is 1/512 of everything: there is no
 * table-wide pause at any size. A segment is also the unit of copy on write while a snapshot lives
 * (see {@link Epochs}). Layouts are drawn at {@link Segment} and {@link Directory}.
 *
 * <p>{@link #find} remembers where it ended; {@link #insertNew}, {@link #replaceFound} and {@link
 * #removeFound} go on from there and must follow at once. All methods belong to the owner thread.
 */
public final class Table {
    /** Six slots. */
    private static final int ELEMENT_SLOT_BITS = 1;

    /**
     * Bytes of a handle: a table as the value of a record.
     *
     * <pre>
     *    0 root | 8 count | 16 bytes of nodes | 24 bytes of elements | 32 root depth | 36 reach
     * </pre>
     */
    public static final int HANDLE_BYTES = 40;

    private static final int HANDLE_COUNT = 8;
    private static final int HANDLE_NODE_BYTES = 16;
    private static final int HANDLE_ELEMENT_BYTES = 24;
    private static final int HANDLE_DEPTH = 32;
    private static final int HANDLE_REACH = 36;

    /** Of a segment that splits instead of growing: 384 slots. */
    public static final int SLOT_BITS = 7;

    /**
     * A delete looks for a merge only every 16 records of a segment, and only when it is this
     * empty.
     */
    private static final int MERGE_STEP_MASK = 15;

    final Slabs slabs;
    final Epochs epochs;
    final int minSlotBits;
    final int maxSlotBits;
    final int maxPageBits;
    final boolean ofElements;

    /** Whether the elements stand in a score tree too, which is all that snapshots read. */
    final boolean scored;

    long root;
    int rootDepth;
    long count;
    long expiring;
    long nodeBytes;

    /** Bytes of the records; counted in a collection only. */
    private long elementBytes;

    /** At least the depth plus slot bits of every segment. */
    int reach;

    private long foundHash;
    private long foundWord;
    private int foundIndex;
    private boolean removedYoung;

    /** A table of elements, which starts small. */
    public Table(Slabs slabs, Epochs epochs) {
        this(slabs, epochs, true, ELEMENT_SLOT_BITS, SLOT_BITS, Directory.PAGE_BITS);
    }

    /**
     * A view without a table of its own: {@link #attach} or {@link #create} comes before anything
     * else. So a collection needs no Java object.
     */
    public static Table view(Slabs slabs, Epochs epochs) {
        return view(slabs, epochs, SLOT_BITS, Directory.PAGE_BITS);
    }

    /** As {@link #view(Slabs, Epochs)}, with other sizes of segments and pages, for tests. */
    public static Table view(Slabs slabs, Epochs epochs, int slotBits, int pageBits) {
        return new Table(slabs, epochs, false, slotBits, pageBits);
    }

    /**
     * As {@link #view(Slabs, Epochs, int, int)}, of tables that no snapshot reads, so that their
     * nodes and what is in the elements' values may be written at any time. Which elements a
     * snapshot may see is known all the same.
     */
    static Table scoredView(Slabs slabs, Epochs epochs, int slotBits, int pageBits) {
        return new Table(slabs, epochs, true, slotBits, pageBits);
    }

    private Table(Slabs slabs, Epochs epochs, boolean scored, int maxSlotBits, int maxPageBits) {
        this.slabs = slabs;
        this.epochs = epochs;
        this.minSlotBits = ELEMENT_SLOT_BITS;
        this.maxSlotBits = maxSlotBits;
        this.ofElements = true;
        this.scored = scored;
        this.maxPageBits = maxPageBits;
    }

    /**
     * @param ofElements true in a collection, false in a database
     * @param minSlotBits slot bits of the first segment
     * @param maxSlotBits slot bits with which a segment splits instead of growing
     * @param maxPageBits log2 of the words at which a directory page splits instead of growing
     */
    public Table(
            Slabs slabs,
            Epochs epochs,
            boolean ofElements,
            int minSlotBits,
            int maxSlotBits,
            int maxPageBits) {
        this.slabs = slabs;
        this.epochs = epochs;
        this.minSlotBits = minSlotBits;
        this.maxSlotBits = maxSlotBits;
        this.ofElements = ofElements;
        this.scored = false;
        this.maxPageBits = maxPageBits;
        this.reach = minSlotBits;
        Directory.create(this);
    }

    public long count() {
        return count;
    }

    /** Makes a new table of no elements, which this view shows from now on. */
    public void create() {
        count = 0;
        elementBytes = 0;
        reach = minSlotBits;
        Directory.create(this);
    }

    /** Shows the table of this handle, until {@link #save} knows of no change. */
    public void attach(long handle) {
        root = rootOf(handle);
        count = countOf(handle);
        nodeBytes = Memory.getLong(handle + HANDLE_NODE_BYTES);
        elementBytes = Memory.getLong(handle + HANDLE_ELEMENT_BYTES);
        rootDepth = rootDepthOf(handle);
        reach = Memory.getInt(handle + HANDLE_REACH);
    }

    /**
     * Shows what another table shows, which must not be used any more. Its memory belongs to the
     * slabs of this one by now; what this one showed is given up by the caller.
     */
    public void takeOver(Table other) {
        root = other.root;
        rootDepth = other.rootDepth;
        count = other.count;
        expiring = other.expiring;
        nodeBytes = other.nodeBytes;
        elementBytes = other.elementBytes;
        reach = other.reach;
    }

    /**
     * Writes what this view shows into a handle. After every change, also one that ran out of
     * memory halfway: nodes may have moved all the same.
     */
    public void save(long handle) {
        Memory.putLong(handle, root);
        Memory.putLong(handle + HANDLE_COUNT, count);
        Memory.putLong(handle + HANDLE_NODE_BYTES, nodeBytes);
        Memory.putLong(handle + HANDLE_ELEMENT_BYTES, elementBytes);
        Memory.putInt(handle + HANDLE_DEPTH, rootDepth);
        Memory.putInt(handle + HANDLE_REACH, reach);
    }

    /** The root of a handle's table; with {@link #rootDepthOf} enough to read it all. */
    public static long rootOf(long handle) {
        return Memory.getLong(handle);
    }

    public static int rootDepthOf(long handle) {
        return Memory.getInt(handle + HANDLE_DEPTH);
    }

    public static long countOf(long handle) {
        return Memory.getLong(handle + HANDLE_COUNT);
    }

    /** Bytes of a handle's table, nodes and elements. */
    public static long bytesOf(long handle) {
        return Memory.getLong(handle + HANDLE_NODE_BYTES)
                + Memory.getLong(handle + HANDLE_ELEMENT_BYTES);
    }

    /** Where the way from a hash to its segment begins; see {@link Directory}. */
    public long root() {
        return root;
    }

    /** Hash bits that the root tells apart. */
    public int rootDepth() {
        return rootDepth;
    }

    /** The rules of copy on write that it keeps. */
    public Epochs epochs() {
        return epochs;
    }

    /** Records with an expiry. */
    public long expiring() {
        return expiring;
    }

    /** Bytes of root, pages and segments. */
    public long overheadBytes() {
        return nodeBytes;
    }

    /** The record with this key, or 0. */
    public long find(long hash, long keyAddress, int keyLength) {
        long word = Directory.segment(root, rootDepth, hash);
        foundHash = hash;
        foundWord = word;
        long slots = (word & Segment.ADDRESS) + Segment.SLOTS;
        int bits = Directory.slotBits(word);
        int end = Segment.slots(bits);
        int tag = (int) hash & Segment.TAG_MASK;
        int index = Segment.home(tag, bits);
        while (true) {
            long slot = Memory.getLong(slots + ((long) index << 3));
            if (slot == 0) {
                foundIndex = index;
                return 0;
            }
            if (Segment.tag(slot) == tag) {
                long record = slot & Segment.ADDRESS;
                if (Record.keyEquals(record, keyAddress, keyLength)) {
                    foundIndex = index;
                    return record;
                }
            }
            index = Segment.next(index, end);
        }
    }

    /** Reads the home slot of a hash, so that its cache line is near when the key is looked up. */
    public long touchSlots(long hash) {
        long word = Directory.segment(root, rootDepth, hash);
        int home = Segment.home((int) hash & Segment.TAG_MASK, Directory.slotBits(word));
        return Segment.word(word & Segment.ADDRESS, home);
    }

    /** Reads the home slot of a hash and what an insertion asks of the segment around it. */
    public long touchRoom(long hash) {
        long segment = Directory.segment(root, rootDepth, hash) & Segment.ADDRESS;
        return Segment.stamp(segment) ^ touchSlots(hash);
    }

    /** Reads the header of the first record with this tag, so that its cache line is near. */
    public long touchRecord(long hash) {
        long word = Directory.segment(root, rootDepth, hash);
        long slots = (word & Segment.ADDRESS) + Segment.SLOTS;
        int bits = Directory.slotBits(word);
        int end = Segment.slots(bits);
        int tag = (int) hash & Segment.TAG_MASK;
        int index = Segment.home(tag, bits);
        while (true) {
            long slot = Memory.getLong(slots + ((long) index << 3));
            if (slot == 0) {
                return 0;
            }
            if (Segment.tag(slot) == tag) {
                return Memory.getLong(slot & Segment.ADDRESS);
            }
            index = Segment.next(index, end);
        }
    }

    /** Inserts a record after {@link #find} missed its key. */
    public void insertNew(long hash, long record) {
        assert hash == foundHash;
        long segment = foundWord & Segment.ADDRESS;
        int index = foundIndex;
        if (epochs.isFrozen(Segment.stamp(segment))
                || Segment.count(segment) >= Segment.limit(Directory.slotBits(foundWord))) {
            makeRoom(hash);
            segment = foundWord & Segment.ADDRESS;
            index = foundIndex;
        }
        Memory.putLong(Segment.slot(segment, index), Segment.word(hash, record, Segment.YOUNG));
        Memory.putInt(segment + Segment.COUNT, Segment.count(segment) + 1);
        count++;
        if (ofElements) {
            elementBytes += slabs.usableSize(record);
        }
        if (Record.hasExpiry(record)) {
            expiring++;
            Segment.addExpiry(segment, Record.expireAt(record));
        }
    }

    /** True if the record just found may be written in place, and freed at once. */
    public boolean isFoundMutable() {
        if (epochs.liveCut() == 0 || Fault.is(Fault.OVERWRITTEN)) {
            return true;
        }
        long segment = foundWord & Segment.ADDRESS;
        return !epochs.isFrozen(Segment.stamp(segment)) && Segment.word(segment, foundIndex) < 0;
    }

    /** Puts another record of the same key in place of the one just found, which it returns. */
    public long replaceFound(long record) {
        thawFound();
        long segment = foundWord & Segment.ADDRESS;
        long slot = Segment.slot(segment, foundIndex);
        long before = Memory.getLong(slot);
        long old = before & Segment.ADDRESS;
        reserveFor(old);
        removedYoung = before < 0;
        Memory.putLong(slot, Segment.word(foundHash, record, Segment.YOUNG));
        if (Record.hasExpiry(old)) {
            expiring--;
            Segment.dropExpiry(segment);
        }
        if (Record.hasExpiry(record)) {
            expiring++;
            Segment.addExpiry(segment, Record.expireAt(record));
        }
        if (ofElements) {
            elementBytes += slabs.usableSize(record) - slabs.usableSize(old);
        }
        return old;
    }

    /** Takes the record just found out of the table and returns it. */
    public long removeFound() {
        thawFound();
        long segment = foundWord & Segment.ADDRESS;
        int bits = Directory.slotBits(foundWord);
        long before = Segment.word(segment, foundIndex);
        long record = before & Segment.ADDRESS;
        reserveFor(record);
        removedYoung = before < 0;
        Segment.removeAt(segment, bits, foundIndex);
        count--;
        if (ofElements) {
            elementBytes -= slabs.usableSize(record);
        }
        if (Record.hasExpiry(record)) {
            expiring--;
            Segment.dropExpiry(segment);
        }
        int left = Segment.count(segment);
        if ((left & MERGE_STEP_MASK) == 0 && left <= Segment.slots(bits) >>> 2) {
            Resize.afterRemove(this, foundHash);
        }
        return record;
    }

    /** Frees the record that was just removed or replaced, with all that hangs on it. */
    public void releaseRemoved(long record) {
        if (Record.hasStructure(record)) {
            // A young record may lead to what a cut sees, so the two are released each by itself.
            releaseTree(Memory.getLong(Record.valueAddress(record)));
            release(Epochs.SHELL, record);
        } else {
            release(Epochs.RECORD, record);
        }
    }

    /** Frees all below a root, in slices, as soon as no cut sees any of it. */
    public void releaseTree(long treeRoot) {
        boolean unseen = Memory.getLong(treeRoot + Epochs.BIRTH) >= epochs.liveCut();
        if (unseen) {
            epochs.release(Epochs.TREE, treeRoot);
        } else {
            epochs.retire(Epochs.TREE, treeRoot);
        }
    }

    /** Frees the memory of the record just removed or replaced; what hangs on it lives on. */
    public void releaseShell(long record) {
        release(Epochs.SHELL, record);
    }

    /** The expiry of the record just found was changed in place. */
    public void noteFoundExpiry(long atMs) {
        Segment.noteExpiry(foundWord & Segment.ADDRESS, atMs);
    }

    /** Drops everything; memory is freed in slices by {@link Epochs#releaseSome}. */
    public void clear() {
        epochs.reserve();
        long old = root;
        Directory.create(this);
        count = 0;
        expiring = 0;
        reach = minSlotBits;
        epochs.retire(Epochs.TREE, old);
    }

    /**
     * Takes the form at once that so many records will give it, if it is still empty: nothing is
     * split on the way there. A wrong number does no harm but to memory.
     *
     * @param records 0 or more; what is beyond 2^32 counts as that
     */
    public void expect(long records) {
        if (count == 0) {
            epochs.reserve();
            Resize.grown(this, Math.min(records, 1L << 32));
        }
    }

    /** One step of a scan; see {@link TableScan}. */
    public long scan(long cursor, int count, RecordVisitor visitor) {
        return TableScan.scan(this, cursor, count, visitor);
    }

    /** Visits every record, in the order of the hash. */
    public void forEach(RecordVisitor visitor) {
        TableScan.forEach(root, rootDepth, visitor);
    }

    /** A record chosen uniformly at random, or 0 if there is none. */
    public long random(RandomGenerator random) {
        return TableScan.random(this, random);
    }

    /** A record with an expiry chosen at random, or 0 if there is none. */
    public long randomExpiring(RandomGenerator random) {
        return TableScan.randomExpiring(this, random);
    }

    /** Moves what lies badly in memory. It copies, frees the old place and returns the new one. */
    public interface Mover {
        /** Where the record lies from now on. */
        long moveRecord(long record);

        /** Where a node of the table lies from now on. */
        long moveNode(long node);
    }

    /**
     * Offers the segment for this hash, and every record in it, to a mover. No snapshot may live.
     *
     * @return the first hash of the next segment, 0 at the end of the table
     */
    public long moveSegment(long hash, Mover mover) {
        if (epochs.liveCut() != 0) {
            throw new IllegalStateException("a snapshot may see what would be moved");
        }
        return Directory.moveSegment(this, hash, mover);
    }

    /** The release of a structure takes a word in a list; that must not fail halfway. */
    private void reserveFor(long record) {
        if (Record.hasStructure(record)) {
            epochs.reserve();
        }
    }

    private void release(int kind, long record) {
        if (removedYoung || epochs.liveCut() == 0 || Fault.is(Fault.FREED_AT_ONCE)) {
            epochs.release(kind, record);
        } else {
            epochs.retire(ofElements ? Epochs.ELEMENT : kind, record);
        }
    }

    /** Makes the segment just found writable: replacing or removing needs no memory then. */
    public void thawFound() {
        if (epochs.liveCut() != 0) {
            epochs.reserve();
            foundWord = Directory.thawSegment(this, foundHash);
        }
    }

    /** Makes the found segment writable and gives it an empty slot more. */
    private void makeRoom(long hash) {
        epochs.reserve();
        while (Segment.count(foundWord & Segment.ADDRESS)
                >= Segment.limit(Directory.slotBits(foundWord))) {
            epochs.reserve();
            Resize.grow(this, hash);
            foundWord = Directory.segment(root, rootDepth, hash);
        }
        long word = Directory.thawSegment(this, hash);
        foundWord = word;
        foundIndex =
                Segment.emptySlot(
                        word & Segment.ADDRESS,
                        Directory.slotBits(word),
                        (int) hash & Segment.TAG_MASK);
    }
}
