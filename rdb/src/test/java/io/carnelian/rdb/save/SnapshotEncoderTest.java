package io.carnelian.rdb.save;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.format.FileText;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnapshotEncoderTest {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final RdbFacts FACTS =
            RdbFacts.of(NOW_MS, 12_345).at("0123456789abcdef0123456789abcdef01234567", 99, 0);

    private final Slabs slabs = new Slabs(new Pages());
    private final Keyspace keyspace = new Keyspace(slabs, 4);
    private final Key key = new Key();

    /** What a file says, by {@code db key} and AUX name. */
    private record Told(Map<String, String> entries, Map<String, String> facts, String sizes) {}

    private void set(int db, String name, String value, long expireAtMs) {
        long memory = slabs.allocate(name.length() + value.length() + 16L);
        Memory.copyIn(name.getBytes(StandardCharsets.ISO_8859_1), 0, memory, name.length());
        long valueAt = memory + name.length();
        Memory.copyIn(value.getBytes(StandardCharsets.ISO_8859_1), 0, valueAt, value.length());
        key.set(memory, name.length());
        Database database = keyspace.db(db);
        if (expireAtMs < 0) {
            database.setString(key, valueAt, value.length(), 0);
        } else {
            database.setString(key, valueAt, value.length(), expireAtMs);
        }
        slabs.free(memory);
    }

    private static byte[] encoded(SnapshotEncoder encoder, int chunkBytes) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ChunkSink sink =
                (chunk, length) -> {
                    file.write(chunk, 0, length);
                    return chunk;
                };
        encoder.encode(sink, new byte[chunkBytes]);
        assertThat(encoder.bytesDone()).isEqualTo(file.size());
        return file.toByteArray();
    }

    private static Told told(byte[] file) throws IOException {
        Map<String, String> entries = new HashMap<>();
        Map<String, String> facts = new HashMap<>();
        StringBuilder sizes = new StringBuilder();
        for (String line : FileText.lines(file)) {
            String[] words = line.split(" ", 4);
            switch (words[0]) {
                case "aux" -> facts.put(words[1], words[2]);
                case "sizes" -> sizes.append(words[1] + ":" + words[2] + "/" + words[3] + " ");
                default -> {
                    String name = words[1] + " " + words[2];
                    assertThat(entries.put(name, words[3].substring(2))).isNull();
                }
            }
        }
        return new Told(entries, facts, sizes.toString());
    }

    @Test
    void theFileIsTheKeyspaceAtTheCutHoweverItChangesMeanwhile() throws IOException {
        keyspace.nowMs(NOW_MS);
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            Map<String, String> model = new HashMap<>();
            for (int i = 0; i < 5000; i++) {
                int db = random.nextInt(3);
                String name = "k" + random.nextInt(3000);
                String value =
                        random.nextBoolean()
                                ? Long.toString(random.nextLong() >> random.nextInt(64))
                                : "v".repeat(random.nextInt(200));
                long expireAtMs = random.nextInt(4) == 0 ? NOW_MS + random.nextInt(1000) : -1;
                set(db, name, value, expireAtMs);
                model.put(db + " " + name, value + " @" + expireAtMs);
            }
            Snapshot snapshot = keyspace.cut();
            SnapshotEncoder encoder = new SnapshotEncoder(snapshot, FACTS, true, true);
            byte[] first = encoded(encoder, 100_000);
            for (int i = 0; i < 2000; i++) {
                set(random.nextInt(3), "k" + random.nextInt(4000), "changed", -1);
            }
            byte[] second = encoded(encoder, 64);
            assertThat(second).isEqualTo(first);
            assertThat(told(second).entries).as("seed %d", seed).isEqualTo(model);
            assertThat(encoder.keysDone()).isEqualTo(model.size());
            keyspace.end(snapshot);
            keyspace.flushAll();
            while (keyspace.releaseSome(1000) > 0) {}
        }
    }

    @Test
    void keysWhoseTimeWasOverAtTheCutAreThere() throws IOException {
        keyspace.nowMs(NOW_MS);
        set(0, "over", "x", NOW_MS + 5);
        set(2, "stays", "y", -1);
        keyspace.nowMs(NOW_MS + 10);
        Snapshot snapshot = keyspace.cut();
        Told told = told(encoded(new SnapshotEncoder(snapshot, FACTS, true, true), 64));
        assertThat(told.entries)
                .containsOnly(
                        Map.entry("0 over", "x @" + (NOW_MS + 5)), Map.entry("2 stays", "y @-1"));
        assertThat(told.sizes).isEqualTo("0:1/1 2:1/0 ");
        assertThat(told.facts)
                .containsOnly(
                        Map.entry("redis-ver", "7.2.4"),
                        Map.entry("redis-bits", "64"),
                        Map.entry("ctime", "1700000000"),
                        Map.entry("used-mem", "12345"),
                        Map.entry("repl-stream-db", "0"),
                        Map.entry("repl-id", "0123456789abcdef0123456789abcdef01234567"),
                        Map.entry("repl-offset", "99"),
                        Map.entry("aof-base", "0"));
        keyspace.end(snapshot);
    }

    @Test
    void aFileWithoutKeysHasItsFacts() throws IOException {
        set(0, "a", "1", -1);
        Snapshot snapshot = keyspace.cut();
        Told told = told(encoded(new SnapshotEncoder(snapshot, FACTS, false, false), 64));
        assertThat(told.entries).isEmpty();
        assertThat(told.facts).containsEntry("repl-offset", "99");
        keyspace.end(snapshot);
    }

    @Test
    void aSinkThatRefusesEndsTheWalk() {
        for (int i = 0; i < 1000; i++) {
            set(0, "k" + i, "v", -1);
        }
        Snapshot snapshot = keyspace.cut();
        SnapshotEncoder encoder = new SnapshotEncoder(snapshot, FACTS, true, true);
        ChunkSink broken =
                (chunk, length) -> {
                    throw new IOException("peer gone");
                };
        assertThatThrownBy(() -> encoder.encode(broken, new byte[1000])).hasMessage("peer gone");
        keyspace.end(snapshot);
    }
}
