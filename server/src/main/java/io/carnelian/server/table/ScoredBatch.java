package io.carnelian.server.table;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;

/**
 * Members on their way into a {@link ScoredTable} that is being built and that nobody has seen. The
 * slot of a member is nearly always out of the caches, so those of many are fetched at once; and
 * members that come in their order, in either direction, as every RDB file has them, need no place
 * to be looked up for each.
 *
 * <pre>
 *   add ──► record, hash ──32──► touchRoom, all ──► table, one by one
 *                           └──► in order, before or behind all others? ──► leaf, in one piece
 *                                                           else ──► tree, one by one
 * </pre>
 *
 * {@link #putAll} puts them into the table first and then into the tree. Where it fails the two
 * differ, so that only {@link #drop} here and a discard of the set may follow: that frees every
 * record that is in the table, and this one the others.
 */
public final class ScoredBatch {
    /** Members that are taken between two calls of {@link #putAll}. */
    public static final int MEMBERS = 32;

    private final ScoredTable set;
    private final Table table;
    private final ScoreTree tree;
    private final Epochs epochs;
    private final long[] hash = new long[MEMBERS];
    private final long[] member = new long[MEMBERS];
    private final double[] score = new double[MEMBERS];
    private final long[] place = new long[MEMBERS];
    private int count;

    /** How many of them are in the table. */
    private int inTable;

    ScoredBatch(ScoredTable set, Table table, ScoreTree tree, Epochs epochs) {
        this.set = set;
        this.table = table;
        this.tree = tree;
        this.epochs = epochs;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public boolean isFull() {
        return count == MEMBERS;
    }

    /**
     * Takes a member; there must be room.
     *
     * @param at what {@link #twinAt} says if this member is there already
     */
    public void add(long text, int length, double of, long at) {
        member[count] = set.newMember(text, length, of);
        hash[count] = Hash.of(text, length);
        score[count] = of;
        place[count] = at;
        count++;
    }

    /** Puts all that waits into the set; false if a member is there already. */
    public boolean putAll() {
        long seen = 0;
        for (int i = 0; i < count; i++) {
            seen ^= table.touchRoom(hash[i]);
        }
        epochs.keep(seen);
        while (inTable < count) {
            long record = member[inTable];
            long text = Record.keyAddress(record);
            if (table.find(hash[inTable], text, Record.keyLength(record)) != 0) {
                return false;
            }
            table.insertNew(hash[inTable], record);
            inTable++;
        }
        putInOrder();
        count = 0;
        inTable = 0;
        return true;
    }

    /** What was said of the member that {@link #putAll} did not put in. */
    public long twinAt() {
        return place[inTable];
    }

    /** Frees what is not in the set. */
    public void drop() {
        while (inTable < count) {
            set.freeMember(member[--count]);
        }
        count = 0;
        inTable = 0;
    }

    private void putInOrder() {
        if (count > 1 && compare(0, 1) > 0) {
            reverse();
        }
        int rising = 1;
        while (rising < count && compare(rising - 1, rising) < 0) {
            rising++;
        }
        if (rising == count) {
            tree.insertRun(score, member, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            tree.insert(score[i], member[i]);
        }
    }

    private int compare(int a, int b) {
        if (score[a] != score[b]) {
            return score[a] < score[b] ? -1 : 1;
        }
        return Memory.compare(
                Record.keyAddress(member[a]),
                Record.keyLength(member[a]),
                Record.keyAddress(member[b]),
                Record.keyLength(member[b]));
    }

    private void reverse() {
        for (int i = 0, j = count - 1; i < j; i++, j--) {
            double otherScore = score[i];
            score[i] = score[j];
            score[j] = otherScore;
            long otherMember = member[i];
            member[i] = member[j];
            member[j] = otherMember;
        }
    }
}
