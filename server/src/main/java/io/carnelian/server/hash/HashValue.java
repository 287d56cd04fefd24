package io.carnelian.server.hash;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Place;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import java.util.random.RandomGenerator;

/**
 * One hash, at a key or not yet: a view that is positioned on one after the other. It hides how the
 * hash is kept.
 *
 * <pre>
 *   listpack    the value is the packed fields and values, in the order of their adding
 *       │ one field too many, or a field or value too long; never back
 *       ▼
 *   hashtable   the value is the handle of a table; a field is the key of a record, its value the
 *               record's
 * </pre>
 *
 * Reading takes any record of a hash, also a snapshot's on its thread. A change needs {@link #edit}
 * first, which knows the key, or {@link #begin}, which makes a hash that is at no key yet; the
 * record at a key is made writable by the first real change, not before.
 */
public final class HashValue {
    /** No setting makes a listpack longer than this. */
    private static final long MOST_PACKED_BYTES = 1 << 30;

    private final Slabs slabs;
    private final Keyspace keyspace;
    private final Place place;
    private final Table table;
    private final HashLimits limits;
    private final HashEntry own = new HashEntry();
    private final ElementVisitor elements = new ElementVisitor();

    public HashValue(Keyspace keyspace, HashLimits limits) {
        this.keyspace = keyspace;
        this.slabs = keyspace.slabs();
        this.place = new Place(keyspace.values());
        this.table = keyspace.values().newTableView();
        this.limits = limits;
    }

    /** Refuses a record of another type; a missing one passes. */
    public static void check(long record) {
        if (record != 0 && Record.type(record) != Record.HASH) {
            throw Errors.WRONG_TYPE.error();
        }
    }

    /** Positions on a record for reading; 0 is an empty hash. */
    public HashValue read(long of) {
        place.read(of);
        attach();
        return this;
    }

    /** Positions on the hash that a lookup found at a key, for reading and changing. */
    public HashValue edit(Database at, Key name, long found) {
        place.edit(at, name, found);
        attach();
        return this;
    }

    /** Positions on a new empty hash that is at no key. It ends by {@link #store} or a discard. */
    public HashValue begin() {
        place.begin(Record.HASH, Record.LISTPACK, Listpack.EMPTY_BYTES);
        Listpack.create(place.value());
        return this;
    }

    /** Puts the hash that was begun at a key, in place of what is there. */
    public void store(Database at, Key name) {
        place.store(at, name);
    }

    /** Drops the hash that was begun, unless it was stored; a big one is freed in slices. */
    public void discard() {
        place.discard();
    }

    /** The record of the hash that was begun, which is the caller's now; 0 if it is empty. */
    public long take() {
        if (count() == 0) {
            discard();
        }
        return place.take();
    }

    public long count() {
        if (place.isNowhere()) {
            return 0;
        }
        return isPacked() ? Listpack.count(place.value()) / 2 : table.count();
    }

    /** Points the entry at the value of a field; false if there is none. */
    public boolean find(long field, int length, HashEntry found) {
        if (place.isNowhere()) {
            return false;
        }
        if (isPacked()) {
            long entry = search(field, length);
            if (entry != 0) {
                found.setValue(Listpack.next(entry));
            }
            return entry != 0;
        }
        long element = table.find(Hash.of(field, length), field, length);
        if (element != 0) {
            found.setElement(element);
        }
        return element != 0;
    }

    /** Sets a field; true if it is new. Neither text may lie in this hash. */
    public boolean put(long field, int fieldLength, long value, int valueLength) {
        if (isPacked()) {
            long most = limits.maxBytes().getAsLong();
            if (fieldLength <= most && valueLength <= most) {
                return putPacked(field, fieldLength, value, valueLength);
            }
            toTable();
        }
        return putElement(field, fieldLength, value, valueLength);
    }

    private boolean putPacked(long field, int fieldLength, long value, int valueLength) {
        long pack = place.value();
        long entry = search(field, fieldLength);
        int more = Listpack.entryBytes(value, valueLength);
        if (entry != 0) {
            long old = Listpack.next(entry);
            int bytes = Listpack.bytes(pack) + more - (int) (Listpack.next(old) - old);
            int before = Listpack.bytes(pack);
            long offset = old - pack;
            place.resize(Record.LISTPACK, Math.max(bytes, before));
            pack = place.value();
            Listpack.replace(pack, pack + offset, value, valueLength);
            if (bytes < before) {
                place.resize(Record.LISTPACK, bytes);
            }
            return false;
        }
        more += Listpack.entryBytes(field, fieldLength);
        int bytes = Listpack.bytes(pack) + more;
        if (count() >= limits.maxEntries().getAsLong() || bytes > MOST_PACKED_BYTES) {
            toTable();
            return putElement(field, fieldLength, value, valueLength);
        }
        place.resize(Record.LISTPACK, bytes);
        pack = place.value();
        Listpack.insert(pack, Listpack.end(pack), field, fieldLength);
        Listpack.insert(pack, Listpack.end(pack), value, valueLength);
        return true;
    }

    private boolean putElement(long field, int fieldLength, long value, int valueLength) {
        long hash = Hash.of(field, fieldLength);
        long old = table.find(hash, field, fieldLength);
        place.makeWritable();
        try {
            if (old == 0) {
                addElement(hash, field, fieldLength, value, valueLength);
                return true;
            }
            long size = Record.size(fieldLength, Record.flags(old), valueLength);
            if (table.isFoundMutable() && Slabs.roundUp(size) == slabs.usableSize(old)) {
                Record.setValueLength(old, valueLength);
                Memory.copy(value, Record.valueAddress(old), valueLength);
                return false;
            }
            long element = newElement(field, fieldLength, value, valueLength);
            try {
                old = table.replaceFound(element);
            } catch (OutOfMemory e) {
                slabs.free(element);
                throw e;
            }
            table.releaseRemoved(old);
            return false;
        } finally {
            table.save(place.value());
        }
    }

    /** Takes a field out; false if it is not there. An empty hash at a key is to be deleted. */
    public boolean remove(long field, int length) {
        if (place.isNowhere()) {
            return false;
        }
        if (isPacked()) {
            long entry = search(field, length);
            if (entry == 0) {
                return false;
            }
            long offset = entry - place.value();
            place.makeWritable();
            long pack = place.value();
            long from = pack + offset;
            Listpack.remove(pack, from, Listpack.next(Listpack.next(from)), 2);
            place.resize(Record.LISTPACK, Listpack.bytes(pack));
            return true;
        }
        if (table.find(Hash.of(field, length), field, length) == 0) {
            return false;
        }
        place.makeWritable();
        try {
            table.releaseRemoved(table.removeFound());
        } finally {
            table.save(place.value());
        }
        return true;
    }

    /** Points the entry at one of the hash, chosen uniformly; the hash must not be empty. */
    public void random(HashEntry chosen, RandomGenerator random) {
        if (isPacked()) {
            long pack = place.value();
            int entries = Listpack.count(pack);
            chosen.setPair(Listpack.seek(pack, 2 * random.nextInt(entries / 2), entries));
        } else {
            chosen.setElement(table.random(random));
        }
    }

    public void forEach(EntryVisitor visitor) {
        if (place.isNowhere()) {
            return;
        }
        if (isPacked()) {
            long pack = place.value();
            long end = Listpack.end(pack);
            for (long entry = Listpack.first(pack); entry != end; entry = afterPair(entry)) {
                own.setPair(entry);
                visitor.visit(own);
            }
        } else {
            TableScan.forEach(table.root(), table.rootDepth(), elements.to(visitor));
        }
    }

    /** A step of HSCAN: visits about {@code count} fields; a packed hash is one step. */
    public long scan(long cursor, int count, EntryVisitor visitor) {
        if (place.isNowhere() || isPacked()) {
            forEach(visitor);
            return 0;
        }
        return table.scan(cursor, count, elements.to(visitor));
    }

    /** Removes what is at the key; the hash must have one. */
    public void delete() {
        place.delete();
    }

    /** The entry of a field in the listpack, or 0. */
    private long search(long field, int length) {
        long pack = place.value();
        boolean canonical = Decimal.isCanonical(field, length);
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = afterPair(entry)) {
            if (Listpack.matches(entry, field, length, canonical)) {
                return entry;
            }
        }
        return 0;
    }

    private static long afterPair(long entry) {
        return Listpack.next(Listpack.next(entry));
    }

    private void attach() {
        if (!place.isNowhere() && !isPacked()) {
            table.attach(place.value());
        }
    }

    private boolean isPacked() {
        return place.encoding() == Record.LISTPACK;
    }

    /** Moves a listpack's fields into a table; nothing has changed if memory runs out. */
    private void toTable() {
        keyspace.epochs().reserve();
        table.create();
        boolean done = false;
        try {
            long pack = place.value();
            long end = Listpack.end(pack);
            for (long entry = Listpack.first(pack); entry != end; entry = afterPair(entry)) {
                own.setPair(entry);
                long hash = Hash.of(own.field, own.fieldLength);
                // Bytes out of a payload may have a field twice: the first one is what was read.
                if (table.find(hash, own.field, own.fieldLength) == 0) {
                    addElement(hash, own.field, own.fieldLength, own.value, own.valueLength);
                }
            }
            place.resize(Record.HASHTABLE, Table.HANDLE_BYTES);
            table.save(place.value());
            done = true;
        } finally {
            if (!done) {
                table.releaseTree(table.root());
            }
        }
    }

    /** Inserts a field that a find just missed. */
    private void addElement(long hash, long field, int fieldLength, long value, int valueLength) {
        long element = newElement(field, fieldLength, value, valueLength);
        try {
            table.insertNew(hash, element);
        } catch (OutOfMemory e) {
            slabs.free(element);
            throw e;
        }
    }

    private long newElement(long field, int fieldLength, long value, int valueLength) {
        int flags = Record.flagsFor(0, fieldLength);
        long element = slabs.allocate(Record.size(fieldLength, flags, valueLength));
        Record.write(element, field, fieldLength, Record.STRING, Record.RAW, flags, valueLength);
        Memory.copy(value, Record.valueAddress(element), valueLength);
        return element;
    }

    /** Hands the records of a table on as entries. */
    private final class ElementVisitor implements RecordVisitor {
        private EntryVisitor visitor = entry -> {};

        ElementVisitor to(EntryVisitor target) {
            visitor = target;
            return this;
        }

        @Override
        public void visit(long element) {
            own.setElement(element);
            visitor.visit(own);
        }
    }
}
