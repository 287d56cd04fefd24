package io.carnelian.rdb.save;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbWriter;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a snapshot as an RDB file: the work of a snapshot thread. What is written depends on the
 * snapshot and the facts alone, so encoding it again gives the same bytes. Keys whose time was over
 * at the cut are written with their expiry, as redis-server does: the reader decides.
 *
 * <p>Progress may be read by any thread; everything else belongs to the thread that encodes.
 */
public final class SnapshotEncoder {
    private static final int KEYS_A_REPORT = 1024;
    private static final int REHEARSAL_BYTES = 128 * 1024;

    /** Slows the walk down, or ends it. */
    @FunctionalInterface
    public interface Pace {
        /** A key has been encoded; throws to end the walk. */
        void afterKey() throws IOException;
    }

    private final Snapshot snapshot;
    private final RdbFacts facts;
    private final boolean checksum;
    private final boolean withKeys;
    private boolean compress;
    private int version = Opcodes.VERSION;
    private @Nullable AccessClock clock;
    private Pace pace = () -> {};
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

    /** Encodes a snapshot for nobody: so this code is compiled before anybody waits for it. */
    public static void rehearse(Snapshot snapshot) {
        try {
            new SnapshotEncoder(snapshot, RdbFacts.of(0, 0), true, true)
                    .encode((chunk, length) -> chunk, new byte[REHEARSAL_BYTES]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether long strings are compressed; before {@link #encode}. */
    public SnapshotEncoder compressed(boolean on) {
        compress = on;
        return this;
    }

    /** The version of the file, 9 to 11; before {@link #encode}. */
    public SnapshotEncoder inVersion(int number) {
        version = number;
        return this;
    }

    /** By which clock it is told how keys were used, as of their encoding; null: not at all. */
    public SnapshotEncoder withUse(@Nullable AccessClock by) {
        clock = by;
        return this;
    }

    /** Who is asked after each key; before {@link #encode}. */
    public SnapshotEncoder at(Pace slower) {
        pace = slower;
        return this;
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
        writer.version(version);
        writer.compress(compress);
        ValueEncoder values = new ValueEncoder(writer, version);
        writer.header();
        facts.write(writer);
        if (withKeys) {
            try {
                for (int db = 0; db < snapshot.databases(); db++) {
                    if (snapshot.count(db) > 0) {
                        writer.selectDb(db);
                        writer.resizeDb(snapshot.count(db), snapshot.expiring(db));
                        snapshot.walk(db, record -> visit(writer, values, record));
                    }
                }
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        writer.end();
        report(writer);
    }

    private void visit(RdbWriter writer, ValueEncoder values, long record) {
        try {
            entry(writer, values, record);
            pace.afterKey();
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

    private void entry(RdbWriter writer, ValueEncoder values, long record) throws IOException {
        long expireAtMs = Record.expireAt(record);
        if (expireAtMs != Record.NEVER) {
            writer.expireAtMs(expireAtMs);
        }
        AccessClock with = clock;
        if (with != null) {
            if (with.isLfu()) {
                writer.frequency(with.frequency(Record.clock(record)));
            } else {
                writer.idle(with.idleSeconds(Record.clock(record)));
            }
        }
        writer.type(values.type(record));
        writer.string(Record.keyAddress(record), Record.keyLength(record));
        values.write(record);
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
