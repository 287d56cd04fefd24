package io.carnelian.server.store;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Directory;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TreeRelease;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All databases of a server, and what they share: memory, epochs, time, how expired keys are
 * treated.
 *
 * <p>It belongs to one thread at a time, the command thread once it is published; {@link #handOver}
 * lets another one take it. Mutators assert it.
 */
public final class Keyspace {
    /** Expired keys are deleted on access, and the listener hears of it: a primary. */
    public static final int EXPIRED_DELETE = 0;

    /**
     * Expired keys are there but invisible; their deletion will come from the primary: a replica.
     */
    public static final int EXPIRED_HIDE = 1;

    /** Expired keys count as live: while the primary's stream is applied, or a file is loaded. */
    public static final int EXPIRED_IGNORE = 2;

    /**
     * Hears of keys that readers did not find, and of keys that are new, while somebody wants to
     * know. It must not change the keyspace.
     */
    public interface PresenceListener {
        /** A command looked for a key to read it, and there is none. */
        void missed(Database database, Key key);

        /** A key was added; told before the command that did it is done with its value. */
        void added(Database database, Key key);
    }

    /** Hears of keys that somebody waits for. It must not change the keyspace. */
    public interface ArrivalListener {
        /**
         * A key of an awaited type was added; told before the command that did it is done with its
         * value.
         */
        void arrived(Database database, Key key);

        /** Two databases have exchanged their contents. */
        void swapped(Database a, Database b);
    }

    /** What there is at a key, seen without touching it. */
    public enum Presence {
        ABSENT,
        /** Its time is over, and it has not been deleted yet. */
        EXPIRED,
        LIVE
    }

    /** Steps of freeing that FLUSHALL SYNC takes itself; the rest is freed in slices. */
    private static final int FLUSH_AT_ONCE = 100_000;

    private static final ExpiredListener NOBODY = (database, key) -> {};

    private final Slabs slabs;
    private final Epochs epochs;
    private final TreeRelease treeRelease;
    private final Values values;
    private final Database[] databases;
    private final AccessClock accessClock = new AccessClock();
    private final RandomGenerator random = new SplittableRandom();
    private @Nullable Thread owner;
    private ExpiredListener expiredListener = NOBODY;
    private final List<TouchListener> touchListeners = new ArrayList<>();
    private int wantTouches;
    private @Nullable PresenceListener presenceListener;
    private boolean tellsMisses;
    private boolean tellsNew;
    private @Nullable ArrivalListener arrivalListener;

    /** Types of which added keys are told: a bit each. */
    private int newTypes;

    private int awaitedTypes;
    private int expiredKeys = EXPIRED_DELETE;
    private boolean frozen;
    private boolean dropping;
    private Runnable thawed = () -> {};
    private long nowMs = System.currentTimeMillis();

    private long lastCutNanos;
    private long hits;
    private long misses;
    private long expiredTotal;
    private long flushedKeys;
    private long lazyFreedBefore;

    public Keyspace(Slabs slabs, int databases) {
        this(slabs, databases, Table.SLOT_BITS, Directory.PAGE_BITS);
    }

    /** Small segments and pages make every kind of growth frequent, for tests. */
    Keyspace(Slabs slabs, int databases, int slotBits, int pageBits) {
        this.slabs = slabs;
        this.treeRelease = new TreeRelease(slabs);
        this.epochs = new Epochs(slabs, treeRelease);
        this.values = new Values(slabs, epochs, slotBits, pageBits);
        this.databases = new Database[databases];
        for (int i = 0; i < databases; i++) {
            this.databases[i] = new Database(this, i, newTable(slotBits, pageBits));
        }
        accessClock.now(nowMs);
    }

    public Database db(int index) {
        return databases[index];
    }

    public int databases() {
        return databases.length;
    }

    public Slabs slabs() {
        return slabs;
    }

    public Epochs epochs() {
        return epochs;
    }

    /** How values of other types than string are made and changed. */
    public Values values() {
        return values;
    }

    public AccessClock accessClock() {
        return accessClock;
    }

    /** The time that expiry goes by, in ms since 1970. */
    public long nowMs() {
        return nowMs;
    }

    /** Sets the time; the loop does it once a turn. */
    public void nowMs(long ms) {
        nowMs = ms;
        accessClock.now(ms);
    }

    /** One of {@link #EXPIRED_DELETE}, {@link #EXPIRED_HIDE}, {@link #EXPIRED_IGNORE}. */
    public void expiredKeys(int treatment) {
        expiredKeys = treatment;
    }

    public int expiredKeys() {
        return frozen && expiredKeys == EXPIRED_DELETE ? EXPIRED_HIDE : expiredKeys;
    }

    /** While on, nothing is deleted because its time is over: a pause. */
    public void freeze(boolean on) {
        frozen = on;
    }

    /** Who goes on when {@link #tellThawed} says that a pause is over. */
    public void onThaw(Runnable listener) {
        thawed = listener;
    }

    /** A pause is over; to be called between commands. */
    public void tellThawed() {
        if (!frozen) {
            thawed.run();
        }
    }

    /** Whether nothing may change by itself: expiry hides, and eviction has to wait. */
    public boolean isFrozen() {
        return frozen;
    }

    public void expiredListener(ExpiredListener listener) {
        expiredListener = listener;
    }

    /** Adds somebody who hears of changed keys, while {@link #tellTouches} is on for it. */
    public void addTouchListener(TouchListener listener) {
        touchListeners.add(listener);
    }

    /** Whether changes are told to a listener; off for all, they cost one test. */
    public void tellTouches(TouchListener listener, boolean on) {
        int bit = 1 << touchListeners.indexOf(listener);
        wantTouches = on ? wantTouches | bit : wantTouches & ~bit;
    }

    private boolean wantsTouches(int listener) {
        return (wantTouches >> listener & 1) != 0;
    }

    /** Who hears of missing and new keys, while {@link #tellMisses} and {@link #tellNew} are on. */
    public void presenceListener(PresenceListener listener) {
        presenceListener = listener;
    }

    /** Whether lookups for reading that find nothing are told. */
    public void tellMisses(boolean on) {
        tellsMisses = on;
    }

    /** Whether added keys are told. */
    public void tellNew(boolean on) {
        tellsNew = on;
        newTypes = on ? -1 : awaitedTypes;
    }

    /** Who hears of added keys of types that are awaited, and of databases that are swapped. */
    public void arrivalListener(ArrivalListener listener) {
        arrivalListener = listener;
    }

    /** Whether somebody waits for keys of a type. */
    public void awaitType(int type, boolean on) {
        awaitedTypes = on ? awaitedTypes | 1 << type : awaitedTypes & ~(1 << type);
        newTypes = tellsNew ? -1 : awaitedTypes;
    }

    /** The record at a key, or 0, whatever its time; it is not noted in any way. */
    public long record(Database database, Key key) {
        return database.table().find(key.hash, key.address, key.length);
    }

    /** What is at a key; an expired one stays, whatever role and pauses say of such keys. */
    public Presence look(Database database, Key key) {
        long record = record(database, key);
        if (record == 0) {
            return Presence.ABSENT;
        }
        boolean over = Record.hasExpiry(record) && Record.expireAt(record) < nowMs;
        return over ? Presence.EXPIRED : Presence.LIVE;
    }

    /** Exchanges the contents of two databases. */
    public void swap(int a, int b) {
        assert isOwner();
        for (int i = 0; i < touchListeners.size(); i++) {
            if (wantsTouches(i)) {
                touchListeners.get(i).aboutToSwap(databases[a], databases[b]);
            }
        }
        databases[a].exchange(databases[b]);
        if (arrivalListener != null) {
            arrivalListener.swapped(databases[a], databases[b]);
        }
    }

    /** Empties every database; memory is freed in slices by {@link #releaseSome}. */
    public void flushAll() {
        for (Database database : databases) {
            database.flush(true);
        }
    }

    /**
     * Gives everything up: {@link #releaseSome} frees it in slices, and nothing else may be called
     * any more. For keyspaces that were replaced by another, or never published.
     */
    public void drop() {
        assert isOwner();
        for (Database database : databases) {
            flushedKeys += database.size();
            epochs.retire(Epochs.TREE, database.table().root());
        }
    }

    /**
     * Takes over all data of another keyspace over the same pages, which was never published and
     * must not be used any more; what is here is freed in slices. Takes time by the pages of memory
     * and not by keys. The other one has been handed over by its thread.
     */
    public void adopt(Keyspace loaded) {
        assert isOwner();
        while (loaded.epochs.hasReleases()) {
            var _ = loaded.releaseSome(FLUSH_AT_ONCE);
        }
        loaded.epochs.close();
        for (int i = 0; i < databases.length; i++) {
            databases[i].flush(true);
            Table table = databases[i].table();
            epochs.retire(Epochs.TREE, table.root());
            table.takeOver(loaded.databases[i].table());
        }
        slabs.absorb(loaded.slabs);
    }

    /** Gives everything back at once, with its slabs: of a keyspace that is not published. */
    public void discard() {
        drop();
        while (releaseSome(FLUSH_AT_ONCE) > 0) {}
        epochs.close();
        slabs.close();
    }

    /** One step of defragmentation of a database; see {@link Table#moveSegment}. */
    public long moveSegment(int db, long hash, Table.Mover mover) {
        assert isOwner();
        return databases[db].table().moveSegment(hash, mover);
    }

    /** Frees up to {@code max} records that nobody sees any more; called every loop turn. */
    public int releaseSome(int max) {
        return epochs.releaseSome(max);
    }

    /**
     * Takes a snapshot of all databases: their roots, in time that does not depend on the data.
     * From now on what it sees is not written. {@link #end} must be called when it is not read any
     * more.
     */
    public Snapshot cut() {
        assert isOwner();
        long start = System.nanoTime();
        Snapshot snapshot = new Snapshot(this);
        lastCutNanos = System.nanoTime() - start;
        return snapshot;
    }

    /** No thread reads the snapshot any more: what it held is freed by {@link #releaseSome}. */
    public void end(Snapshot snapshot) {
        assert isOwner();
        snapshot.tellEnd(epochs);
        epochs.end(snapshot.cut());
    }

    /** Time that the last {@link #cut} took. */
    public long lastCutNanos() {
        return lastCutNanos;
    }

    /** Keys in all databases. */
    public long size() {
        long keys = 0;
        for (Database database : databases) {
            keys += database.size();
        }
        return keys;
    }

    /** Bytes of root, pages and segments of all databases. */
    public long overheadBytes() {
        long bytes = 0;
        for (Database database : databases) {
            bytes += database.table().overheadBytes();
        }
        return bytes;
    }

    /** Bytes of root, pages and segments of one database. */
    public long overheadBytes(int db) {
        return databases[db].table().overheadBytes();
    }

    /** Bytes that a record takes, with its slot in the table. */
    public long memoryOf(long record) {
        return slabs.usableSize(record) + Long.BYTES + Values.structureBytes(record);
    }

    /** Lookups for reading that found a key, and that did not. */
    public long hits() {
        return hits;
    }

    public long misses() {
        return misses;
    }

    /** Keys deleted because their time was over. */
    public long expiredTotal() {
        return expiredTotal;
    }

    /**
     * Keys of emptied databases whose memory has not been freed yet; at least 1 while there is
     * anything to free, be it of a single large value.
     */
    public long lazyPending() {
        return Math.max(flushedKeys - treeRelease.records(), epochs.isReleasing() ? 1 : 0);
    }

    /** Keys of emptied databases freed behind the commands' backs. */
    public long lazyFreed() {
        return treeRelease.records() - lazyFreedBefore;
    }

    /** Bytes of what commands see, and of databases that were emptied just now. */
    private long dataBytes() {
        return slabs.usedBytes() - overheadBytes() - epochs.limboBytes() - epochs.listBytes();
    }

    /** A database of so many keys was emptied; at once as far as possible, unless lazily. */
    void flushed(long keys, boolean lazily) {
        flushedKeys += keys;
        epochs.countTree((long) ((double) dataBytes() * keys / (size() + keys)));
        if (!lazily) {
            long before = treeRelease.records();
            var _ = releaseSome(FLUSH_AT_ONCE);
            lazyFreedBefore += treeRelease.records() - before;
        }
    }

    public void resetStats() {
        lazyFreedBefore = treeRelease.records();
        hits = 0;
        misses = 0;
        expiredTotal = 0;
    }

    /** Lets the next thread that changes something be the owner. */
    public void handOver() {
        owner = null;
    }

    /** Chance, for random keys and elements. */
    public RandomGenerator random() {
        return random;
    }

    void countHit() {
        hits++;
    }

    void countMiss() {
        misses++;
    }

    void noteMiss(Database database, Key key) {
        if (tellsMisses && presenceListener != null) {
            presenceListener.missed(database, key);
        }
    }

    boolean tellsNew(int type) {
        return (newTypes >> type & 1) != 0;
    }

    void noteNew(Database database, Key key, int type) {
        if (tellsNew && presenceListener != null) {
            presenceListener.added(database, key);
        }
        if ((awaitedTypes >> type & 1) != 0 && arrivalListener != null) {
            arrivalListener.arrived(database, key);
        }
    }

    void noteTouched(Database database, Key key) {
        if (wantTouches != 0) {
            tellTouched(database, key);
        }
    }

    /** A key was deleted though no client wanted that: it expired, or was evicted. */
    void noteDropped(Database database, Key key) {
        dropping = true;
        try {
            noteTouched(database, key);
        } finally {
            dropping = false;
        }
    }

    /** Whether the change that touch listeners hear of is the end of a key that nobody deleted. */
    public boolean isDropping() {
        return dropping;
    }

    private void tellTouched(Database database, Key key) {
        for (int i = 0; i < touchListeners.size(); i++) {
            if (wantsTouches(i)) {
                touchListeners.get(i).touched(database, key);
            }
        }
    }

    void noteFlush(Database database) {
        for (int i = 0; i < touchListeners.size(); i++) {
            if (wantsTouches(i)) {
                touchListeners.get(i).aboutToFlush(database);
            }
        }
    }

    ExpiredListener expiredListener() {
        return expiredListener;
    }

    void countExpired() {
        expiredTotal++;
    }

    private Table newTable(int slotBits, int pageBits) {
        return new Table(slabs, epochs, false, slotBits, slotBits, pageBits);
    }

    /** True on the owner thread; the first to ask becomes it. For assertions. */
    boolean isOwner() {
        Thread current = Thread.currentThread();
        if (owner == null) {
            owner = current;
        }
        return current.equals(owner);
    }
}
