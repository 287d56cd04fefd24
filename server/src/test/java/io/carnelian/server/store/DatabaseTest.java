package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
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
        keyspace.nowMs(1500);
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
