package io.carnelian.server.set;

import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Intset;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Place;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

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
    private final Place place;
    private final Keyspace keyspace;
    private final Table table;
    private final LongSupplier maxIntsetEntries;
    private final Member own = new Member();
    private final ElementVisitor elements = new ElementVisitor();

    /**
     * @param maxIntsetEntries members of a packed set at most: {@code set-max-intset-entries}
     */
    public SetValue(Keyspace keyspace, LongSupplier maxIntsetEntries) {
        this.keyspace = keyspace;
        this.slabs = keyspace.slabs();
        this.place = new Place(keyspace.values());
        this.table = keyspace.values().newTableView();
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
        place.read(of);
        attach();
        return this;
    }

    /** Positions on the set that a lookup found at a key, for reading and changing. */
    public SetValue edit(Database at, Key name, long found) {
        place.edit(at, name, found);
        attach();
        return this;
    }

    /** Positions on a new empty set that is at no key. It ends by {@link #store} or a discard. */
    public SetValue begin() {
        place.begin(Record.SET, Record.INTSET, Intset.HEADER_BYTES);
        Intset.create(place.value());
        return this;
    }

    /** Puts the set that was begun at a key, in place of what is there. */
    public void store(Database at, Key name) {
        place.store(at, name);
    }

    /** Drops the set that was begun, unless it was stored; a big one is freed in slices. */
    public void discard() {
        place.discard();
    }

    /** The record of the set that was begun, which is the caller's now; 0 if it is empty. */
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
        return isPacked() ? Intset.count(place.value()) : table.count();
    }

    public boolean contains(Member member) {
        if (place.isNowhere()) {
            return false;
        }
        if (isPacked()) {
            return member.isInteger() && Intset.contains(place.value(), member.number());
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
        place.makeWritable();
        insert(member);
        return true;
    }

    private boolean addPacked(long number) {
        long set = place.value();
        int found = Intset.find(set, number);
        if (found >= 0) {
            return false;
        }
        if (Intset.count(set) >= Math.min(maxIntsetEntries.getAsLong(), MOST_PACKED)) {
            toTable();
            place.makeWritable();
            insert(own.set(number));
            return true;
        }
        place.resize(Record.INTSET, (int) Intset.bytesWith(set, number));
        Intset.add(place.value(), number, found);
        return true;
    }

    /** Takes a member out; false if it is not there. An empty set at a key is to be deleted. */
    public boolean remove(Member member) {
        if (place.isNowhere()) {
            return false;
        }
        if (isPacked()) {
            int index = member.isInteger() ? find(member.number()) : -1;
            if (index < 0) {
                return false;
            }
            place.makeWritable();
            Intset.removeAt(place.value(), index);
            place.resize(Record.INTSET, (int) Intset.bytes(place.value()));
            return true;
        }
        if (table.find(member.hash(), member.address, member.length) == 0) {
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

    /** Points the member at one of the set, chosen uniformly; the set must not be empty. */
    public void random(Member chosen, RandomGenerator random) {
        if (isPacked()) {
            long set = place.value();
            chosen.set(Intset.get(set, random.nextInt(Intset.count(set))));
        } else {
            long element = table.random(random);
            chosen.set(Record.keyAddress(element), Record.keyLength(element));
        }
    }

    public void forEach(MemberVisitor visitor) {
        if (place.isNowhere()) {
            return;
        }
        if (isPacked()) {
            long set = place.value();
            for (int i = 0, n = Intset.count(set); i < n; i++) {
                visitor.visit(own.set(Intset.get(set, i)));
            }
        } else {
            TableScan.forEach(table.root(), table.rootDepth(), elements.to(visitor));
        }
    }

    /** A step of SSCAN: visits about {@code count} members; a packed set is one step. */
    public long scan(long cursor, int count, MemberVisitor visitor) {
        if (place.isNowhere() || isPacked()) {
            forEach(visitor);
            return 0;
        }
        return table.scan(cursor, count, elements.to(visitor));
    }

    /** Removes what is at the key; the set must have one. */
    public void delete() {
        place.delete();
    }

    private int find(long number) {
        return Intset.find(place.value(), number);
    }

    private boolean isPacked() {
        return place.encoding() == Record.INTSET;
    }

    private void attach() {
        if (!place.isNowhere() && !isPacked()) {
            table.attach(place.value());
        }
    }

    /** Inserts a member that is not there, into a record that is writable. */
    private void insert(Member member) {
        try {
            addElement(member);
        } finally {
            table.save(place.value());
        }
    }

    /** Moves an intset's members into a table; nothing has changed if memory runs out. */
    private void toTable() {
        keyspace.epochs().reserve();
        table.create();
        boolean done = false;
        try {
            long set = place.value();
            for (int i = 0, n = Intset.count(set); i < n; i++) {
                addElement(own.set(Intset.get(set, i)));
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
