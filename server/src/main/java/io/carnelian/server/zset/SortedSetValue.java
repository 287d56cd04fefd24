package io.carnelian.server.zset;

import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Place;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.ScoreCursor;
import io.carnelian.server.table.ScoredBatch;
import io.carnelian.server.table.ScoredTable;
import java.util.random.RandomGenerator;

/**
 * One sorted set, at a key or not yet: a view that is positioned on one after the other. It hides
 * how the set is kept.
 *
 * <pre>
 *   listpack    the value is the packed members and scores, in their order
 *       │ one member too many, or one too long; never back
 *       ▼
 *   skiplist    the value is the handle of a ScoredTable; there is no skiplist, but so Redis
 *               calls its big form
 * </pre>
 *
 * Members are in the order of their scores, then of their bytes; a rank counts from 0. Parts of the
 * set are ranges of ranks: {@link #countBelow} turns other bounds into these.
 *
 * <p>Reading in order takes any record of a sorted set, also a snapshot's on its thread; finding a
 * member does not, since a snapshot sees no table. A change needs {@link #edit} first, which knows
 * the key, or {@link #begin}, which makes a set that is at no key yet.
 */
public final class SortedSetValue {
    /** What {@link #put} did. */
    public enum Put {
        SAME,
        UPDATED,
        ADDED
    }

    /** No setting makes a listpack longer than this. */
    private static final long MOST_PACKED_BYTES = 1 << 30;

    private final Keyspace keyspace;
    private final Place place;
    private final ScoredTable table;
    private final ScoredBatch batch;
    private final SortedSetLimits limits;
    private final ScorePack scores = new ScorePack();
    private final ScoreCursor cursor = new ScoreCursor();
    private final Scored own = new Scored();
    private final RecordScan recordScan = new RecordScan();
    private double found;

    public SortedSetValue(Keyspace keyspace, SortedSetLimits limits) {
        this.keyspace = keyspace;
        this.place = new Place(keyspace.values());
        this.table = keyspace.values().newScoredView();
        this.batch = table.newBatch();
        this.limits = limits;
    }

    /** Refuses a record of another type; a missing one passes. */
    public static void check(long record) {
        if (record != 0 && Record.type(record) != Record.ZSET) {
            throw Errors.WRONG_TYPE.error();
        }
    }

    /** Positions on a record for reading; 0 is an empty set. */
    public SortedSetValue read(long of) {
        place.read(of);
        attach();
        return this;
    }

    /** Positions on the set that a lookup found at a key, for reading and changing. */
    public SortedSetValue edit(Database at, Key name, long record) {
        place.edit(at, name, record);
        attach();
        return this;
    }

    /** Positions on a new empty set that is at no key. It ends by {@link #store} or a discard. */
    public SortedSetValue begin() {
        place.begin(Record.ZSET, Record.LISTPACK, Listpack.EMPTY_BYTES);
        Listpack.create(place.value());
        return this;
    }

    /**
     * As {@link #begin()}, with the pairs of a listpack that {@link Listpack#isValid} and {@link
     * #isSound}.
     */
    public SortedSetValue begin(long pack) {
        int bytes = Listpack.bytes(pack);
        place.begin(Record.ZSET, Record.LISTPACK, bytes);
        Memory.copy(pack, place.value(), bytes);
        if (ScorePack.count(pack) > limits.maxEntries().getAsLong()) {
            toTable();
        }
        return this;
    }

    /**
     * As {@link #begin()}, with a table from the start: for what is built out of other sets, where
     * a score may be -0, which a listpack cannot hold. {@link #packIfSmall} may follow.
     */
    public SortedSetValue beginTable() {
        keyspace.epochs().reserve();
        table.create();
        boolean done = false;
        try {
            place.begin(Record.ZSET, Record.SKIPLIST, ScoredTable.HANDLE_BYTES);
            done = true;
        } finally {
            if (!done) {
                table.drop();
            }
        }
        table.save(place.value());
        return this;
    }

    /** So many members will come into the table that was begun; see {@link ScoredTable#expect}. */
    public void expect(long members) {
        try {
            table.expect(members);
        } finally {
            table.save(place.value());
        }
    }

    /**
     * Takes a member for the table that was begun; {@link #settle} follows before anything else but
     * more of them.
     *
     * @param at what {@link #twinAt} says if this member is there already
     * @return false if a member is there already; only a discard may follow then
     */
    public boolean gather(long text, int length, double score, long at) {
        if (batch.isFull() && !settle()) {
            return false;
        }
        batch.add(text, length, score, at);
        return true;
    }

    /** Puts in what was gathered; false if a member is there already, as {@link #gather}. */
    public boolean settle() {
        try {
            return batch.putAll();
        } finally {
            table.save(place.value());
        }
    }

    /** What was said of the member that was there already. */
    public long twinAt() {
        return batch.twinAt();
    }

    /** Makes the table that was begun a listpack if the limits allow it. */
    public void packIfSmall() {
        long count = count();
        if (isPacked() || count > limits.maxEntries().getAsLong()) {
            return;
        }
        long[] bytes = {Listpack.EMPTY_BYTES};
        long[] longest = {0};
        forEach(each -> {
            bytes[0] += scores.set(each.score).pairBytes(each.address, each.length);
            longest[0] = Math.max(longest[0], each.length);
        });
        if (longest[0] > limits.maxBytes().getAsLong() || bytes[0] > MOST_PACKED_BYTES) {
            return;
        }
        keyspace.epochs().reserve();
        long big = place.record();
        place.begin(Record.ZSET, Record.LISTPACK, (int) bytes[0]);
        long pack = place.value();
        Listpack.create(pack);
        for (long i = 0; i < count; i++) {
            table.seek(cursor, i);
            own.setCursor(cursor);
            scores.set(own.score).insert(pack, Listpack.end(pack), own.address, own.length);
        }
        keyspace.values().discard(big);
    }

    /** True if a valid listpack has members and scores in the order of the scores. */
    public static boolean isSound(long pack) {
        return ScorePack.isSound(pack);
    }

    /** Puts the set that was begun at a key, in place of what is there. */
    public void store(Database at, Key name) {
        place.store(at, name);
    }

    /** The record of the set that was begun, which is the caller's now; 0 if it is empty. */
    public long take() {
        assert batch.isEmpty();
        if (count() == 0) {
            discard();
        }
        return place.take();
    }

    /** Drops the set that was begun, unless it was stored; a big one is freed in slices. */
    public void discard() {
        batch.drop();
        place.discard();
    }

    /** Removes what is at the key; the set must have one. */
    public void delete() {
        place.delete();
    }

    public long count() {
        if (place.isNowhere()) {
            return 0;
        }
        return isPacked() ? ScorePack.count(place.value()) : table.count();
    }

    /** Looks a member up; its score is {@link #score} then. */
    public boolean find(long text, int length) {
        if (place.isNowhere()) {
            return false;
        }
        if (isPacked()) {
            long entry = ScorePack.find(place.value(), text, length);
            if (entry != 0) {
                found = ScorePack.score(Listpack.next(entry));
            }
            return entry != 0;
        }
        long member = table.find(Hash.of(text, length), text, length);
        if (member != 0) {
            found = ScoredTable.score(member);
        }
        return member != 0;
    }

    /** The score of the member that {@link #find} or {@link #rank} found. */
    public double score() {
        return found;
    }

    /** How many members come before this one, -1 if it is not there. */
    public long rank(long text, int length) {
        if (place.isNowhere()) {
            return -1;
        }
        if (isPacked()) {
            long entry = ScorePack.find(place.value(), text, length);
            if (entry == 0) {
                return -1;
            }
            found = ScorePack.score(Listpack.next(entry));
            return ScorePack.rank(place.value(), entry);
        }
        long member = table.find(Hash.of(text, length), text, length);
        if (member == 0) {
            return -1;
        }
        found = ScoredTable.score(member);
        return table.rank(member);
    }

    /**
     * Gives a member a score, which is no NaN. A score that is equal to the old one changes
     * nothing. The text must not lie in this set.
     */
    public Put put(long text, int length, double score) {
        if (isPacked()) {
            long entry = ScorePack.find(place.value(), text, length);
            if (entry != 0) {
                if (ScorePack.score(Listpack.next(entry)) == score) {
                    return Put.SAME;
                }
                movePacked(entry, text, length, score);
                return Put.UPDATED;
            }
            int more = scores.set(score).pairBytes(text, length);
            if (length <= limits.maxBytes().getAsLong()
                    && count() < limits.maxEntries().getAsLong()
                    && Listpack.bytes(place.value()) + (long) more <= MOST_PACKED_BYTES) {
                place.resize(Record.LISTPACK, Listpack.bytes(place.value()) + more);
                insertPacked(text, length, score);
                return Put.ADDED;
            }
            toTable();
        }
        return putElement(text, length, score);
    }

    private Put putElement(long text, int length, double score) {
        long hash = Hash.of(text, length);
        long member = table.find(hash, text, length);
        if (member != 0 && ScoredTable.score(member) == score) {
            return Put.SAME;
        }
        place.makeWritable();
        try {
            if (member != 0) {
                table.setScore(member, score);
            } else {
                table.add(hash, text, length, score);
            }
        } finally {
            table.save(place.value());
        }
        return member == 0 ? Put.ADDED : Put.UPDATED;
    }

    private void movePacked(long entry, long text, int length, double score) {
        long pack = place.value();
        long offset = entry - pack;
        int before = Listpack.bytes(pack);
        int gone = (int) (ScorePack.afterPair(entry) - entry);
        int after = before - gone + scores.set(score).pairBytes(text, length);
        place.resize(Record.LISTPACK, Math.max(before, after));
        pack = place.value();
        Listpack.remove(pack, pack + offset, ScorePack.afterPair(pack + offset), 2);
        insertPacked(text, length, score);
        if (after < before) {
            place.resize(Record.LISTPACK, after);
        }
    }

    /** Puts a pair with the score that is set at its place; there is room. */
    private void insertPacked(long text, int length, double score) {
        long pack = place.value();
        long end = Listpack.end(pack);
        long entry = Listpack.first(pack);
        while (entry != end && isBefore(entry, text, length, score)) {
            entry = ScorePack.afterPair(entry);
        }
        scores.insert(pack, entry, text, length);
    }

    private boolean isBefore(long entry, long text, int length, double score) {
        own.setPair(entry);
        return own.score < score
                || (own.score == score
                        && Memory.compare(own.address, own.length, text, length) < 0);
    }

    /** Takes a member out; false if it is not there. An empty set at a key is to be deleted. */
    public boolean remove(long text, int length) {
        if (place.isNowhere()) {
            return false;
        }
        if (isPacked()) {
            long entry = ScorePack.find(place.value(), text, length);
            if (entry != 0) {
                removePacked(entry, ScorePack.afterPair(entry), 1);
            }
            return entry != 0;
        }
        long member = table.find(Hash.of(text, length), text, length);
        if (member == 0) {
            return false;
        }
        place.makeWritable();
        try {
            table.removeFound(member);
        } finally {
            table.save(place.value());
        }
        return true;
    }

    /** Takes the members out whose ranks are in a range: 0 ≤ from ≤ to ≤ count. */
    public void removeRange(long from, long to) {
        if (from == to) {
            return;
        }
        if (isPacked()) {
            long pack = place.value();
            removePacked(ScorePack.seek(pack, from), ScorePack.seek(pack, to), (int) (to - from));
            return;
        }
        place.makeWritable();
        try {
            for (long left = to - from; left > 0; left--) {
                table.removeRank(from);
            }
        } finally {
            table.save(place.value());
        }
    }

    private void removePacked(long from, long to, int pairs) {
        long offset = from - place.value();
        long bytes = to - from;
        place.makeWritable();
        long pack = place.value();
        Listpack.remove(pack, pack + offset, pack + offset + bytes, 2 * pairs);
        place.resize(Record.LISTPACK, Listpack.bytes(pack));
    }

    /** How many members have a score less than this; or equal to it, too. */
    public long countBelow(double score, boolean orEqual) {
        if (place.isNowhere()) {
            return 0;
        }
        if (!isPacked()) {
            return table.countBelow(score, orEqual);
        }
        long pack = place.value();
        long end = Listpack.end(pack);
        long below = 0;
        for (long entry = Listpack.first(pack); entry != end; entry = ScorePack.afterPair(entry)) {
            double each = ScorePack.score(Listpack.next(entry));
            if (orEqual ? each > score : each >= score) {
                break;
            }
            below++;
        }
        return below;
    }

    /** How many members are less than a text; or equal to it, too. All have the same score. */
    public long countBelow(long text, int length, boolean orEqual) {
        if (place.isNowhere()) {
            return 0;
        }
        if (!isPacked()) {
            return table.countBelow(text, length, orEqual);
        }
        long pack = place.value();
        long end = Listpack.end(pack);
        long below = 0;
        for (long entry = Listpack.first(pack); entry != end; entry = ScorePack.afterPair(entry)) {
            own.setPair(entry);
            int order = Memory.compare(own.address, own.length, text, length);
            if (orEqual ? order > 0 : order >= 0) {
                break;
            }
            below++;
        }
        return below;
    }

    /** Points the object at the member of a rank, 0 ≤ rank &lt; count. */
    public void at(long rank, Scored member) {
        if (isPacked()) {
            member.setPair(ScorePack.seek(place.value(), rank));
        } else {
            table.seek(cursor, rank);
            member.setCursor(cursor);
        }
    }

    /** Points the object at a member chosen uniformly; the set must not be empty. */
    public void random(Scored chosen, RandomGenerator random) {
        if (isPacked()) {
            at(random.nextLong(count()), chosen);
        } else {
            chosen.setRecord(table.random(random));
        }
    }

    /** Visits all members in their order. */
    public void forEach(ScoredVisitor visitor) {
        forEach(0, count(), false, visitor);
    }

    /**
     * Visits the members whose ranks are in a range, 0 ≤ from ≤ to ≤ count.
     *
     * @param reverse from the last of them to the first
     */
    public void forEach(long from, long to, boolean reverse, ScoredVisitor visitor) {
        if (from >= to) {
            return;
        }
        if (!isPacked()) {
            table.seek(cursor, reverse ? to - 1 : from);
            own.setCursor(cursor);
            visitor.visit(own);
            for (long left = to - from - 1; left > 0; left--) {
                if (reverse) {
                    cursor.previous();
                } else {
                    cursor.next();
                }
                own.setCursor(cursor);
                visitor.visit(own);
            }
            return;
        }
        long entry = ScorePack.seek(place.value(), reverse ? to : from);
        for (long left = to - from; left > 0; left--) {
            if (reverse) {
                entry = Listpack.previous(Listpack.previous(entry));
            }
            own.setPair(entry);
            visitor.visit(own);
            if (!reverse) {
                entry = ScorePack.afterPair(entry);
            }
        }
    }

    /** A step of ZSCAN: visits about {@code count} members; a packed set is one step. */
    public long scan(long from, int some, ScoredVisitor visitor) {
        if (place.isNowhere() || isPacked()) {
            forEach(visitor);
            return 0;
        }
        return table.scan(from, some, recordScan.to(visitor));
    }

    private boolean isPacked() {
        return place.encoding() == Record.LISTPACK;
    }

    private void attach() {
        if (!place.isNowhere() && !isPacked()) {
            table.attach(place.value());
        }
    }

    /** Moves a listpack's members into a table; nothing has changed if memory runs out. */
    private void toTable() {
        keyspace.epochs().reserve();
        table.create();
        boolean done = false;
        try {
            long pack = place.value();
            long end = Listpack.end(pack);
            for (long at = Listpack.first(pack); at != end; at = ScorePack.afterPair(at)) {
                own.setPair(at);
                long hash = Hash.of(own.address, own.length);
                if (table.find(hash, own.address, own.length) == 0) {
                    table.add(hash, own.address, own.length, own.score);
                }
            }
            place.resize(Record.SKIPLIST, ScoredTable.HANDLE_BYTES);
            table.save(place.value());
            done = true;
        } finally {
            if (!done) {
                table.drop();
            }
        }
    }

    /** Hands the records of a table on as members. */
    private final class RecordScan implements RecordVisitor {
        private ScoredVisitor visitor = member -> {};

        RecordScan to(ScoredVisitor target) {
            visitor = target;
            return this;
        }

        @Override
        public void visit(long member) {
            own.setRecord(member);
            visitor.visit(own);
        }
    }
}
