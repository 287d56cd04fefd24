package io.carnelian.rdb.check;

import io.carnelian.rdb.format.ArrayBlob;
import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbEntries;
import io.carnelian.rdb.format.RdbFormatException;
import io.carnelian.rdb.format.RdbReader;
import io.carnelian.rdb.load.LoadOptions;
import io.carnelian.rdb.load.LoadProgress;
import io.carnelian.rdb.load.Loader;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.rdb.load.ValueReader;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.zset.SortedSetLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Reads a file from its first byte to its checksum, builds every value and drops it again: what
 * passes here a server can load. Each part is told to a {@link Report} as it comes. Memory is
 * needed for one value at a time, so a file may be longer than the machine has memory; only {@link
 * #convert} holds all of it.
 */
public final class FileCheck implements RdbEntries.Listener {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int BIGGEST = 10;
    private static final int MOST_DATABASES = 100_000;
    private static final int CHUNK_BYTES = 256 * 1024;

    /** As a server has them that is not configured otherwise. */
    private static final ValueLimits LIMITS =
            new ValueLimits(
                    new HashLimits(() -> 512, () -> 64),
                    () -> 512,
                    () -> -2,
                    new SortedSetLimits(() -> 128, () -> 64));

    /** Hears what the file says. */
    public interface Report {
        void aux(long offset, String name, String value);

        void database(long offset, int db);
    }

    /** A key and the memory that it takes here, with its value. */
    public record Big(String key, int db, String type, long bytes) {}

    /** What was found; {@code problem} is empty if all of it is sound. */
    public record Found(
            int version,
            long offset,
            long keys,
            long expires,
            long expired,
            Map<String, Long> types,
            List<Big> biggest,
            int databases,
            String problem) {}

    private final Report report;
    private final long nowMs;
    private final RdbReader reader;
    private final ArrayBlob key = new ArrayBlob(1 << 16);
    private final RdbEntries entries;
    private final Map<String, Long> types = new TreeMap<>();
    private final PriorityQueue<Big> biggest =
            new PriorityQueue<>(Comparator.comparingLong(Big::bytes));
    private long keys;
    private long expires;
    private long expired;
    private int lastDb = -1;
    private int databases = 1;

    private FileCheck(InputStream file, Report report, long nowMs) {
        this.report = report;
        this.nowMs = nowMs;
        this.reader = new RdbReader(file, BUFFER_BYTES, true);
        this.entries = new RdbEntries(reader, this, MOST_DATABASES, key);
    }

    /**
     * Reads a whole file.
     *
     * @throws IOException if it can't be read; damage is no exception but an answer
     */
    public static Found check(Path path, Report report, long nowMs) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return new FileCheck(in, report, nowMs).run();
        }
    }

    private Found run() throws IOException {
        Slabs slabs = new Slabs(new Pages());
        Keyspace keyspace = new Keyspace(slabs, 1);
        ValueReader values = new ValueReader(keyspace, LIMITS, reader);
        values.deep(true);
        String problem = "";
        try {
            entries.begin();
            while (entries.next()) {
                entry(keyspace, values);
            }
        } catch (RdbFormatException e) {
            problem = e.getMessage() == null ? "damaged" : e.getMessage();
        } finally {
            values.close();
            keyspace.discard();
        }
        List<Big> sorted = new ArrayList<>(biggest);
        sorted.sort(Comparator.comparingLong(Big::bytes).reversed());
        return new Found(
                reader.version(),
                reader.offset(),
                keys,
                expires,
                expired,
                types,
                sorted,
                databases,
                problem);
    }

    private void entry(Keyspace keyspace, ValueReader values) throws IOException {
        if (entries.db() != lastDb) {
            lastDb = entries.db();
            databases = Math.max(databases, lastDb + 1);
            report.database(reader.offset(), lastDb);
        }
        String type = String.valueOf(Opcodes.typeName(entries.type()));
        long bytes = key.length();
        try {
            if (entries.type() == Opcodes.TYPE_STRING) {
                bytes += values.string().length();
            } else {
                long made = values.read(entries.type());
                if (made != 0) {
                    bytes += keyspace.memoryOf(made);
                    keyspace.values().discard(made);
                    while (keyspace.releaseSome(Integer.MAX_VALUE) > 0) {}
                }
            }
        } catch (RdbFormatException e) {
            throw e.at(RdbEntries.shown(key));
        }
        keys++;
        types.merge(type, 1L, Long::sum);
        long expireAtMs = entries.expireAtMs();
        if (expireAtMs != RdbEntries.NONE) {
            expires++;
            expired += expireAtMs < nowMs ? 1 : 0;
        }
        if (biggest.size() < BIGGEST || biggest.element().bytes() < bytes) {
            biggest.add(new Big(RdbEntries.shown(key), entries.db(), type, bytes));
            if (biggest.size() > BIGGEST) {
                biggest.remove();
            }
        }
    }

    @Override
    public void aux(String name, String value) {
        report.aux(reader.offset(), name, value);
    }

    /**
     * Writes the data of a sound file as another version.
     *
     * @param version 9 to 11
     */
    public static void convert(Path from, Found found, int version, OutputStream to, long nowMs)
            throws IOException {
        Keyspace keyspace = new Keyspace(new Slabs(new Pages()), found.databases());
        try (InputStream in = Files.newInputStream(from)) {
            LoadOptions options = LoadOptions.of(nowMs, false);
            new Loader(keyspace, LIMITS, options, new LoadProgress(nowMs, 0)).load(in);
            Snapshot snapshot = keyspace.cut();
            try {
                RdbFacts facts = RdbFacts.of(nowMs, keyspace.slabs().usedBytes());
                new SnapshotEncoder(snapshot, facts, true, true)
                        .compressed(true)
                        .inVersion(version)
                        .encode(
                                (chunk, length) -> {
                                    to.write(chunk, 0, length);
                                    return chunk;
                                },
                                new byte[CHUNK_BYTES]);
            } finally {
                keyspace.end(snapshot);
            }
        } finally {
            keyspace.discard();
        }
    }
}
