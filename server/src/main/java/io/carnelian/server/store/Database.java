package io.carnelian.server.store;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;

/**
 * One database as commands see it: keys to records, with expiry, and the rule of copy on write
 * kept.
 *
 * <p>A record that a snapshot may see is never written. Every mutation here asks {@link
 * Table#isFoundMutable} and makes a new record when it must; handlers that write into a value go
 * through {@link #forWrite} or {@link #resizeForWrite} and never notice. The address of a record is
 * valid until the next call that changes the database.
 *
 * <p>Get, set and delete allocate nothing on the Java heap.
 */
public final class Database {
    /** The old expiry stays. */
    public static final int KEEP_TTL = 1;

    /** The value is kept as raw bytes, as APPEND and SETRANGE leave them. */
    public static final int KEEP_RAW = 2;

    /** The value is kept as text even if it spells an integer, as INCRBYFLOAT leaves it. */
    public static final int KEEP_TEXT = 4;

    /** The access is not noted in the record's clock. */
    public static final int NO_TOUCH = 1;

    /** That there is no such key is told nobody. */
    public static final int NO_EVENT = 2;

    private static final int GREEDY_MAX_BYTES = 1 << 20;
    private static final int NUMBER_BYTES = 8;

    private final Keyspace keyspace;
    private final Slabs slabs;
    private final int index;
    private final Key ownKey = new Key();
    private Table table;
    private final ActiveExpiry activeExpiry;

    Database(Keyspace keyspace, int index, Table table) {
        this.keyspace = keyspace;
        this.slabs = keyspace.slabs();
        this.index = index;
        this.table = table;
        this.activeExpiry = new ActiveExpiry(this);
    }

    public int index() {
        return index;
    }

    public Keyspace keyspace() {
        return keyspace;
    }

    /** Keys, expired ones that were not noticed yet included. */
    public long size() {
        return table.count();
    }

    /** Bytes of the table that holds the keys, without the keys. */
    public long tableBytes() {
        return table.overheadBytes();
    }

    /** Keys with an expiry. */
    public long expires() {
        return table.expiring();
    }

    /** Mean time to live of keys with an expiry, in ms, as active expiry saw it; 0 if unknown. */
    public long averageTtlMs() {
        return activeExpiry.averageTtlMs();
    }

    /**
     * Looks a key up for reading: counts a hit or miss, notes the access. Returns the record or 0.
     */
    public long lookupRead(Key key) {
        return lookupRead(key, 0);
    }

    public long lookupRead(Key key, int how) {
        long record = peek(key);
        if (record == 0) {
            keyspace.countMiss();
            if ((how & NO_EVENT) == 0) {
                keyspace.noteMiss(this, key);
            }
            return 0;
        }
        keyspace.countHit();
        if ((how & NO_TOUCH) == 0) {
            keyspace.accessClock().touch(record + Record.CLOCK_OFFSET);
        }
        return record;
    }

    /** Looks a key up for a command that will write: no statistics. */
    public long lookupWrite(Key key) {
        long record = peek(key);
        if (record != 0) {
            keyspace.accessClock().touch(record + Record.CLOCK_OFFSET);
        }
        return record;
    }

    /** Looks a key up and leaves no trace but the deletion of an expired one. */
    public long peek(Key key) {
        long record = table.find(key.hash, key.address, key.length);
        return record != 0 && Record.hasExpiry(record) ? unlessExpired(key, record) : record;
    }

    /** First step of a prefetched lookup; see {@link Table#touchSlots}. */
    public long touchSlots(long hash) {
        return table.touchSlots(hash);
    }

    /** The one step of a prefetched insertion; see {@link Table#touchRoom}. */
    public long touchRoom(long hash) {
        return table.touchRoom(hash);
    }

    /** Second step of a prefetched lookup; see {@link Table#touchRecord}. */
    public long touchRecord(long hash) {
        return table.touchRecord(hash);
    }

    /**
     * Sets a string; how: {@link #KEEP_TTL}, {@link #KEEP_RAW}, {@link #KEEP_TEXT}. An integer is
     * kept as such unless told. The value must not lie in this database's record of the key.
     */
    public void setString(Key key, long valueAddress, int valueLength, int how) {
        put(key, valueAddress, valueLength, how, Record.NEVER);
    }

    /** Sets a string that expires at a time in ms since 1970, or {@link Record#NEVER}. */
    public void setString(Key key, long valueAddress, int valueLength, long expireAtMs) {
        put(key, valueAddress, valueLength, 0, expireAtMs);
    }

    public void setLong(Key key, long value, boolean keepTtl) {
        long old = findForPut(key);
        long at = keepTtl && old != 0 && !isExpired(old) ? Record.expireAt(old) : Record.NEVER;
        Memory.putLong(store(key, old, Record.INT, NUMBER_BYTES, at), value);
        keyspace.noteTouched(this, key);
    }

    /** Sets a string that counts as raw, whatever its content; the expiry stays. */
    public void setRaw(Key key, long valueAddress, int valueLength) {
        put(key, valueAddress, valueLength, KEEP_TTL | KEEP_RAW, Record.NEVER);
    }

    /** Makes a raw string of zero bytes at a key that is missing; returns its record. */
    public long createRaw(Key key, int valueLength) {
        long value = store(key, findForPut(key), Record.RAW, valueLength, Record.NEVER);
        Memory.fill(value, valueLength, (byte) 0);
        keyspace.noteTouched(this, key);
        return value - Record.size(key.length, Record.flagsFor(Record.CLOCK, key.length), 0);
    }

    /**
     * Makes the record that a lookup just found writable in place.
     *
     * @return its address, which may be another one now
     */
    public long forWrite(Key key) {
        assert keyspace.isOwner();
        keyspace.noteTouched(this, key);
        long record = found(key);
        if (table.isFoundMutable()) {
            return record;
        }
        long size = Record.size(key.length, Record.flags(record), Record.valueLength(record));
        long copy = slabs.allocate(Math.max(size, slabs.usableSize(record)));
        Memory.copy(record, copy, size);
        replaceShell(copy);
        return copy;
    }

    /**
     * Makes the string that a lookup just found writable, raw and of another length: its bytes are
     * kept (a number as decimal text), new ones are zero. A value that grows gets as much room
     * again, up to 1 MiB, so that appending costs amortised constant time.
     */
    public long resizeForWrite(Key key, long newValueLength) {
        assert keyspace.isOwner();
        keyspace.noteTouched(this, key);
        long record = found(key);
        int flags = Record.flags(record);
        boolean number = Record.encoding(record) == Record.INT;
        int length = number ? Decimal.length(Record.number(record)) : Record.valueLength(record);
        long size = Record.size(key.length, flags, newValueLength);
        long target = record;
        if (number || size > slabs.usableSize(record) || !table.isFoundMutable()) {
            boolean grows = newValueLength > length;
            long spare = grows ? Math.min(newValueLength, GREEDY_MAX_BYTES) : 0;
            target = slabs.allocate(size + spare);
            Memory.copy(record, target, Record.size(key.length, flags, 0));
            long to = Record.valueAddress(target);
            if (number) {
                writeDigits(Record.number(record), length, to, newValueLength);
            } else {
                Memory.copy(Record.valueAddress(record), to, Math.min(length, newValueLength));
            }
            if (spare != 0) {
                Record.setSpare(target);
            }
            replaceShell(target);
        }
        Record.setEncoding(target, Record.RAW);
        Record.setValueLength(target, (int) newValueLength);
        if (newValueLength > length) {
            Memory.fill(Record.valueAddress(target) + length, newValueLength - length, (byte) 0);
        }
        return target;
    }

    /** Deletes a key; true if it was there and not expired. */
    public boolean delete(Key key) {
        assert keyspace.isOwner();
        if (peek(key) == 0) {
            return false;
        }
        long record = table.removeFound();
        keyspace.noteTouched(this, key);
        table.releaseRemoved(record);
        return true;
    }

    /** Sets the expiry of the key that a lookup just found, in ms since 1970. */
    public void setExpire(Key key, long atMs) {
        assert keyspace.isOwner();
        keyspace.noteTouched(this, key);
        long record = found(key);
        if (Record.hasExpiry(record) && table.isFoundMutable()) {
            Record.setExpireAt(record, atMs, Record.flags(record));
            table.noteFoundExpiry(atMs);
        } else {
            replaceShell(keyspace.values().copyOf(record, key, atMs));
        }
    }

    /** Takes the expiry off the key that a lookup just found; false if it had none. */
    public boolean persist(Key key) {
        assert keyspace.isOwner();
        long record = found(key);
        if (!Record.hasExpiry(record)) {
            return false;
        }
        replaceShell(keyspace.values().copyOf(record, key, Record.NEVER));
        keyspace.noteTouched(this, key);
        return true;
    }

    /**
     * Gives a value another key, whose old value is dropped; false if {@code from} does not exist.
     */
    public boolean rename(Key from, Key to) {
        assert keyspace.isOwner();
        long record = peek(from);
        if (record == 0) {
            return false;
        }
        if (from.hash == to.hash && Record.keyEquals(record, to.address, to.length)) {
            return true;
        }
        table.thawFound(); // so that only the insertion can run out of memory
        long renamed = keyspace.values().copyOf(record, to, Record.expireAt(record));
        moveRecord(this, to, renamed);
        peek(from);
        table.releaseShell(table.removeFound());
        keyspace.noteTouched(this, from);
        return true;
    }

    /** Copies a value, with its expiry, to a key of a database, whose old value is dropped. */
    public boolean copyRecord(Key from, Database toDatabase, Key to) {
        assert keyspace.isOwner();
        long record = peek(from);
        if (record == 0) {
            return false;
        }
        long copy = keyspace.values().copyOf(record, to, Record.expireAt(record));
        keyspace.values().copyStructure(record, copy);
        moveRecord(toDatabase, to, copy);
        return true;
    }

    /** Moves a key to another database; false if it is not here, or there already. */
    public boolean moveTo(Database toDatabase, Key key) {
        assert keyspace.isOwner();
        long record = peek(key);
        if (record == 0 || toDatabase.peek(key) != 0) {
            return false;
        }
        table.thawFound();
        moveRecord(toDatabase, key, keyspace.values().copyOf(record, key, Record.expireAt(record)));
        table.releaseShell(table.removeFound());
        keyspace.noteTouched(this, key);
        return true;
    }

    /** A random record that has not expired, or 0. Gives up on a replica full of expired keys. */
    public long randomKey() {
        for (int tries = 0; ; tries++) {
            long record = table.random(keyspace.random());
            if (record == 0 || !isExpired(record)) {
                return record;
            }
            if (keyspace.expiredKeys() != Keyspace.EXPIRED_DELETE) {
                if (tries == 100) {
                    return record;
                }
            } else {
                peek(ownKey.setRecord(record));
            }
        }
    }

    /** A random record, expired or not, or 0: for eviction. */
    public long sample() {
        return table.random(keyspace.random());
    }

    /** A random record with an expiry, expired or not, or 0: for eviction. */
    public long sampleExpiring() {
        return table.randomExpiring(keyspace.random());
    }

    /** True if this database leads to this very record, whose key had this hash. */
    public boolean holds(long hash, long record) {
        return TableScan.holds(table.root(), table.rootDepth(), hash, record)
                && Hash.of(Record.keyAddress(record), Record.keyLength(record)) == hash;
    }

    /** Deletes a record of this database, expired or not, because memory is short. */
    public void evict(long record, ExpiredListener listener) {
        Key key = ownKey.setRecord(record);
        table.find(key.hash, key.address, key.length);
        drop(key, listener);
    }

    /** A step of SCAN: visits at least {@code count} records, expired ones included. */
    public long scan(long cursor, int count, RecordVisitor visitor) {
        return table.scan(cursor, count, visitor);
    }

    /** Visits every record, expired ones included. */
    public void forEach(RecordVisitor visitor) {
        table.forEach(visitor);
    }

    /** True if the record's time is over, and that counts now. */
    public boolean isExpired(long record) {
        return Record.hasExpiry(record)
                && Record.expireAt(record) < keyspace.nowMs()
                && keyspace.expiredKeys() != Keyspace.EXPIRED_IGNORE;
    }

    /**
     * Drops all keys. Their memory is freed in slices by {@link Keyspace#releaseSome}; if not
     * {@code async}, the first 100,000 are freed at once.
     */
    public void flush(boolean async) {
        assert keyspace.isOwner();
        keyspace.noteFlush(this);
        if (table.count() == 0) {
            return;
        }
        long keys = table.count();
        table.clear();
        activeExpiry.restart();
        keyspace.flushed(keys, async);
    }

    /**
     * Deletes expired keys in the next segments, in the order of the hash; segments in which
     * nothing can have expired cost one read.
     *
     * @return keys deleted
     */
    public int expireSlice(int maxSegments, int maxKeys) {
        assert keyspace.isOwner();
        return activeExpiry.slice(maxSegments, maxKeys);
    }

    /** Keys with an expiry that slices have seen or known to be alive, since the start. */
    public long expiryCovered() {
        return activeExpiry.covered();
    }

    /** Whether the last slice came to the end of the database. */
    public boolean expiryPassEnded() {
        return activeExpiry.passEnded();
    }

    /** So many keys will come; see {@link Table#expect}. */
    public void expect(long keys) {
        table.expect(keys);
    }

    Table table() {
        return table;
    }

    /** Exchanges contents with another database of the same keyspace. */
    void exchange(Database other) {
        Table mine = table;
        table = other.table;
        other.table = mine;
        activeExpiry.restart();
        other.activeExpiry.restart();
    }

    /** Deletes a record of this database whose time is over. */
    void expire(long record) {
        Key key = ownKey.setRecord(record);
        table.find(key.hash, key.address, key.length);
        dropExpired(key);
    }

    private void put(Key key, long valueAddress, int valueLength, int how, long expireAtMs) {
        long old = findForPut(key);
        boolean keeps = (how & KEEP_TTL) != 0 && old != 0 && !isExpired(old);
        long at = keeps ? Record.expireAt(old) : expireAtMs;
        if ((how & (KEEP_TEXT | KEEP_RAW)) == 0 && Decimal.isCanonical(valueAddress, valueLength)) {
            long number = Decimal.parse(valueAddress, valueLength);
            Memory.putLong(store(key, old, Record.INT, NUMBER_BYTES, at), number);
        } else {
            boolean raw = (how & KEEP_RAW) != 0 || valueLength > Record.EMBSTR_MAX_BYTES;
            long to = store(key, old, raw ? Record.RAW : Record.EMBSTR, valueLength, at);
            Memory.copy(valueAddress, to, valueLength);
        }
        keyspace.noteTouched(this, key);
    }

    /** The record that a put will replace, or 0; an expired one is deleted first on a primary. */
    private long findForPut(Key key) {
        assert keyspace.isOwner();
        long old = table.find(key.hash, key.address, key.length);
        if (old != 0
                && Record.hasExpiry(old)
                && keyspace.expiredKeys() == Keyspace.EXPIRED_DELETE
                && unlessExpired(key, old) == 0) {
            old = table.find(key.hash, key.address, key.length);
        }
        return old;
    }

    /**
     * Makes the key a string of this shape, in place if possible.
     *
     * @return the address of the value, which the caller writes
     */
    private long store(Key key, long old, int encoding, int valueLength, long expireAtMs) {
        int flags = Record.flagsFor(Record.CLOCK, key.length);
        if (expireAtMs != Record.NEVER) {
            flags |= Record.EXPIRY;
        }
        long header = Record.header(Record.STRING, encoding, flags, key.length, valueLength);
        long record = old;
        if (old != 0 && Record.isSameRoom(old, header) && table.isFoundMutable()) {
            Memory.putLong(old, header);
            keyspace.accessClock().touch(old + Record.CLOCK_OFFSET);
            if (expireAtMs != Record.NEVER) {
                Record.setExpireAt(old, expireAtMs, flags);
                table.noteFoundExpiry(expireAtMs);
            }
        } else {
            record = slabs.allocate(Record.size(key.length, flags, valueLength));
            Record.write(record, header, key.address, key.length);
            long oldClock = old == 0 ? 0 : old + Record.CLOCK_OFFSET;
            Record.setClock(record, keyspace.accessClock().replacing(oldClock));
            if (expireAtMs != Record.NEVER) {
                Record.setExpireAt(record, expireAtMs, flags);
            }
            if (old == 0) {
                insert(key.hash, record);
            } else {
                replace(record);
            }
        }
        return record + Record.size(key.length, flags, 0);
    }

    void insert(long hash, long record) {
        try {
            table.insertNew(hash, record);
        } catch (OutOfMemory e) {
            keyspace.values().discard(record);
            throw e;
        }
        int type = Record.type(record);
        if (keyspace.tellsNew(type)) {
            keyspace.noteNew(this, new Key().setRecord(record), type);
        }
    }

    private void replace(long record) {
        long old;
        try {
            old = table.replaceFound(record);
        } catch (OutOfMemory e) {
            keyspace.values().discard(record);
            throw e;
        }
        table.releaseRemoved(old);
    }

    /** Replaces the found record by one that has taken over its contents. */
    void replaceShell(long record) {
        long old;
        try {
            old = table.replaceFound(record);
        } catch (OutOfMemory e) {
            slabs.free(record);
            throw e;
        }
        table.releaseShell(old);
    }

    /** Puts a record that moved at a key, which is told as new also where it replaces another. */
    private static void moveRecord(Database database, Key key, long record) {
        int type = Record.type(record);
        boolean replaced = putRecord(database, key, record);
        if (replaced && database.keyspace.tellsNew(type)) {
            database.keyspace.noteNew(database, key, type);
        }
    }

    /** Puts a finished record at a key of a database; true if it replaced another. */
    static boolean putRecord(Database database, Key key, long record) {
        boolean replaced = database.table.find(key.hash, key.address, key.length) != 0;
        if (replaced) {
            database.replace(record);
        } else {
            database.insert(key.hash, record);
        }
        database.keyspace.noteTouched(database, key);
        return replaced;
    }

    private void writeDigits(long value, int length, long to, long room) {
        if (length <= room) {
            Decimal.write(value, to, length);
            return;
        }
        long whole = slabs.allocate(Decimal.MAX_BYTES);
        Decimal.write(value, whole, length);
        Memory.copy(whole, to, room);
        slabs.free(whole);
    }

    /** The record just looked up; a caller that did not look up is sent away. */
    long found(Key key) {
        long record = table.find(key.hash, key.address, key.length);
        if (record == 0) {
            throw new IllegalStateException("no such key: look it up first");
        }
        return record;
    }

    private long unlessExpired(Key key, long record) {
        if (Record.expireAt(record) >= keyspace.nowMs()) {
            return record;
        }
        if (keyspace.expiredKeys() == Keyspace.EXPIRED_IGNORE) {
            return record;
        }
        if (keyspace.expiredKeys() == Keyspace.EXPIRED_DELETE) {
            dropExpired(key);
        }
        return 0;
    }

    /** Deletes the record just found, with the listener told while the key can still be read. */
    private void dropExpired(Key key) {
        assert keyspace.isOwner();
        drop(key, keyspace.expiredListener());
        keyspace.countExpired();
    }

    private void drop(Key key, ExpiredListener listener) {
        long record = table.removeFound();
        listener.onExpired(this, key);
        keyspace.noteDropped(this, key);
        table.releaseRemoved(record);
    }
}
