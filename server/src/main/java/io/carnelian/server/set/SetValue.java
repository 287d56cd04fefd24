package io.carnelian.server.set;

import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Intset;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Values;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One set, at a key or not yet: a view that is positioned on one after the other. It hides how the
 * set is kept.
 *
 * <pre>
 *   intset      the value is the packed array: integers, up to set-max-intset-entries of them
 *       │ first member that is no integer, or one too many; never back
 *       ▼
 *   hashtable   the value is the handle of a table; each member a record without a value
 * </pre>
 *
 * Reading takes any record of a set, also a snapshot's on its thread. A change needs {@link #edit}
 * first, which knows the key, or {@link #begin}, which makes a set that is at no key yet; the
 * record at a key is made writable by the first real change, not before.
 */
public final class SetValue {
    /** More members than an intset could count are not asked for by any setting. */
    private static final long MOST_PACKED = 1 << 30;

    private final Slabs slabs;
    private final Values values;
    private final Keyspace keyspace;
    private final Table table;
    private final LongSupplier maxIntsetEntries;
    private final Member own = new Member();
    private final ElementVisitor elements = new ElementVisitor();

    private long record;
    private @Nullable Database db;
    private @Nullable Key key;
    private boolean writable;

    /**
     * @param maxIntsetEntries members of a packed set at most: {@code set-max-intset-entries}
     */
    public SetValue(Keyspace keyspace, LongSupplier maxIntsetEntries) {
        this.keyspace = keyspace;
        this.slabs = keyspace.slabs();
        this.values = keyspace.values();
        this.table = values.newTableView();
        this.maxIntsetEntries = maxIntsetEntries;
    }

    /** Refuses a record of another type; a missing one passes. */
    public static void check(long record) {
        if (record != 0 && Record.type(record) != Record.SET) {
            throw Errors.WRONG_TYPE.error();
        }
    }

    /** Positions on a record for reading; 0 is an empty set. */
    public SetValue read(long of) {
        record = of;
        db = null;
        key = null;
        writable = false;
        attach();
        return this;
    }

    /** Positions on the set that a lookup found at a key, for reading and changing. */
    public SetValue edit(Database at, Key name, long found) {
        read(found);
        db = at;
        key = name;
        return this;
    }

    /** Positions on a new empty set that is at no key. It ends by {@link #store} or a discard. */
    public SetValue begin() {
        read(values.create(Record.SET, Record.INTSET, Intset.HEADER_BYTES));
        Intset.create(Record.valueAddress(record));
        writable = true;
        return this;
    }

    /** Puts the set that was begun at a key, in place of what is there. */
    public void store(Database at, Key name) {
        long made = record;
        record = 0;
        edit(at, name, values.put(at, name, made));
        writable = true;
    }

    /** Drops the set that was begun, unless it was stored; a big one is freed in slices. */
    public void discard() {
        if (record != 0 && db == null) {
            values.discard(record);
        }
        record = 0;
    }

    public long count() {
        if (record == 0) {
            return 0;
        }
        return isPacked() ? Intset.count(Record.valueAddress(record)) : table.count();
    }

    public boolean contains(Member member) {
        if (record == 0) {
            return false;
        }
        if (isPacked()) {
            return member.isInteger()
                    && Intset.contains(Record.valueAddress(record), member.number());
        }
        return table.find(member.hash(), member.address, member.length) != 0;
    }

    /** Adds a member; false if it is there already. */
    public boolean add(Member member) {
        if (isPacked()) {
            if (member.isInteger()) {
                return addPacked(member.number());
            }
            toTable();
        }
        if (table.find(member.hash(), member.address, member.length) != 0) {
            return false;
        }
        makeWritable();
        insert(member);
        return true;
    }

    private boolean addPacked(long number) {
        long set = Record.valueAddress(record);
        int found = Intset.find(set, number);
        if (found >= 0) {
            return false;
        }
        if (Intset.count(set) >= Math.min(maxIntsetEntries.getAsLong(), MOST_PACKED)) {
            toTable();
            makeWritable();
            insert(own.set(number));
            return true;
        }
        resize(Record.INTSET, (int) Intset.bytesWith(set, number));
        Intset.add(Record.valueAddress(record), number, found);
        return true;
    }

    /** Takes a member out; false if it is not there. An empty set at a key is to be deleted. */
    public boolean remove(Member member) {
        if (record == 0) {
            return false;
        }
        if (isPacked()) {
            int index = member.isInteger() ? find(member.number()) : -1;
            if (index < 0) {
                return false;
            }
            makeWritable();
            Intset.removeAt(Record.valueAddress(record), index);
            resize(Record.INTSET, (int) Intset.bytes(Record.valueAddress(record)));
            return true;
        }
        if (table.find(member.hash(), member.address, member.length) == 0) {
            return false;
        }
        makeWritable();
        try {
            table.releaseRemoved(table.removeFound());
        } finally {
            table.save(Record.valueAddress(record));
        }
        return true;
    }

    /** Points the member at one of the set, chosen uniformly; the set must not be empty. */
    public void random(Member chosen, RandomGenerator random) {
        if (isPacked()) {
            long set = Record.valueAddress(record);
            chosen.set(Intset.get(set, random.nextInt(Intset.count(set))));
        } else {
            long element = table.random(random);
            chosen.set(Record.keyAddress(element), Record.keyLength(element));
        }
    }

    public void forEach(MemberVisitor visitor) {
        if (record == 0) {
            return;
        }
        if (isPacked()) {
            long set = Record.valueAddress(record);
            for (int i = 0, n = Intset.count(set); i < n; i++) {
                visitor.visit(own.set(Intset.get(set, i)));
            }
        } else {
            TableScan.forEach(table.root(), table.rootDepth(), elements.to(visitor));
        }
    }

    /** A step of SSCAN: visits about {@code count} members; a packed set is one step. */
    public long scan(long cursor, int count, MemberVisitor visitor) {
        if (record == 0 || isPacked()) {
            forEach(visitor);
            return 0;
        }
        return table.scan(cursor, count, elements.to(visitor));
    }

    /** Removes what is at the key; the set must have one. */
    public void delete() {
        Database from = db;
        Key name = key;
        if (from == null || name == null) {
            throw new IllegalStateException("the set is at no key");
        }
        from.delete(name);
        record = 0;
    }

    private int find(long number) {
        return Intset.find(Record.valueAddress(record), number);
    }

    private boolean isPacked() {
        return Record.encoding(record) == Record.INTSET;
    }

    private void attach() {
        if (record != 0 && !isPacked()) {
            table.attach(Record.valueAddress(record));
        }
    }

    private void makeWritable() {
        Database at = db;
        Key name = key;
        if (!writable && at != null && name != null) {
            record = at.forWrite(name);
            writable = true;
        }
    }

    private void resize(int encoding, int bytes) {
        Database at = db;
        Key name = key;
        record =
                at == null || name == null
                        ? values.resize(record, encoding, bytes)
                        : values.resize(at, name, encoding, bytes);
        writable = true;
    }

    /** Inserts a member that is not there, into a record that is writable. */
    private void insert(Member member) {
        try {
            addElement(member);
        } finally {
            table.save(Record.valueAddress(record));
        }
    }

    /** Moves an intset's members into a table; nothing has changed if memory runs out. */
    private void toTable() {
        keyspace.epochs().reserve();
        table.create();
        boolean done = false;
        try {
            long set = Record.valueAddress(record);
            for (int i = 0, n = Intset.count(set); i < n; i++) {
                addElement(own.set(Intset.get(set, i)));
            }
            resize(Record.HASHTABLE, Table.HANDLE_BYTES);
            table.save(Record.valueAddress(record));
            done = true;
        } finally {
            if (!done) {
                table.releaseTree(table.root());
            }
        }
    }

    private void addElement(Member member) {
        int flags = Record.flagsFor(0, member.length);
        long element = slabs.allocate(Record.size(member.length, flags, 0));
        Record.write(element, member.address, member.length, Record.STRING, Record.RAW, flags, 0);
        try {
            table.find(member.hash(), member.address, member.length);
            table.insertNew(member.hash(), element);
        } catch (OutOfMemory e) {
            slabs.free(element);
            throw e;
        }
    }

    /** Hands the records of a table on as members. */
    private final class ElementVisitor implements RecordVisitor {
        private MemberVisitor visitor = member -> {};

        ElementVisitor to(MemberVisitor target) {
            visitor = target;
            return this;
        }

        @Override
        public void visit(long element) {
            visitor.visit(own.set(Record.keyAddress(element), Record.keyLength(element)));
        }
    }
}
