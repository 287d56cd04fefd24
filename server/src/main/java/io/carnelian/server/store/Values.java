package io.carnelian.server.store;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.ScoredTable;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;

/**
 * Records of types other than string: their room, their place in a database, and the structures
 * that hang on them.
 *
 * <pre>
 *   packed   | header, key | all of the value |                        one allocation
 *   big      | header, key | handle |──root──> a table of elements     (Record.hasStructure)
 *                                   └─root──> and the order of scores  (SKIPLIST only)
 * </pre>
 *
 * A new value is made apart, {@link #create}, filled, and then put at its key at once, so that what
 * fails halfway has changed nothing. A value at a key is changed through {@link Database#forWrite}
 * and {@link #resize}, which keep what snapshots see.
 */
public final class Values {
    private final Slabs slabs;
    private final Epochs epochs;
    private final int slotBits;
    private final int pageBits;
    private final TableCopy copy;
    private final Quicklist quicklist;
    private final ScoredTable scored;

    Values(Slabs slabs, Epochs epochs, int slotBits, int pageBits) {
        this.slabs = slabs;
        this.epochs = epochs;
        this.slotBits = slotBits;
        this.pageBits = pageBits;
        this.copy = new TableCopy();
        this.quicklist = new Quicklist(slabs, epochs);
        this.scored = newScoredView();
    }

    /** A view of tables of elements, to be positioned on one after the other. */
    public Table newTableView() {
        return Table.view(slabs, epochs, slotBits, pageBits);
    }

    /** A view of members with scores, to be positioned on one after the other. */
    public ScoredTable newScoredView() {
        return new ScoredTable(slabs, epochs, slotBits, pageBits);
    }

    /** Makes and changes long lists. */
    public Quicklist quicklist() {
        return quicklist;
    }

    /** Bytes of the structure that hangs on a record. */
    static long structureBytes(long record) {
        return switch (Record.encoding(record)) {
            case Record.HASHTABLE -> Table.bytesOf(Record.valueAddress(record));
            case Record.QUICKLIST -> Quicklist.bytes(Record.valueAddress(record));
            case Record.SKIPLIST -> ScoredTable.bytesOf(Record.valueAddress(record));
            default -> 0;
        };
    }

    /** A record that belongs to no database and has no key; the caller writes the value. */
    public long create(int type, int encoding, int valueLength) {
        long record = slabs.allocate(Record.size(0, 0, valueLength));
        Record.write(record, Record.header(type, encoding, 0, 0, valueLength), record, 0);
        return record;
    }

    /** Frees a record that belongs to no database, with what hangs on it. */
    public void discard(long record) {
        if (Record.hasStructure(record)) {
            epochs.release(Epochs.TREE, Table.rootOf(Record.valueAddress(record)));
        }
        slabs.free(record);
    }

    /**
     * Puts a value out of {@link #create} at a key, in place of whatever is there, without an
     * expiry. The record given is not valid any more, also if memory runs out.
     *
     * @return the record in the database
     */
    public long put(Database db, Key key, long made) {
        return put(db, key, made, Record.NEVER);
    }

    /** As {@link #put(Database, Key, long)}, with an expiry in ms since 1970 or {@code NEVER}. */
    public long put(Database db, Key key, long made, long expireAtMs) {
        assert db.keyspace().isOwner();
        long record = moved(db, key, made, expireAtMs);
        Database.putRecord(db, key, record);
        return record;
    }

    /**
     * As {@link #put(Database, Key, long, long)}, right after a lookup that did not find the key.
     */
    public long add(Database db, Key key, long made, long expireAtMs) {
        assert db.keyspace().isOwner();
        return insert(db, key, moved(db, key, made, expireAtMs));
    }

    /**
     * Puts a value at a key right after a lookup that did not find it: a string, kept as {@link
     * Database#setString} keeps it, or the bytes of a packed collection.
     *
     * @param encoding of a collection
     * @param expireAtMs in ms since 1970 or {@code NEVER}
     */
    public long add(
            Database db, Key key, int type, int encoding, long value, int length, long expireAtMs) {
        assert db.keyspace().isOwner();
        if (type != Record.STRING) {
            long record = newAt(db, key, type, encoding, length, expireAtMs);
            Memory.copy(value, Record.valueAddress(record), length);
            return insert(db, key, record);
        }
        if (Decimal.isCanonical(value, length)) {
            long record = newAt(db, key, type, Record.INT, Long.BYTES, expireAtMs);
            Record.setNumber(record, Decimal.parse(value, length));
            return insert(db, key, record);
        }
        boolean raw = length > Record.EMBSTR_MAX_BYTES;
        long record = newAt(db, key, type, raw ? Record.RAW : Record.EMBSTR, length, expireAtMs);
        Memory.copy(value, Record.valueAddress(record), length);
        return insert(db, key, record);
    }

    private static long insert(Database db, Key key, long record) {
        db.insert(key.hash, record);
        db.keyspace().noteTouched(db, key);
        return record;
    }

    /** A new record under a key, with the value of one that has none and is freed. */
    private long moved(Database db, Key key, long made, long expireAtMs) {
        int length = Record.valueLength(made);
        int type = Record.type(made);
        long record;
        try {
            epochs.reserve();
            record = newAt(db, key, type, Record.encoding(made), length, expireAtMs);
        } catch (OutOfMemory e) {
            discard(made);
            throw e;
        }
        Memory.copy(Record.valueAddress(made), Record.valueAddress(record), length);
        slabs.free(made);
        return record;
    }

    /** A new record under a key; the caller writes the value. */
    private long newAt(Database db, Key key, int type, int encoding, int length, long expireAtMs) {
        int flags = Record.flagsFor(Record.CLOCK, key.length);
        if (expireAtMs != Record.NEVER) {
            flags |= Record.EXPIRY;
        }
        long record = slabs.allocate(Record.size(key.length, flags, length));
        long header = Record.header(type, encoding, flags, key.length, length);
        Record.write(record, header, key.address, key.length);
        Record.setClock(record, db.keyspace().accessClock().replacing(0));
        if (expireAtMs != Record.NEVER) {
            Record.setExpireAt(record, expireAtMs, flags);
        }
        return record;
    }

    /**
     * Gives the value at a key that a lookup just found another encoding and length: as many of its
     * bytes are kept as both have. It may be written then; its record may be another one.
     */
    public long resize(Database db, Key key, int encoding, int valueLength) {
        assert db.keyspace().isOwner();
        db.keyspace().noteTouched(db, key);
        long record = db.found(key);
        int flags = Record.flags(record);
        long size = Record.size(key.length, flags, valueLength);
        long target = record;
        if (Slabs.roundUp(size) != slabs.usableSize(record) || !db.table().isFoundMutable()) {
            target = slabs.allocate(size);
            int kept = Math.min(Record.valueLength(record), valueLength);
            Memory.copy(record, target, Record.size(key.length, flags, kept));
            shape(target, encoding, valueLength);
            db.replaceShell(target);
        } else {
            shape(target, encoding, valueLength);
        }
        return target;
    }

    /** As {@link #resize(Database, Key, int, int)}, of a record that belongs to no database. */
    public long resize(long made, int encoding, int valueLength) {
        long size = Record.size(0, 0, valueLength);
        long target = made;
        if (Slabs.roundUp(size) != slabs.usableSize(made)) {
            target = slabs.allocate(size);
            int kept = Math.min(Record.valueLength(made), valueLength);
            Memory.copy(made, target, Record.size(0, 0, kept));
            slabs.free(made);
        }
        shape(target, encoding, valueLength);
        return target;
    }

    private static void shape(long record, int encoding, int valueLength) {
        Record.setEncoding(record, encoding);
        Record.setValueLength(record, valueLength);
    }

    /** A new record with the value of another, under a key, with an expiry. */
    long copyOf(long record, Key key, long expireAtMs) {
        int flags = Record.flagsFor(Record.CLOCK, key.length);
        if (expireAtMs != Record.NEVER) {
            flags |= Record.EXPIRY;
        }
        int length = Record.valueLength(record);
        long copy = slabs.allocate(Record.size(key.length, flags, length));
        int type = Record.type(record);
        long header = Record.header(type, Record.encoding(record), flags, key.length, length);
        Record.write(copy, header, key.address, key.length);
        Record.setClock(copy, Record.clock(record));
        if (expireAtMs != Record.NEVER) {
            Record.setExpireAt(copy, expireAtMs, flags);
        }
        Memory.copy(Record.valueAddress(record), Record.valueAddress(copy), length);
        return copy;
    }

    /** Gives the copy of a record that shares a structure with it a structure of its own. */
    void copyStructure(long record, long into) {
        if (Record.encoding(record) == Record.QUICKLIST) {
            try {
                quicklist.copy(Record.valueAddress(record), Record.valueAddress(into));
            } catch (OutOfMemory e) {
                slabs.free(into);
                throw e;
            }
        } else if (Record.encoding(record) == Record.SKIPLIST) {
            try {
                scored.copy(Record.valueAddress(record));
            } catch (OutOfMemory e) {
                slabs.free(into);
                throw e;
            }
            scored.save(Record.valueAddress(into));
        } else if (Record.hasStructure(record)) {
            copy.run(Record.valueAddress(record), into);
        }
    }

    /** Copies a table, element by element. */
    private final class TableCopy implements RecordVisitor {
        private final Table to = newTableView();

        void run(long handle, long into) {
            boolean made = false;
            try {
                to.create();
                made = true;
                TableScan.forEach(Table.rootOf(handle), Table.rootDepthOf(handle), this);
                to.save(Record.valueAddress(into));
            } catch (OutOfMemory e) {
                if (made) {
                    epochs.release(Epochs.TREE, to.root());
                }
                slabs.free(into);
                throw e;
            }
        }

        @Override
        public void visit(long element) {
            long bytes = Record.size(element);
            long clone = slabs.allocate(bytes);
            Memory.copy(element, clone, bytes);
            long key = Record.keyAddress(clone);
            int length = Record.keyLength(clone);
            long hash = Hash.of(key, length);
            try {
                to.find(hash, key, length);
                to.insertNew(hash, clone);
            } catch (OutOfMemory e) {
                slabs.free(clone);
                throw e;
            }
        }
    }
}
