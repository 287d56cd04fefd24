package io.carnelian.rdb.save;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbWriter;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Encodes a snapshot as an RDB file: the work of a snapshot thread. What is written depends on the
 * snapshot and the facts alone, so encoding it again gives the same bytes. Keys whose time was over
 * at the cut are written with their expiry, as redis-server does: the reader decides.
 *
 * <p>Progress may be read by any thread; everything else belongs to the thread that encodes.
 */
public final class SnapshotEncoder {
    private static final int KEYS_A_REPORT = 1024;

    private final Snapshot snapshot;
    private final RdbFacts facts;
    private final boolean checksum;
    private final boolean withKeys;
    private volatile long keysDone;
    private volatile long bytesDone;

    private long keys;

    /**
     * @param checksum whether the file ends with its checksum, or with zero
     * @param withKeys false for a file that has only its facts
     */
    public SnapshotEncoder(Snapshot snapshot, RdbFacts facts, boolean checksum, boolean withKeys) {
        this.snapshot = snapshot;
        this.facts = facts;
        this.checksum = checksum;
        this.withKeys = withKeys;
    }

    /**
     * Encodes the whole file.
     *
     * @param chunk the first array to encode into
     * @throws IOException of the sink
     */
    public void encode(ChunkSink sink, byte[] chunk) throws IOException {
        keys = 0;
        RdbWriter writer = new RdbWriter(sink, chunk, Memory::copyOut, checksum);
        writer.header();
        facts.write(writer);
        if (withKeys) {
            try {
                for (int db = 0; db < snapshot.databases(); db++) {
                    if (snapshot.count(db) > 0) {
                        writer.selectDb(db);
                        writer.resizeDb(snapshot.count(db), snapshot.expiring(db));
                        snapshot.walk(db, record -> visit(writer, record));
                    }
                }
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        writer.end();
        report(writer);
    }

    private void visit(RdbWriter writer, long record) {
        try {
            entry(writer, record);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (++keys % KEYS_A_REPORT == 0) {
            report(writer);
        }
    }

    private void report(RdbWriter writer) {
        keysDone = keys;
        bytesDone = writer.bytesWritten();
    }

    private static void entry(RdbWriter writer, long record) throws IOException {
        long expireAtMs = Record.expireAt(record);
        if (expireAtMs != Record.NEVER) {
            writer.expireAtMs(expireAtMs);
        }
        int encoding = Record.encoding(record);
        writer.type(type(record));
        writer.string(Record.keyAddress(record), Record.keyLength(record));
        if (encoding == Record.INT) {
            writer.integer(Record.number(record));
        } else if (Record.type(record) == Record.LIST) {
            list(writer, record);
        } else if (encoding == Record.HASHTABLE) {
            elements(writer, Record.valueAddress(record), Record.type(record) == Record.HASH);
        } else {
            writer.string(Record.valueAddress(record), Record.valueLength(record));
        }
    }

    private static int type(long record) {
        int encoding = Record.encoding(record);
        return switch (Record.type(record)) {
            case Record.STRING -> Opcodes.TYPE_STRING;
            case Record.LIST -> Opcodes.TYPE_LIST_QUICKLIST_2;
            case Record.SET ->
                    encoding == Record.INTSET ? Opcodes.TYPE_SET_INTSET : Opcodes.TYPE_SET;
            case Record.HASH ->
                    encoding == Record.LISTPACK ? Opcodes.TYPE_HASH_LISTPACK : Opcodes.TYPE_HASH;
            default -> throw new IllegalStateException("type " + Record.type(record));
        };
    }

    /** A list as redis-server has it: a listpack for each chunk. */
    private static void list(RdbWriter writer, long record) throws IOException {
        long value = Record.valueAddress(record);
        if (Record.encoding(record) == Record.LISTPACK) {
            writer.length(1);
            chunk(writer, value);
        } else {
            writer.length(Quicklist.chunks(value));
            Quicklist.<IOException>forEachPack(value, pack -> chunk(writer, pack));
        }
    }

    private static void chunk(RdbWriter writer, long pack) throws IOException {
        writer.length(Opcodes.QUICKLIST_PACKED);
        writer.string(pack, Listpack.bytes(pack));
    }

    /** The elements of a table as of the cut: its root at that time leads to no others. */
    private static void elements(RdbWriter writer, long handle, boolean withValues)
            throws IOException {
        writer.length(Table.countOf(handle));
        TableScan.forEach(
                Table.rootOf(handle),
                Table.rootDepthOf(handle),
                element -> {
                    try {
                        writer.string(Record.keyAddress(element), Record.keyLength(element));
                        if (withValues) {
                            writer.string(
                                    Record.valueAddress(element), Record.valueLength(element));
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /** Keys encoded so far; behind by up to a thousand. */
    public long keysDone() {
        return keysDone;
    }

    /** Bytes encoded so far; behind by as much as {@link #keysDone}. */
    public long bytesDone() {
        return bytesDone;
    }
}
