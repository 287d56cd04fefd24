package io.carnelian.server.set;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Intset;
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
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * One set, at a key or not yet: a view that is positioned on one after the other. It hides how the
 * set is kept.
 *
 * <pre>
 *   intset      the value is the packed array: integers, up to set-max-intset-entries of them
 *     │   │ first member that is no integer, if set-max-listpack-entries allows it
 *     │   ▼
 *     │ listpack  the value is the packed members, in the order of their adding
 *     │   │ one too many, or too long; never back
 *     ▼   ▼
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

    /** Entries of any listpack here, so that integers alone stay below a gigabyte. */
    private static final long MOST_LISTED = 1 << 24;

    private final Slabs slabs;
    private final Place place;
    private final Keyspace keyspace;
    private final Table table;
    private final SetLimits limits;
    private final Member own = new Member();
    private final ElementVisitor elements = new ElementVisitor();

    /** For sets that are only read, or of which integers alone are packed. */
    public SetValue(Keyspace keyspace, LongSupplier maxIntsetEntries) {
        this(keyspace, SetLimits.intsets(maxIntsetEntries));
    }

    public SetValue(Keyspace keyspace, SetLimits limits) {
        this.keyspace = keyspace;
        this.slabs = keyspace.slabs();
        this.place = new Place(keyspace.values());
        this.table = keyspace.values().newTableView();
        this.limits = limits;
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
        return switch (place.encoding()) {
            case Record.INTSET -> Intset.count(place.value());
            case Record.LISTPACK -> Listpack.count(place.value());
            default -> table.count();
        };
    }

    public boolean contains(Member member) {
        if (place.isNowhere()) {
            return false;
        }
        return switch (place.encoding()) {
            case Record.INTSET ->
                    member.isInteger() && Intset.contains(place.value(), member.number());
            case Record.LISTPACK -> search(member) != 0;
            default -> table.find(member.hash(), member.address, member.length) != 0;
        };
    }

    /** Adds a member; false if it is there already. */
    public boolean add(Member member) {
        if (place.encoding() == Record.INTSET) {
            if (member.isInteger()) {
                return addPacked(member.number());
            }
            if (fitsListpack(member)) {
                toListpack();
            } else {
                toTable();
            }
        }
        if (place.encoding() == Record.LISTPACK) {
            if (search(member) != 0) {
                return false;
            }
            if (fitsListpack(member)) {
                append(member);
                return true;
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
        long most = Math.min(limits.maxIntsetEntries().getAsLong(), MOST_PACKED);
        if (Intset.count(set) == 0 && most == 0 && fitsListpack(own.set(number))) {
            toListpack();
            append(own);
            return true;
        }
        if (Intset.count(set) >= most) {
            toTable();
            place.makeWritable();
            insert(own.set(number));
            return true;
        }
        place.resize(Record.INTSET, (int) Intset.bytesWith(set, number));
        Intset.add(place.value(), number, found);
        return true;
    }

    /** Whether the members and this one, which is not among them, may be a listpack. */
    private boolean fitsListpack(Member member) {
        long value = place.value();
        boolean integers = place.encoding() == Record.INTSET;
        int count = integers ? Intset.count(value) : Listpack.count(value);
        if (count >= Math.min(limits.maxListpackEntries().getAsLong(), MOST_LISTED)) {
            return false;
        }
        long longest = limits.maxListpackBytes().getAsLong();
        if (integers && count > 0 && longest < Decimal.MAX_BYTES) {
            int first = Decimal.length(Intset.get(value, 0));
            int last = Decimal.length(Intset.get(value, count - 1));
            longest = Math.max(first, last) > longest ? -1 : longest;
        }
        boolean roomy = integers || Listpack.bytes(value) + (long) member.length < MOST_PACKED;
        return member.length <= longest && roomy;
    }

    private void append(Member member) {
        int more = Listpack.entryBytes(member.address, member.length);
        place.resize(Record.LISTPACK, Listpack.bytes(place.value()) + more);
        long pack = place.value();
        Listpack.insert(pack, Listpack.end(pack), member.address, member.length);
    }

    /** The entry of a member in the listpack, or 0. */
    private long search(Member member) {
        long pack = place.value();
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = Listpack.next(entry)) {
            if (Listpack.matches(entry, member.address, member.length, member.isInteger())) {
                return entry;
            }
        }
        return 0;
    }

    /** Takes a member out; false if it is not there. An empty set at a key is to be deleted. */
    public boolean remove(Member member) {
        if (place.isNowhere()) {
            return false;
        }
        return switch (place.encoding()) {
            case Record.INTSET -> removeInteger(member);
            case Record.LISTPACK -> removeEntry(member);
            default -> removeElement(member);
        };
    }

    private boolean removeInteger(Member member) {
        int index = member.isInteger() ? find(member.number()) : -1;
        if (index < 0) {
            return false;
        }
        place.makeWritable();
        Intset.removeAt(place.value(), index);
        place.resize(Record.INTSET, (int) Intset.bytes(place.value()));
        return true;
    }

    private boolean removeEntry(Member member) {
        long entry = search(member);
        if (entry == 0) {
            return false;
        }
        long offset = entry - place.value();
        place.makeWritable();
        long pack = place.value();
        Listpack.remove(pack, pack + offset);
        place.resize(Record.LISTPACK, Listpack.bytes(pack));
        return true;
    }

    private boolean removeElement(Member member) {
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
        long value = place.value();
        switch (place.encoding()) {
            case Record.INTSET ->
                    chosen.set(Intset.get(value, random.nextInt(Intset.count(value))));
            case Record.LISTPACK -> {
                int count = Listpack.count(value);
                var _ = at(Listpack.seek(value, random.nextInt(count), count), chosen);
            }
            default -> {
                long element = table.random(random);
                chosen.set(Record.keyAddress(element), Record.keyLength(element));
            }
        }
    }

    public void forEach(MemberVisitor visitor) {
        if (place.isNowhere()) {
            return;
        }
        if (isPacked()) {
            forEachPacked(visitor);
        } else {
            TableScan.forEach(table.root(), table.rootDepth(), elements.to(visitor));
        }
    }

    private void forEachPacked(MemberVisitor visitor) {
        long value = place.value();
        if (place.encoding() == Record.INTSET) {
            for (int i = 0, n = Intset.count(value); i < n; i++) {
                visitor.visit(own.set(Intset.get(value, i)));
            }
            return;
        }
        long end = Listpack.end(value);
        for (long entry = Listpack.first(value); entry != end; entry = Listpack.next(entry)) {
            visitor.visit(at(entry, own));
        }
    }

    /** Points a member at an entry of a listpack. */
    private static Member at(long entry, Member member) {
        return Listpack.isInteger(entry)
                ? member.set(Listpack.integer(entry))
                : member.set(Listpack.stringAddress(entry), Listpack.stringLength(entry));
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
        return place.encoding() != Record.HASHTABLE;
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

    /** Writes an intset's members as a listpack; nothing has changed if memory runs out. */
    private void toListpack() {
        long bytes = Intset.bytes(place.value());
        long set = slabs.allocate(bytes);
        try {
            Memory.copy(place.value(), set, bytes);
            int count = Intset.count(set);
            int room = Listpack.EMPTY_BYTES;
            for (int i = 0; i < count; i++) {
                room += Listpack.entryBytes(Intset.get(set, i));
            }
            place.resize(Record.LISTPACK, room);
            long pack = place.value();
            Listpack.create(pack);
            for (int i = 0; i < count; i++) {
                Listpack.insert(pack, Listpack.end(pack), Intset.get(set, i));
            }
        } finally {
            slabs.free(set);
        }
    }

    /** Moves packed members into a table; nothing has changed if memory runs out. */
    private void toTable() {
        keyspace.epochs().reserve();
        table.create();
        boolean done = false;
        try {
            forEachPacked(this::addElement);
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
