package io.carnelian.server.store;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.TableInvariants;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A keyspace of small segments beside a model of it (a HashMap a database), random operations on
 * both, and the comparison of snapshots with the model's copy at their cut.
 */
final class SnapshotRig implements AutoCloseable {
    private static final int DATABASES = 2;
    private static final int BUFFER_BYTES = 4096;

    final Pages pages = new Pages(1L << 30);
    final Slabs slabs = new Slabs(pages);
    final Keyspace keyspace;
    final List<Map<String, String>> model = new ArrayList<>();
    final Random random;

    private final long keyBuffer;
    private final long otherKeyBuffer;
    private final long valueBuffer;
    private final long bufferBytes;
    private final Key key = new Key();
    private final Key otherKey = new Key();
    private int keys = 100;

    SnapshotRig(long seed) {
        random = new Random(seed);
        keyspace = new Keyspace(slabs, DATABASES, 1 + random.nextInt(3), 2 + random.nextInt(4));
        keyspace.nowMs(1000);
        for (int i = 0; i < DATABASES; i++) {
            model.add(new HashMap<>());
        }
        keyBuffer = slabs.allocate(BUFFER_BYTES);
        otherKeyBuffer = slabs.allocate(BUFFER_BYTES);
        valueBuffer = slabs.allocate(BUFFER_BYTES);
        bufferBytes =
                slabs.usableSize(keyBuffer)
                        + slabs.usableSize(otherKeyBuffer)
                        + slabs.usableSize(valueBuffer);
    }

    @Override
    public void close() {
        pages.close();
    }

    /** One random operation on keyspace and model. */
    void step() {
        if (random.nextInt(2000) == 0) {
            keys = 20 + random.nextInt(600);
        }
        int d = random.nextInt(8) == 0 ? 1 : 0;
        Database db = keyspace.db(d);
        Map<String, String> map = model.get(d);
        String name = "key:" + random.nextInt(1000) % keys;
        Key k = set(key, keyBuffer, name);
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> {
                String value = value();
                db.setString(k, put(valueBuffer, value), value.length(), 0);
                map.put(name, value + "@-1");
            }
            case 6 -> {
                String value = value();
                long at = 2000L + random.nextInt(1000);
                db.setString(k, put(valueBuffer, value), value.length(), at);
                map.put(name, value + "@" + at);
            }
            case 7, 8, 9, 10, 11 -> check(db.delete(k), map.remove(name) != null, "DEL");
            case 12 -> append(db, map, k, name);
            case 13 -> rename(db, map, k, name);
            case 14 -> expire(db, map, k, name);
            case 15 -> increment(db, map, k, name);
            case 16 -> move(k, name, d);
            case 17 -> keyspace.releaseSome(random.nextInt(64));
            case 18 -> rare();
            default -> check(text(db.peek(k)), map.get(name), "GET");
        }
        check(db.size(), (long) model.get(d).size(), "size");
    }

    /** Bytes that everything alive takes, when no snapshot lives and nothing waits. */
    long accountedBytes() {
        long[] sum = {bufferBytes + keyspace.overheadBytes() + keyspace.epochs().listBytes()};
        for (int i = 0; i < DATABASES; i++) {
            keyspace.db(i).forEach(record -> sum[0] += slabs.usableSize(record));
        }
        return sum[0];
    }

    /** Ends everything and compares the live state, its counts and its memory with the model. */
    void finish() {
        while (keyspace.epochs().hasReleases()) {
            keyspace.releaseSome(100);
        }
        for (int i = 0; i < DATABASES; i++) {
            Map<String, String> left = new HashMap<>(model.get(i));
            long[] expiring = {0};
            keyspace.db(i)
                    .forEach(record -> {
                        check(text(record), left.remove(name(record)), "final");
                        expiring[0] += Record.hasExpiry(record) ? 1 : 0;
                    });
            check(left.size(), 0, "keys missing at the end");
            check(keyspace.db(i).expires(), expiring[0], "expiring");
        }
        for (int i = 0; i < DATABASES; i++) {
            TableInvariants.check(keyspace.db(i).table());
        }
        slabs.assertNoLeaks(accountedBytes());
    }

    List<Map<String, String>> copyModel() {
        List<Map<String, String>> copy = new ArrayList<>();
        model.forEach(map -> copy.add(new HashMap<>(map)));
        return copy;
    }

    static void checkRecord(long record, Map<String, String> left) {
        String name = name(record);
        String expected = left.remove(name);
        check(text(record), expected, "in the snapshot: " + name);
    }

    static String name(long record) {
        return string(Record.keyAddress(record), Record.keyLength(record));
    }

    /** Value and expiry. */
    static @Nullable String text(long record) {
        if (record == 0) {
            return null;
        }
        String value =
                Record.encoding(record) == Record.INT
                        ? Long.toString(Record.number(record))
                        : string(Record.valueAddress(record), Record.valueLength(record));
        return value + "@" + Record.expireAt(record);
    }

    static void check(@Nullable Object actual, @Nullable Object expected, String what) {
        if (actual == null ? expected != null : !actual.equals(expected)) {
            throw new AssertionError(what + ": " + actual + " instead of " + expected);
        }
    }

    private void append(Database db, Map<String, String> map, Key k, String name) {
        long record = db.lookupWrite(k);
        if (record == 0) {
            return;
        }
        String old = map.getOrDefault(name, "");
        String value = old.substring(0, old.lastIndexOf('@'));
        if (value.length() > 1000) {
            return;
        }
        String more = value();
        long changed = db.resizeForWrite(k, value.length() + more.length());
        long to = Record.valueAddress(changed) + value.length();
        Memory.copy(put(valueBuffer, more), to, more.length());
        map.put(name, value + more + old.substring(value.length()));
    }

    private void increment(Database db, Map<String, String> map, Key k, String name) {
        long record = db.lookupWrite(k);
        if (record == 0 || Record.encoding(record) != Record.INT) {
            return;
        }
        long changed = db.forWrite(k);
        long next = Record.number(changed) + 1;
        Record.setNumber(changed, next);
        map.put(name, next + "@" + Record.expireAt(changed));
    }

    private void expire(Database db, Map<String, String> map, Key k, String name) {
        long record = db.lookupWrite(k);
        if (record == 0) {
            return;
        }
        String old = map.getOrDefault(name, "");
        String value = old.substring(0, old.lastIndexOf('@'));
        if (random.nextBoolean()) {
            long at = 5000L + random.nextInt(100);
            db.setExpire(k, at);
            map.put(name, value + "@" + at);
        } else {
            db.persist(k);
            map.put(name, value + "@-1");
        }
    }

    private void rename(Database db, Map<String, String> map, Key k, String name) {
        String to = "key:" + random.nextInt(keys);
        boolean renamed = db.rename(k, set(otherKey, otherKeyBuffer, to));
        check(renamed, map.containsKey(name), "RENAME");
        if (renamed) {
            map.put(to, map.remove(name));
        }
    }

    private void move(Key k, String name, int d) {
        Map<String, String> from = model.get(d);
        Map<String, String> to = model.get(1 - d);
        boolean possible = from.containsKey(name) && !to.containsKey(name);
        check(keyspace.db(d).moveTo(keyspace.db(1 - d), k), possible, "MOVE");
        if (possible) {
            to.put(name, from.remove(name));
        }
    }

    private void rare() {
        switch (random.nextInt(60)) {
            case 0 -> {
                int d = random.nextInt(DATABASES);
                keyspace.db(d).flush(true);
                model.get(d).clear();
            }
            case 1 -> {
                keyspace.swap(0, 1);
                model.add(model.removeFirst());
            }
            case 2 -> {
                String value = "big".repeat(1300);
                Key k = set(key, keyBuffer, "key:big");
                keyspace.db(0).setString(k, put(valueBuffer, value), value.length(), 0);
                model.getFirst().put("key:big", value + "@-1");
            }
            default -> keyspace.releaseSome(10);
        }
    }

    private String value() {
        return switch (random.nextInt(4)) {
            case 0, 1 -> Integer.toString(random.nextInt(100_000));
            case 2 -> "v".repeat(random.nextInt(40));
            default -> "w".repeat(random.nextInt(200));
        };
    }

    private Key set(Key key, long buffer, String name) {
        return key.set(put(buffer, name), name.length());
    }

    private static long put(long to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyIn(bytes, 0, to, bytes.length);
        return to;
    }

    private static String string(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
