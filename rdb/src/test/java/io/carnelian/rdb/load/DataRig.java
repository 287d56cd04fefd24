package io.carnelian.rdb.load;

import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.server.hash.HashEntry;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.hash.HashValue;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.set.Member;
import io.carnelian.server.set.SetLimits;
import io.carnelian.server.set.SetValue;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import io.carnelian.server.zset.SortedSetLimits;
import io.carnelian.server.zset.SortedSetValue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** A keyspace with data of every type by chance, its file, and what it says as text. */
final class DataRig implements AutoCloseable {
    static final long NOW_MS = 1_700_000_000_000L;
    static final int DATABASES = 4;
    static final ValueLimits LIMITS =
            new ValueLimits(
                    new HashLimits(() -> 20, () -> 64),
                    new SetLimits(() -> 20, () -> 12, () -> 30),
                    () -> -2,
                    new SortedSetLimits(() -> 20, () -> 64));

    private final Slabs slabs;
    final Keyspace keyspace;
    private final Key key = new Key();
    private final long scratch;
    private final int scratchBytes = 1 << 20;

    DataRig(Pages pages) {
        slabs = new Slabs(pages);
        keyspace = new Keyspace(slabs, DATABASES);
        keyspace.nowMs(NOW_MS);
        scratch = slabs.allocate(scratchBytes);
    }

    static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Puts a text at a place of the scratch memory; the address. */
    private long at(int offset, byte[] text) {
        Memory.copyIn(text, 0, scratch + offset, text.length);
        return scratch + offset;
    }

    private static byte[] element(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> bytes(Long.toString(random.nextLong() >> random.nextInt(64)));
            case 1 -> bytes("e" + random.nextInt(1000));
            case 2 -> bytes("repeat".repeat(random.nextInt(10)));
            case 3 -> {
                byte[] some = new byte[random.nextInt(random.nextInt(30) == 0 ? 20_000 : 70)];
                random.nextBytes(some);
                yield some;
            }
            default -> bytes(Integer.toString(random.nextInt(300) - 100));
        };
    }

    /** Adds keys of every type. */
    void fill(Random random, int keys) {
        HashValue hash = new HashValue(keyspace, LIMITS.hash());
        SetValue set = new SetValue(keyspace, LIMITS.set());
        ListBuilder list = new ListBuilder(slabs, keyspace.values(), LIMITS.listFill());
        SortedSetValue sortedSet = new SortedSetValue(keyspace, LIMITS.sortedSet());
        Member member = new Member();
        HashEntry found = new HashEntry();
        for (int i = 0; i < keys; i++) {
            byte[] name = bytes("k" + random.nextInt(10 * keys));
            int db = random.nextInt(DATABASES);
            key.set(at(0, name), name.length);
            long expireAtMs = random.nextInt(4) == 0 ? NOW_MS + random.nextInt(100_000) : -1;
            int size = 1 + random.nextInt(random.nextInt(5) == 0 ? 300 : 25);
            long made;
            switch (random.nextInt(5)) {
                case 0 -> {
                    byte[] value = element(random);
                    keyspace.db(db).setString(key, at(64, value), value.length, expireAtMs);
                    continue;
                }
                case 1 -> {
                    for (int n = 0; n < size; n++) {
                        byte[] value = element(random);
                        list.push(at(64, value), value.length);
                    }
                    made = list.finish();
                }
                case 2 -> {
                    set.begin();
                    boolean integers = random.nextBoolean();
                    for (int n = 0; n < size; n++) {
                        byte[] value =
                                integers
                                        ? bytes("" + (random.nextInt() >> random.nextInt(32)))
                                        : element(random);
                        set.add(member.set(at(64, value), value.length));
                    }
                    made = set.take();
                }
                case 3 -> {
                    sortedSet.begin();
                    for (int n = 0; n < size; n++) {
                        byte[] value = element(random);
                        double score = random.nextBoolean() ? n / 3.0 : random.nextInt(9) - 4;
                        if (!sortedSet.find(at(64, value), value.length)) {
                            sortedSet.put(at(64, value), value.length, score);
                        }
                    }
                    made = sortedSet.take();
                }
                default -> {
                    hash.begin();
                    for (int n = 0; n < size; n++) {
                        byte[] field = element(random);
                        byte[] value = element(random);
                        int half = scratchBytes / 2;
                        long fieldAt = at(64, field);
                        // A long value that a short one replaced would leave a table behind.
                        if (!hash.find(fieldAt, field.length, found)) {
                            hash.put(fieldAt, field.length, at(half, value), value.length);
                        }
                    }
                    made = hash.take();
                }
            }
            keyspace.values().put(keyspace.db(db), key, made, expireAtMs);
        }
    }

    /** The file of what there is. */
    byte[] file(int version, boolean compress) throws IOException {
        Snapshot snapshot = keyspace.cut();
        try {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            SnapshotEncoder encoder =
                    new SnapshotEncoder(snapshot, RdbFacts.of(NOW_MS, 1), true, true)
                            .compressed(compress)
                            .inVersion(version);
            encoder.encode(
                    (chunk, length) -> {
                        file.write(chunk, 0, length);
                        return chunk;
                    },
                    new byte[5000]);
            return file.toByteArray();
        } finally {
            keyspace.end(snapshot);
        }
    }

    LoadResult load(byte[] file, LoadOptions options) throws IOException {
        LoadProgress progress = new LoadProgress(NOW_MS, file.length);
        return new Loader(keyspace, LIMITS, options, progress).load(new ByteArrayInputStream(file));
    }

    LoadResult load(byte[] file) throws IOException {
        return load(file, LoadOptions.of(NOW_MS, true));
    }

    /** Every key with its value, its encoding and its expiry. */
    Map<String, String> text() {
        Map<String, String> text = new TreeMap<>();
        for (int i = 0; i < DATABASES; i++) {
            String db = i + " ";
            keyspace.db(i)
                    .forEach(record ->
                            text.put(
                                    db + copy(Record.keyAddress(record), Record.keyLength(record)),
                                    encoding(record)
                                            + value(record)
                                            + " @"
                                            + Record.expireAt(record)));
        }
        return text;
    }

    private static String encoding(long record) {
        return Record.type(record) + "/" + Record.encoding(record) + " ";
    }

    String value(long record) {
        TreeSet<String> unordered = new TreeSet<>();
        switch (Record.type(record)) {
            case Record.STRING -> {
                return Record.encoding(record) == Record.INT
                        ? Long.toString(Record.number(record))
                        : copy(Record.valueAddress(record), Record.valueLength(record));
            }
            case Record.LIST -> {
                return ListText.of(record);
            }
            case Record.SET ->
                    new SetValue(keyspace, LIMITS.set())
                            .read(record)
                            .forEach(m -> unordered.add(copy(m.address, m.length)));
            case Record.ZSET ->
                    new SortedSetValue(keyspace, LIMITS.sortedSet())
                            .read(record)
                            .forEach(m ->
                                    unordered.add(copy(m.address, m.length) + " @ " + m.score));
            default ->
                    new HashValue(keyspace, LIMITS.hash())
                            .read(record)
                            .forEach(e ->
                                    unordered.add(
                                            copy(e.field, e.fieldLength)
                                                    + " => "
                                                    + copy(e.value, e.valueLength)));
        }
        return unordered.toString();
    }

    static String copy(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Drops everything and checks that nothing is left. */
    @Override
    public void close() {
        slabs.free(scratch);
        keyspace.drop();
        while (keyspace.releaseSome(10_000) > 0) {}
        keyspace.epochs().close();
        slabs.assertNoLeaks(0);
        slabs.close();
    }
}
