package io.carnelian.server.table;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import java.util.random.RandomGenerator;

/**
 * Members with scores: found by name through a {@link Table}, in order through a {@link ScoreTree}.
 * Both lead to one record a member.
 *
 * <pre>
 *   handle   | handle of the table 40 | root of the tree 8 | bytes of the tree 8 |
 *   record   | header | member | score 8 |
 * </pre>
 *
 * Snapshots read the tree alone, with its frozen nodes, and of a record only the member's bytes,
 * which never change. So the table is written in place at all times, and so is the score in the
 * record; neither is copied for a snapshot. A record that a snapshot may see is freed after it.
 *
 * <p>The root of the table leads to the root of the tree, so that both are released as one. This is
 * a view, like the two: {@link #attach} or {@link #create} comes first, {@link #save} after every
 * change.
 */
public final class ScoredTable {
    public static final int HANDLE_BYTES = Table.HANDLE_BYTES + 16;

    private static final int HANDLE_TREE = Table.HANDLE_BYTES;
    private static final int HANDLE_TREE_BYTES = HANDLE_TREE + 8;

    private final Slabs slabs;
    private final Epochs epochs;
    private final Table table;
    private final ScoreTree tree;

    /**
     * @param slotBits of a segment at most; leaves are no longer than its slots
     * @param pageBits log2 of the words of a directory page at most; inner nodes are no longer
     */
    public ScoredTable(Slabs slabs, Epochs epochs, int slotBits, int pageBits) {
        this.slabs = slabs;
        this.epochs = epochs;
        this.table = Table.scoredView(slabs, epochs, slotBits, pageBits);
        int leafMax = Math.min(ScoreNode.LEAF_MAX, Segment.slots(slotBits) - 1);
        int innerMax = Math.min(ScoreNode.INNER_MAX, 1 << pageBits);
        this.tree = new ScoreTree(slabs, epochs, leafMax, innerMax);
    }

    /** The root of a handle's tree: with the count enough to read all in order. */
    public static long scoresOf(long handle) {
        return Memory.getLong(handle + HANDLE_TREE);
    }

    public static long countOf(long handle) {
        return Table.countOf(handle);
    }

    /** Bytes of all that hangs on a handle. */
    public static long bytesOf(long handle) {
        return Table.bytesOf(handle) + Memory.getLong(handle + HANDLE_TREE_BYTES);
    }

    /** The score in a member's record. */
    public static double score(long member) {
        return Double.longBitsToDouble(Memory.getLong(Record.valueAddress(member)));
    }

    /** Makes a new set of no members, which this view shows from now on. */
    public void create() {
        tree.create();
        boolean made = false;
        try {
            table.create();
            made = true;
        } finally {
            if (!made) {
                slabs.free(tree.root);
            }
        }
        link();
    }

    public void attach(long handle) {
        table.attach(handle);
        tree.root = scoresOf(handle);
        tree.bytes = Memory.getLong(handle + HANDLE_TREE_BYTES);
    }

    /** So many members will come; see {@link Table#expect}. */
    public void expect(long members) {
        table.expect(members);
        link();
    }

    /** Writes what this view shows into a handle; after a change that failed, too. */
    public void save(long handle) {
        table.save(handle);
        Memory.putLong(handle + HANDLE_TREE, tree.root);
        Memory.putLong(handle + HANDLE_TREE_BYTES, tree.bytes);
        link();
    }

    /** Frees what {@link #create} made and nobody has seen. */
    public void drop() {
        link();
        epochs.release(Epochs.TREE, table.root());
    }

    public long count() {
        return table.count();
    }

    /** The record of a member, or 0. */
    public long find(long hash, long text, int length) {
        return table.find(hash, text, length);
    }

    /** Adds a member that a find just missed. */
    public void add(long hash, long text, int length, double score) {
        long member = newMember(text, length, score);
        try {
            tree.insert(score, member);
        } catch (OutOfMemory e) {
            slabs.free(member);
            throw e;
        }
        try {
            table.insertNew(hash, member);
        } catch (OutOfMemory e) {
            tree.undo(score, member);
            slabs.free(member);
            throw e;
        }
    }

    /** A record of a member, which is in neither of the two yet. */
    long newMember(long text, int length, double score) {
        int flags = Record.flagsFor(0, length);
        long member = slabs.allocate(Record.size(length, flags, Double.BYTES));
        Record.write(member, text, length, Record.STRING, Record.RAW, flags, Double.BYTES);
        writeScore(member, score);
        return member;
    }

    /** Gives the record of a member back that is in neither of the two. */
    void freeMember(long member) {
        slabs.free(member);
    }

    /** A way to add many members to a set that was created and that nobody has seen yet. */
    public ScoredBatch newBatch() {
        return new ScoredBatch(this, table, tree, epochs);
    }

    /** Gives a member another score, which is not equal to the one it has. */
    public void setScore(long member, double score) {
        tree.move(score(member), score, member);
        writeScore(member, score);
    }

    /** Takes the member out that a find just found. */
    public void removeFound(long member) {
        tree.seek(score(member), member);
        take(member);
    }

    /** Takes the member of a rank out. */
    public void removeRank(long rank) {
        long member = tree.seekRank(rank);
        long text = Record.keyAddress(member);
        int length = Record.keyLength(member);
        long found = table.find(Hash.of(text, length), text, length);
        assert found == member;
        take(member);
    }

    /** Takes out what both the table and the tree have just found. */
    private void take(long member) {
        long removed = table.removeFound();
        assert removed == member;
        tree.take();
        table.releaseRemoved(removed);
    }

    /** How many members come before one that is there. */
    public long rank(long member) {
        long text = Record.keyAddress(member);
        int length = Record.keyLength(member);
        return ScoreTree.countBefore(
                tree.root, ScoreNode.BY_BOTH, false, score(member), text, length);
    }

    /** How many members have a score less than this, or equal to it, too. */
    public long countBelow(double score, boolean orEqual) {
        return ScoreTree.countBefore(tree.root, ScoreNode.BY_SCORE, orEqual, score, 0, 0);
    }

    /** How many members are less than a text, or equal to it, too; all have the same score. */
    public long countBelow(long text, int length, boolean orEqual) {
        return ScoreTree.countBefore(tree.root, ScoreNode.BY_MEMBER, orEqual, 0, text, length);
    }

    /** Positions a cursor on the member of a rank. */
    public void seek(ScoreCursor cursor, long rank) {
        cursor.seek(tree.root, rank);
    }

    /** The record of a member chosen uniformly at random; there must be one. */
    public long random(RandomGenerator random) {
        return table.random(random);
    }

    /** One step of a scan; see {@link TableScan}. */
    public long scan(long cursor, int count, RecordVisitor visitor) {
        return table.scan(cursor, count, visitor);
    }

    /** Shows a copy of the members of a handle from now on. */
    public void copy(long handle) {
        create();
        boolean done = false;
        try {
            ScoreCursor cursor = new ScoreCursor();
            long members = countOf(handle);
            for (long i = 0; i < members; i++) {
                if (i == 0) {
                    cursor.seek(scoresOf(handle), 0);
                } else {
                    cursor.next();
                }
                long text = Record.keyAddress(cursor.member());
                int length = Record.keyLength(cursor.member());
                long hash = Hash.of(text, length);
                var _ = table.find(hash, text, length);
                add(hash, text, length, cursor.score());
            }
            done = true;
        } finally {
            if (!done) {
                drop();
            }
        }
    }

    private static void writeScore(long member, double score) {
        Memory.putLong(Record.valueAddress(member), Double.doubleToRawLongBits(score));
    }

    private void link() {
        Memory.putLong(table.root() + Directory.SCORES, tree.root);
    }
}
