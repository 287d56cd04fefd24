package io.carnelian.rdb.load;

import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbEntries;
import io.carnelian.rdb.format.RdbFormatException;
import io.carnelian.rdb.format.RdbReader;
import io.carnelian.rdb.format.Ziplist;
import io.carnelian.rdb.format.Zipmap;
import io.carnelian.server.hash.HashValue;
import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Intset;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.set.Member;
import io.carnelian.server.set.SetValue;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Values;
import io.carnelian.server.table.Record;
import io.carnelian.server.zset.SortedSetValue;
import java.io.IOException;

/**
 * Reads a value of any type but string, and builds it apart: a record that belongs to no database.
 *
 * <pre>
 *   listpack, intset within our limits    checked from end to end, adopted as it is
 *   everything else, beyond the limits    element by element, through the value's own class
 * </pre>
 *
 * Every byte comes from a file or a peer and is believed only when checked. What is damaged throws
 * and leaves nothing behind. An element that is there twice is damage, too: but in the listpack of
 * a hash it is only looked for when the reading is {@link #deep}, since that compares every field
 * with every other.
 */
public final class ValueReader {
    /** The value is {@link #pack}; no address is like that. */
    static final long PACKED = -1;

    private static final long MAX_COUNT = 1L << 40;
    private static final int DIGITS = 32;

    /** A member with its score: a length, a byte, eight bytes. */
    private static final int LEAST_MEMBER_BYTES = 10;

    private static final String TWINS = "Duplicate zset fields detected";

    private final Values values;
    private final Slabs slabs;
    private final ValueLimits limits;
    private final HashValue hash;
    private final SetValue set;
    private final SortedSetValue sortedSet;
    private final ListBuilder list;
    private final Member member = new Member();
    private final Ziplist ziplist = new Ziplist();
    private final Zipmap zipmap = new Zipmap();
    private final MemoryBlob one;
    private final MemoryBlob two;

    /** Room for the text of two integers. */
    private long digits;

    private String ziplistOf = "";
    private boolean deep;
    private long totalBytes;
    private final RdbReader in;

    private int packType;
    private int packEncoding;

    /** Length of the longest entry of the listpack that was checked last, as text. */
    private int longest;

    /** The element that was looked at last, as text. */
    private long text;

    private int textLength;

    public ValueReader(Keyspace keyspace, ValueLimits limits, RdbReader in) {
        this.values = keyspace.values();
        this.slabs = keyspace.slabs();
        this.limits = limits;
        this.in = in;
        this.hash = new HashValue(keyspace, limits.hash());
        this.set = new SetValue(keyspace, limits.set());
        this.sortedSet = new SortedSetValue(keyspace, limits.sortedSet());
        this.list = new ListBuilder(slabs, values, limits.listFill());
        this.one = new MemoryBlob(slabs);
        this.two = new MemoryBlob(slabs);
    }

    /** Whether listpacks are searched for elements that are there twice. */
    public void deep(boolean on) {
        deep = on;
    }

    /** How long the file is; a number of elements is only believed as far as they fit in there. */
    public void totalBytes(long bytes) {
        totalBytes = bytes;
    }

    /** The last string read by {@link #string}. */
    public MemoryBlob string() throws IOException {
        in.readString(one);
        return one;
    }

    /** Reads a string, which is {@link #pack} then; returns {@link #PACKED}. */
    long readString() throws IOException {
        in.readString(one);
        return packed(Record.STRING, Record.RAW);
    }

    /** Gives memory back; what comes next takes some again. */
    public void close() {
        one.close();
        two.close();
        if (digits != 0) {
            slabs.free(digits);
            digits = 0;
        }
    }

    /**
     * Reads a value that is no string.
     *
     * @return its record, or 0 if it has no element, as no value in a keyspace has
     */
    public long read(int type) throws IOException {
        long made = readOrPack(type);
        return made == PACKED ? adopted() : made;
    }

    /**
     * As {@link #read}, but does not make a record of bytes that are a packed value as they are:
     * {@link #PACKED} says that {@link #pack} is it.
     */
    long readOrPack(int type) throws IOException {
        try {
            return switch (type) {
                case Opcodes.TYPE_LIST -> plainList();
                case Opcodes.TYPE_LIST_ZIPLIST -> ziplists(1);
                case Opcodes.TYPE_LIST_QUICKLIST -> ziplists(in.readLength(MAX_COUNT));
                case Opcodes.TYPE_LIST_QUICKLIST_2 -> quicklist();
                case Opcodes.TYPE_SET -> plainSet();
                case Opcodes.TYPE_SET_INTSET -> intset();
                case Opcodes.TYPE_SET_LISTPACK -> setListpack();
                case Opcodes.TYPE_HASH -> plainHash();
                case Opcodes.TYPE_HASH_ZIPMAP -> hashZipmap();
                case Opcodes.TYPE_HASH_ZIPLIST -> hashZiplist();
                case Opcodes.TYPE_HASH_LISTPACK -> hashListpack();
                case Opcodes.TYPE_ZSET -> plainSortedSet(false);
                case Opcodes.TYPE_ZSET_2 -> plainSortedSet(true);
                case Opcodes.TYPE_ZSET_ZIPLIST -> sortedSetZiplist();
                case Opcodes.TYPE_ZSET_LISTPACK -> sortedSetListpack();
                case Opcodes.TYPE_MODULE_2, Opcodes.TYPE_MODULE_PRE_GA -> throw module();
                default -> throw cannotHold(type);
            };
        } finally {
            hash.discard();
            set.discard();
            sortedSet.discard();
            list.discard();
        }
    }

    private IOException cannotHold(int type) {
        return in.damaged("a value of type " + Opcodes.typeName(type) + ", which can't be held");
    }

    private IOException module() throws IOException {
        long id = in.readLength(Long.MAX_VALUE);
        return in.damaged(
                "The RDB file contains module data I can't load: no matching module type '"
                        + RdbEntries.moduleName(id)
                        + "'");
    }

    private long plainList() throws IOException {
        for (long n = in.readLength(MAX_COUNT); n > 0; n--) {
            in.readString(one);
            list.push(one.address(), one.size());
        }
        return list.finish();
    }

    private long ziplists(long nodes) throws IOException {
        for (long n = nodes; n > 0; n--) {
            beginZiplist("List");
            while (nextOfZiplist()) {
                textOfZiplist(0);
                list.push(text, textLength);
            }
        }
        return list.finish();
    }

    private long quicklist() throws IOException {
        for (long n = in.readLength(MAX_COUNT); n > 0; n--) {
            long container = in.readLength(MAX_COUNT);
            in.readString(one);
            if (one.size() == 0) {
                throw in.damaged("Quicklist node integrity check failed: it is empty");
            }
            if (container == Opcodes.QUICKLIST_PLAIN) {
                list.plain(one.address(), one.size());
            } else if (container == Opcodes.QUICKLIST_PACKED) {
                checkListpack();
                if (Listpack.count(one.address()) > 0) {
                    list.pack(one.address());
                }
            } else {
                throw in.damaged("unknown container " + container + " of a list's node");
            }
        }
        return list.finish();
    }

    private long plainSet() throws IOException {
        set.begin();
        for (long n = in.readLength(MAX_COUNT); n > 0; n--) {
            in.readString(one);
            add(one.address(), one.size());
        }
        return set.take();
    }

    private void add(long address, int length) throws IOException {
        if (!set.add(member.set(address, length))) {
            throw in.damaged("Duplicate set members detected");
        }
    }

    private long intset() throws IOException {
        in.readString(one);
        long pack = one.address();
        if (!Intset.isValid(pack, one.length())) {
            throw in.damaged("Intset integrity check failed.");
        }
        int count = Intset.count(pack);
        if (count <= limits.set().maxIntsetEntries().getAsLong()) {
            return count == 0 ? 0 : packed(Record.SET, Record.INTSET);
        }
        set.begin();
        for (int i = 0; i < count; i++) {
            set.add(member.set(Intset.get(pack, i)));
        }
        return set.take();
    }

    private long setListpack() throws IOException {
        readListpack();
        set.begin();
        long end = Listpack.end(one.address());
        for (long e = Listpack.first(one.address()); e != end; e = Listpack.next(e)) {
            textOf(e, 0);
            add(text, textLength);
        }
        return set.take();
    }

    private long plainHash() throws IOException {
        hash.begin();
        for (long n = in.readLength(MAX_COUNT); n > 0; n--) {
            in.readString(one);
            in.readString(two);
            put("Hash", one.address(), one.size(), two.address(), two.size());
        }
        return hash.take();
    }

    private void put(String of, long field, int fieldLength, long value, int valueLength)
            throws IOException {
        if (!hash.put(field, fieldLength, value, valueLength)) {
            throw in.damaged(of + " integrity check failed: a " + of + " with dup elements");
        }
    }

    private long hashZipmap() throws IOException {
        in.readString(one);
        zipmap.begin(one);
        hash.begin();
        Ziplist.Step step = zipmap.next();
        while (step == Ziplist.Step.ENTRY) {
            put(
                    "Zipmap",
                    one.address() + zipmap.fieldFrom(),
                    zipmap.fieldLength(),
                    one.address() + zipmap.valueFrom(),
                    zipmap.valueLength());
            step = zipmap.next();
        }
        if (step == Ziplist.Step.DAMAGED || hash.count() == 0) {
            throw in.damaged("Zipmap integrity check failed.");
        }
        return hash.take();
    }

    private long hashZiplist() throws IOException {
        beginZiplist("Hash");
        hash.begin();
        while (nextOfZiplist()) {
            textOfZiplist(0);
            long field = text;
            int fieldLength = textLength;
            if (!nextOfZiplist()) {
                throw in.damaged("Hash ziplist integrity check failed: a field has no value");
            }
            textOfZiplist(1);
            put("Hash ziplist", field, fieldLength, text, textLength);
        }
        return hash.take();
    }

    private long hashListpack() throws IOException {
        readListpack();
        long pack = one.address();
        int count = Listpack.count(pack);
        if (count % 2 != 0) {
            throw in.damaged("Hash listpack integrity check failed: a field has no value");
        }
        boolean small = count / 2 <= limits.hash().maxEntries().getAsLong();
        if (!deep && small && longest <= limits.hash().maxBytes().getAsLong()) {
            return count == 0 ? 0 : packed(Record.HASH, Record.LISTPACK);
        }
        hash.begin();
        long end = Listpack.end(pack);
        for (long e = Listpack.first(pack); e != end; ) {
            textOf(e, 0);
            long field = text;
            int fieldLength = textLength;
            long value = Listpack.next(e);
            textOf(value, 1);
            put("Hash listpack", field, fieldLength, text, textLength);
            e = Listpack.next(value);
        }
        return hash.take();
    }

    /**
     * Whether a member is there twice. That is always asked: a hash stays whole with such a field,
     * but of a sorted set's two structures one would keep what the other has freed.
     */
    private boolean hasTwins(long pack) {
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = afterPair(entry)) {
            textOf(entry, 0);
            boolean canonical = Decimal.isCanonical(text, textLength);
            for (long other = afterPair(entry); other != end; other = afterPair(other)) {
                if (Listpack.matches(other, text, textLength, canonical)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static long afterPair(long entry) {
        return Listpack.next(Listpack.next(entry));
    }

    private long plainSortedSet(boolean binary) throws IOException {
        long members = in.readLength(MAX_COUNT);
        if (members > limits.sortedSet().maxEntries().getAsLong()) {
            return bigSortedSet(members, binary);
        }
        sortedSet.begin();
        for (long n = members; n > 0; n--) {
            double score = scored(binary);
            addScored(one.address(), one.size(), score);
        }
        return sortedSet.take();
    }

    private long bigSortedSet(long members, boolean binary) throws IOException {
        sortedSet.beginTable();
        sortedSet.expect(Math.min(members, totalBytes / LEAST_MEMBER_BYTES));
        boolean single = true;
        for (long n = members; n > 0 && single; n--) {
            double score = scored(binary);
            single = sortedSet.gather(one.address(), one.size(), score, in.offset());
        }
        if (!single || !sortedSet.settle()) {
            throw new RdbFormatException(sortedSet.twinAt(), TWINS);
        }
        return sortedSet.take();
    }

    /** Reads a member into the first string, and its score. */
    private double scored(boolean binary) throws IOException {
        in.readString(one);
        double score = binary ? in.readBinaryDouble() : in.readTextDouble();
        if (Double.isNaN(score)) {
            throw in.damaged("Zset with NAN score detected");
        }
        return score;
    }

    private void addScored(long address, int length, double score) throws IOException {
        if (Double.isNaN(score)) {
            throw in.damaged("Zset with NAN score detected");
        }
        if (sortedSet.put(address, length, score) != SortedSetValue.Put.ADDED) {
            throw in.damaged(TWINS);
        }
    }

    private long sortedSetZiplist() throws IOException {
        beginZiplist("Zset");
        sortedSet.begin();
        while (nextOfZiplist()) {
            textOfZiplist(0);
            long name = text;
            int nameLength = textLength;
            if (!nextOfZiplist()) {
                throw in.damaged("Zset ziplist integrity check failed: a member has no score");
            }
            textOfZiplist(1);
            addScored(name, nameLength, Doubles.parse(text, textLength));
        }
        return sortedSet.take();
    }

    private long sortedSetListpack() throws IOException {
        readListpack();
        long pack = one.address();
        int count = Listpack.count(pack);
        if (count % 2 != 0 || !SortedSetValue.isSound(pack)) {
            throw in.damaged("Zset listpack integrity check failed.");
        }
        boolean small = count / 2 <= limits.sortedSet().maxEntries().getAsLong();
        boolean fits = small && longest <= limits.sortedSet().maxBytes().getAsLong();
        if (fits && !hasTwins(pack)) {
            return count == 0 ? 0 : packed(Record.ZSET, Record.LISTPACK);
        }
        sortedSet.begin();
        long end = Listpack.end(pack);
        for (long e = Listpack.first(pack); e != end; ) {
            textOf(e, 0);
            long name = text;
            int nameLength = textLength;
            long score = Listpack.next(e);
            textOf(score, 1);
            addScored(name, nameLength, Doubles.parse(text, textLength));
            e = Listpack.next(score);
        }
        return sortedSet.take();
    }

    private void readListpack() throws IOException {
        in.readString(one);
        checkListpack();
    }

    private void checkListpack() throws IOException {
        longest = Listpack.longest(one.address(), one.length());
        if (longest < 0) {
            throw in.damaged("Listpack integrity check failed.");
        }
    }

    private long packed(int type, int encoding) {
        packType = type;
        packEncoding = encoding;
        return PACKED;
    }

    /** The bytes of a value that {@link #readOrPack} left packed, or of a string. */
    MemoryBlob pack() {
        return one;
    }

    /** Its type: one of {@link Record}. */
    int packType() {
        return packType;
    }

    int packEncoding() {
        return packEncoding;
    }

    /** The packed bytes just read, as a value. */
    private long adopted() {
        long made = values.create(packType, packEncoding, one.size());
        Memory.copy(one.address(), Record.valueAddress(made), one.length());
        return made;
    }

    /** Points at an entry's text; an integer is written into the first or second place. */
    private void textOf(long entry, int place) {
        if (Listpack.isInteger(entry)) {
            write(Listpack.integer(entry), place);
        } else {
            text = Listpack.stringAddress(entry);
            textLength = Listpack.stringLength(entry);
        }
    }

    private void beginZiplist(String of) throws IOException {
        ziplistOf = of;
        in.readString(one);
        String problem = ziplist.begin(one);
        if (!problem.isEmpty()) {
            throw in.damaged(of + " ziplist integrity check failed: " + problem);
        }
    }

    private boolean nextOfZiplist() throws IOException {
        Ziplist.Step step = ziplist.next();
        if (step == Ziplist.Step.DAMAGED) {
            throw in.damaged(ziplistOf + " ziplist integrity check failed.");
        }
        return step == Ziplist.Step.ENTRY;
    }

    private void textOfZiplist(int place) {
        if (ziplist.isInteger()) {
            write(ziplist.integer(), place);
        } else {
            text = one.address() + ziplist.from();
            textLength = ziplist.length();
        }
    }

    private void write(long number, int place) {
        if (digits == 0) {
            digits = slabs.allocate(2 * DIGITS);
        }
        text = digits + (long) place * DIGITS;
        textLength = Decimal.length(number);
        Decimal.write(number, text, textLength);
    }
}
