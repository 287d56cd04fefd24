package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.TableInvariants;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);
    private final Keyspace keyspace = new Keyspace(slabs, 2);
    private final Database db = keyspace.db(0);
    private final long keyBuffer = slabs.allocate(200_000);
    private final long valueBuffer = slabs.allocate(200_000);
    private final Key key = new Key();

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void getsWhatWasSet() {
        set("a", "hello");
        set("b", "12345");
        set("c", "x".repeat(100));
        assertThat(get("a")).isEqualTo("hello");
        assertThat(get("b")).isEqualTo("12345");
        assertThat(get("c")).isEqualTo("x".repeat(100));
        assertThat(Record.encoding(db.peek(key("a")))).isEqualTo(Record.EMBSTR);
        assertThat(Record.encoding(db.peek(key("b")))).isEqualTo(Record.INT);
        assertThat(Record.encoding(db.peek(key("c")))).isEqualTo(Record.RAW);
        assertThat(get("d")).isNull();
        assertThat(db.size()).isEqualTo(3);
        assertThat(db.delete(key("a"))).isTrue();
        assertThat(db.delete(key("a"))).isFalse();
        assertThat(get("a")).isNull();
    }

    @Test
    void behavesAsAMap() {
        Random random = new Random(Seed.of(DatabaseTest.class));
        Map<String, String> model = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            String name = "key:" + random.nextInt(5000);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    String value = value(random);
                    set(name, value);
                    model.put(name, value);
                }
                case 2 -> assertThat(get(name)).isEqualTo(model.get(name));
                default -> assertThat(db.delete(key(name))).isEqualTo(model.remove(name) != null);
            }
            assertThat(db.size()).isEqualTo(model.size());
        }
        model.forEach((name, value) -> assertThat(get(name)).isEqualTo(value));
        keyspace.flushAll();
        while (keyspace.releaseSome(1000) == 1000) {}
        assertThat(db.size()).isZero();
    }

    @Test
    void expiresOnAccess() {
        keyspace.nowMs(1000);
        StringBuilder heard = new StringBuilder();
        keyspace.expiredListener((database, k) -> heard.append(text(k.address, k.length)));
        db.setString(key("k"), put(valueBuffer, "v"), 1, 1500L);
        assertThat(get("k")).isEqualTo("v");
        assertThat(db.expires()).isEqualTo(1);
        keyspace.nowMs(1501);
        keyspace.expiredKeys(Keyspace.EXPIRED_HIDE);
        assertThat(get("k")).isNull();
        assertThat(db.size()).isEqualTo(1);
        keyspace.expiredKeys(Keyspace.EXPIRED_DELETE);
        assertThat(get("k")).isNull();
        assertThat(db.size()).isZero();
        assertThat(db.expires()).isZero();
        assertThat(heard.toString()).isEqualTo("k");
    }

    @Test
    void keepsLongKeys() {
        String name = "k".repeat(70_000);
        set(name, "v");
        assertThat(get(name)).isEqualTo("v");
        assertThat(get("k".repeat(65_535))).isNull();
    }

    @Test
    void findsExpiredKeysThatNobodyAsksFor() {
        keyspace.nowMs(1000);
        Set<String> heard = new HashSet<>();
        keyspace.expiredListener((database, k) -> heard.add(text(k.address, k.length)));
        for (int i = 0; i < 3000; i++) {
            long at = i % 3 == 0 ? Record.NEVER : i % 3 == 1 ? 2000 + i : 100_000;
            db.setString(key("key:" + i), put(valueBuffer, "v"), 1, at);
        }
        assertThat(db.expires()).isEqualTo(2000);
        assertThat(db.expireSlice(1000, 1000)).isZero();
        keyspace.nowMs(3500);
        int deleted = 0;
        for (int i = 0; i < 100; i++) {
            deleted += db.expireSlice(2, 17);
        }
        assertThat(deleted).isEqualTo(500);
        assertThat(heard).hasSize(500).contains("key:1", "key:1498").doesNotContain("key:1501");
        keyspace.nowMs(50_000);
        while (db.expireSlice(16, 100) > 0) {}
        assertThat(db.expires()).isEqualTo(1000);
        assertThat(db.size()).isEqualTo(2000);
        assertThat(keyspace.expiredTotal()).isEqualTo(1000);
        assertThat(db.averageTtlMs()).isBetween(1L, 100_000L);
        TableInvariants.check(db.table());
    }

    @Test
    void activeExpiryLeavesWhatASnapshotSees() {
        keyspace.nowMs(1000);
        for (int i = 0; i < 500; i++) {
            db.setString(key("key:" + i), put(valueBuffer, "v"), 1, 2000L);
        }
        Snapshot snapshot = keyspace.cut();
        keyspace.nowMs(3000);
        while (db.expireSlice(16, 100) > 0) {}
        assertThat(db.size()).isZero();
        int[] seen = {0};
        snapshot.walk(0, record -> seen[0] += Record.expireAt(record) == 2000 ? 1 : 0);
        assertThat(seen[0]).isEqualTo(500);
        assertThat(snapshot.walkedKeys()).isEqualTo(500);
        assertThat(keyspace.epochs().limboBytes()).isPositive();
        keyspace.end(snapshot);
        while (keyspace.epochs().hasReleases()) {
            keyspace.releaseSome(100);
        }
        assertThat(keyspace.epochs().limboBytes()).isZero();
    }

    @Test
    void manyShortSnapshotsDuringALongOneHoldLittle() {
        for (int i = 0; i < 200; i++) {
            set("key:" + i, "v".repeat(100));
        }
        Snapshot lasting = keyspace.cut();
        long most = 0;
        for (int round = 0; round < 200; round++) {
            Snapshot shortOne = keyspace.cut();
            for (int i = 0; i < 200; i++) {
                set("key:" + i, "w".repeat(100 + round % 3));
            }
            keyspace.end(shortOne);
            while (keyspace.epochs().hasReleases()) {
                keyspace.releaseSome(100);
            }
            most = Math.max(most, keyspace.epochs().limboBytes());
        }
        assertThat(most).isLessThan(3 * 200 * 160);
        int[] seen = {0};
        lasting.walk(0, record -> seen[0] += Record.valueLength(record) == 100 ? 1 : 0);
        assertThat(seen[0]).isEqualTo(200);
        keyspace.end(lasting);
    }

    @Test
    void notesAccessesInTheClock() {
        keyspace.nowMs(1_000_000);
        set("a", "x");
        keyspace.nowMs(1_060_000);
        long record = db.peek(key("a"));
        assertThat(keyspace.accessClock().idleSeconds(Record.clock(record))).isEqualTo(60);
        db.lookupRead(key("a"), Database.NO_TOUCH);
        assertThat(keyspace.accessClock().idleSeconds(Record.clock(record))).isEqualTo(60);
        db.lookupRead(key("a"));
        assertThat(keyspace.accessClock().idleSeconds(Record.clock(record))).isZero();
        assertThat(keyspace.hits()).isEqualTo(2);

        keyspace.accessClock().useLfu(true);
        set("b", "x");
        long counted = db.peek(key("b"));
        assertThat(keyspace.accessClock().frequency(Record.clock(counted))).isEqualTo(5);
        for (int i = 0; i < 10_000; i++) {
            db.lookupRead(key("b"));
        }
        assertThat(keyspace.accessClock().frequency(Record.clock(counted))).isBetween(20, 80);
        keyspace.nowMs(1_060_000 + 3 * 60_000);
        int decayed = keyspace.accessClock().frequency(Record.clock(counted));
        keyspace.nowMs(1_060_000);
        assertThat(keyspace.accessClock().frequency(Record.clock(counted))).isEqualTo(decayed + 3);
    }

    @Test
    void choosesRandomKeysThatLive() {
        keyspace.nowMs(1000);
        assertThat(db.randomKey()).isZero();
        db.setString(key("dead"), put(valueBuffer, "v"), 1, 500L);
        assertThat(db.randomKey()).isZero();
        assertThat(db.size()).isZero();
        set("alive", "v");
        db.setString(key("dead"), put(valueBuffer, "v"), 1, 500L);
        assertThat(Record.keyLength(db.randomKey())).isEqualTo(5);
        keyspace.expiredKeys(Keyspace.EXPIRED_HIDE);
        db.setString(key("dead"), put(valueBuffer, "v"), 1, 500L);
        assertThat(db.randomKey()).isNotZero();
    }

    @Test
    void changesNothingWithoutMemory() {
        Random random = new Random(Seed.of(DatabaseTest.class));
        Map<String, String> model = new HashMap<>();
        Snapshot snapshot = keyspace.cut();
        for (int round = 0; round < 100; round++) {
            if (round % 10 == 0) {
                keyspace.end(snapshot);
                keyspace.releaseSome(100_000);
                snapshot = keyspace.cut();
            }
            pages.limitBytes(pages.usedBytes() + ((long) random.nextInt(3) << 16));
            int refused = 0;
            for (int i = 0; i < 300 && refused < 5; i++) {
                String name = "key:" + random.nextInt(3000);
                String value = "v".repeat(random.nextInt(500)) + "x";
                try {
                    if (random.nextInt(3) != 0) {
                        set(name, value);
                        model.put(name, value);
                    } else {
                        String to = "key:" + random.nextInt(3000);
                        long toBytes = put(keyBuffer + 1000, to);
                        if (db.rename(key(name), new Key().set(toBytes, to.length()))) {
                            model.put(to, model.remove(name));
                        }
                    }
                } catch (OutOfMemory e) {
                    refused++;
                }
            }
            assertThat(db.size()).isEqualTo(model.size());
        }
        model.forEach((name, value) -> assertThat(get(name)).isEqualTo(value));
        TableInvariants.check(db.table());
    }

    @Test
    void roomForAppendsGrowsByHalves() {
        set("k", "x");
        int moves = 0;
        long before = 0;
        for (int i = 1; i < 20_000; i++) {
            db.lookupWrite(key("k"));
            long record = db.resizeForWrite(key("k"), i + 1);
            Memory.putByte(Record.valueAddress(record) + i, (byte) 'y');
            moves += record == before ? 0 : 1;
            before = record;
        }
        assertThat(get("k")).isEqualTo("x" + "y".repeat(19_999));
        assertThat(moves).isLessThan(25);
    }

    private static String value(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> Integer.toString(random.nextInt());
            case 1 -> "v".repeat(random.nextInt(44));
            default -> "w".repeat(random.nextInt(300));
        };
    }

    private Key key(String name) {
        return key.set(put(keyBuffer, name), name.length());
    }

    private void set(String name, String value) {
        Key k = key(name);
        db.setString(k, put(valueBuffer, value), value.length(), 0);
    }

    private @Nullable String get(String name) {
        long record = db.lookupRead(key(name));
        if (record == 0) {
            return null;
        }
        return Record.encoding(record) == Record.INT
                ? Long.toString(Record.number(record))
                : text(Record.valueAddress(record), Record.valueLength(record));
    }

    private static long put(long to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyIn(bytes, 0, to, bytes.length);
        return to;
    }

    private static String text(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
