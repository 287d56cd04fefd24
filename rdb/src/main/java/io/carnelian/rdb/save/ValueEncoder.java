package io.carnelian.rdb.save;

import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbWriter;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.ScoreCursor;
import io.carnelian.server.table.ScoredTable;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Encodes the value of one record, as a file or a DUMP payload has it: packed values as they are,
 * if the version knows such listpacks (10 and above, of sets 11), else element by element.
 */
public final class ValueEncoder {
    private static final int LISTPACK_VERSION = 10;
    private static final int SET_LISTPACK_VERSION = 11;

    private final RdbWriter writer;
    private final boolean listpacks;
    private final boolean setListpacks;

    /**
     * @param version of the file
     */
    public ValueEncoder(RdbWriter writer, int version) {
        this.writer = writer;
        this.listpacks = version >= LISTPACK_VERSION;
        this.setListpacks = version >= SET_LISTPACK_VERSION;
    }

    /** The byte that says how a value is written: one of {@link Opcodes}. */
    public int type(long record) {
        int encoding = Record.encoding(record);
        boolean packed = encoding == Record.LISTPACK && knowsListpack(Record.type(record));
        return switch (Record.type(record)) {
            case Record.STRING -> Opcodes.TYPE_STRING;
            case Record.LIST -> listpacks ? Opcodes.TYPE_LIST_QUICKLIST_2 : Opcodes.TYPE_LIST;
            case Record.SET -> {
                if (encoding == Record.INTSET) {
                    yield Opcodes.TYPE_SET_INTSET;
                }
                yield packed ? Opcodes.TYPE_SET_LISTPACK : Opcodes.TYPE_SET;
            }
            case Record.HASH -> packed ? Opcodes.TYPE_HASH_LISTPACK : Opcodes.TYPE_HASH;
            case Record.ZSET -> packed ? Opcodes.TYPE_ZSET_LISTPACK : Opcodes.TYPE_ZSET_2;
            default -> throw new IllegalStateException("type " + Record.type(record));
        };
    }

    /** Writes the value of a record of this {@link #type}. */
    public void write(long record) throws IOException {
        long value = Record.valueAddress(record);
        int encoding = Record.encoding(record);
        if (encoding == Record.INT) {
            writer.integer(Record.number(record));
        } else if (Record.type(record) == Record.LIST) {
            list(value, encoding == Record.LISTPACK);
        } else if (encoding == Record.SKIPLIST) {
            scored(value);
        } else if (encoding == Record.HASHTABLE) {
            elements(value, Record.type(record) == Record.HASH);
        } else if (encoding == Record.LISTPACK && !knowsListpack(Record.type(record))) {
            unpacked(Record.type(record), value);
        } else {
            writer.string(value, Record.valueLength(record));
        }
    }

    private boolean knowsListpack(int type) {
        return type == Record.SET ? setListpacks : listpacks;
    }

    /** What the version knows no listpack of, element by element. */
    private void unpacked(int type, long pack) throws IOException {
        int entries = Listpack.count(pack);
        writer.length(type == Record.SET ? entries : entries / 2);
        if (type == Record.ZSET) {
            pairs(pack);
        } else {
            entries(pack);
        }
    }

    /** A list as redis-server has it: a listpack for each chunk. */
    private void list(long value, boolean packed) throws IOException {
        if (!listpacks) {
            writer.length(packed ? Listpack.count(value) : Quicklist.count(value));
            if (packed) {
                entries(value);
            } else {
                Quicklist.<IOException>forEachPack(value, this::entries);
            }
        } else if (packed) {
            writer.length(1);
            chunk(value);
        } else {
            writer.length(Quicklist.chunks(value));
            Quicklist.<IOException>forEachPack(value, this::chunk);
        }
    }

    private void chunk(long pack) throws IOException {
        writer.length(Opcodes.QUICKLIST_PACKED);
        writer.string(pack, Listpack.bytes(pack));
    }

    private void entries(long pack) throws IOException {
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = Listpack.next(entry)) {
            entry(entry);
        }
    }

    private void entry(long entry) throws IOException {
        if (Listpack.isInteger(entry)) {
            writer.integer(Listpack.integer(entry));
        } else {
            writer.string(Listpack.stringAddress(entry), Listpack.stringLength(entry));
        }
    }

    /** Members and scores of a listpack. */
    private void pairs(long pack) throws IOException {
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = Listpack.next(entry)) {
            entry(entry);
            entry = Listpack.next(entry);
            writer.binaryDouble(
                    Listpack.isInteger(entry)
                            ? Listpack.integer(entry)
                            : Doubles.parse(
                                    Listpack.stringAddress(entry), Listpack.stringLength(entry)));
        }
    }

    /**
     * Members and scores as of the cut, the greatest score first: so redis-server has them, since a
     * member that comes before all others is added fastest.
     */
    private void scored(long handle) throws IOException {
        long count = ScoredTable.countOf(handle);
        writer.length(count);
        ScoreCursor cursor = new ScoreCursor();
        for (long i = 0; i < count; i++) {
            if (i == 0) {
                cursor.seek(ScoredTable.scoresOf(handle), count - 1);
            } else {
                cursor.previous();
            }
            long member = cursor.member();
            writer.string(Record.keyAddress(member), Record.keyLength(member));
            writer.binaryDouble(cursor.score());
        }
    }

    /** The elements of a table as of the cut: its root at that time leads to no others. */
    private void elements(long handle, boolean withValues) throws IOException {
        writer.length(Table.countOf(handle));
        try {
            TableScan.forEach(
                    Table.rootOf(handle),
                    Table.rootDepthOf(handle),
                    element -> element(element, withValues));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void element(long element, boolean withValue) {
        try {
            writer.string(Record.keyAddress(element), Record.keyLength(element));
            if (withValue) {
                writer.string(Record.valueAddress(element), Record.valueLength(element));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
