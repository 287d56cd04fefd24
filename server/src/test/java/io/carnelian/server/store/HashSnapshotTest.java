package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.hash.HashEntry;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.hash.HashValue;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.MemoryFault;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random operations on hashes beside a model, with up to three snapshots alive, each of which must
 * show the state at its cut whenever it is read until it ends. At the end every byte is accounted
 * for. Segments and thresholds are small, so that conversions, splits and merges are frequent.
 */
class HashSnapshotTest {
    private static final int SEEDS = 40;
    private static final int OPERATIONS = 4000;
    private static final int BUFFER_BYTES = 64;

    @Test
    void snapshotsShowTheHashesOfTheirCut() {
        long first = Seed.of(HashSnapshotTest.class);
        for (long seed = first; seed < first + SEEDS; seed++) {
            try (Rig rig = new Rig(seed)) {
                rig.run();
            } catch (AssertionError | MemoryFault | RuntimeException e) {
                e.addSuppressed(new Exception("seed " + seed));
                throw e;
            }
        }
    }

    /** What a cut must show. */
    private record Frozen(Snapshot snapshot, List<Map<String, Map<String, String>>> model) {}

    private static final class Rig implements AutoCloseable {
        private final Pages pages = new Pages(1L << 28);
        private final Slabs slabs = new Slabs(pages);
        private final Random random;
        private final Keyspace keyspace;
        private final HashValue hash;
        private final HashValue reader;
        private final HashEntry entry = new HashEntry();
        private final List<Map<String, Map<String, String>>> model = new ArrayList<>();
        private final List<Frozen> live = new ArrayList<>();
        private final Key key = new Key();
        private final Key otherKey = new Key();
        private final long keyBuffer = slabs.allocate(BUFFER_BYTES);
        private final long otherBuffer = slabs.allocate(BUFFER_BYTES);
        private final long fieldBuffer = slabs.allocate(BUFFER_BYTES);
        private final long valueBuffer = slabs.allocate(BUFFER_BYTES);

        Rig(long seed) {
            random = new Random(seed);
            keyspace = new Keyspace(slabs, 2, 3 + random.nextInt(2), 2 + random.nextInt(2));
            HashLimits limits = new HashLimits(() -> 6, () -> 20);
            hash = new HashValue(keyspace, limits);
            reader = new HashValue(keyspace, limits);
            model.add(new HashMap<>());
            model.add(new HashMap<>());
        }

        @Override
        public void close() {
            pages.close();
        }

        void run() {
            for (int i = 0; i < OPERATIONS; i++) {
                step();
                if (random.nextInt(60) == 0 && live.size() < 3) {
                    live.add(new Frozen(keyspace.cut(), copyModel()));
                }
                if (!live.isEmpty() && random.nextInt(20) == 0) {
                    Frozen frozen = live.get(random.nextInt(live.size()));
                    check(frozen);
                    if (random.nextInt(3) == 0) {
                        live.remove(frozen);
                        keyspace.end(frozen.snapshot());
                    }
                }
            }
            for (Frozen frozen : live) {
                check(frozen);
                keyspace.end(frozen.snapshot());
            }
            finish();
        }

        private void step() {
            int d = random.nextInt(6) == 0 ? 1 : 0;
            Database db = keyspace.db(d);
            String name = "k" + random.nextInt(6);
            Key k = put(key, keyBuffer, name);
            switch (random.nextInt(40)) {
                case 0 -> assertThat(db.delete(k)).isEqualTo(model.get(d).remove(name) != null);
                case 1 -> {
                    db.setString(k, valueBuffer, 5, 0);
                    model.get(d).remove(name);
                    db.delete(k);
                }
                case 2 -> rename(db, model.get(d), k, name);
                case 3 -> copy(db, d, k, name);
                case 4 -> move(db, d, k, name);
                case 5 -> {
                    if (db.lookupWrite(k) != 0) {
                        db.setExpire(k, keyspace.nowMs() + 1_000_000);
                    }
                }
                case 6 -> {
                    if (random.nextInt(8) == 0) {
                        db.flush(true);
                        model.get(d).clear();
                    }
                }
                case 7, 8 -> keyspace.releaseSome(random.nextInt(40));
                default -> change(db, model.get(d), k, name);
            }
        }

        private void change(
                Database db, Map<String, Map<String, String>> hashes, Key k, String name) {
            boolean removing = random.nextInt(5) < 2;
            for (int n = random.nextInt(8); n >= 0; n--) {
                String field = "f" + random.nextInt(random.nextInt(3) == 0 ? 100 : 8);
                String value = "v".repeat(random.nextInt(20)) + random.nextInt(100);
                int fieldLength = put(new Key(), fieldBuffer, field).length;
                int valueLength = put(new Key(), valueBuffer, value).length;
                long record = db.lookupWrite(k);
                Map<String, String> mine = hashes.computeIfAbsent(name, any -> new TreeMap<>());
                if (removing) {
                    hash.edit(db, k, record);
                    assertThat(hash.remove(fieldBuffer, fieldLength))
                            .isEqualTo(mine.remove(field) != null);
                    if (record != 0 && hash.count() == 0) {
                        hash.delete();
                    }
                } else {
                    boolean isNew = mine.put(field, value) == null;
                    if (record == 0) {
                        hash.begin();
                    } else {
                        hash.edit(db, k, record);
                    }
                    assertThat(hash.put(fieldBuffer, fieldLength, valueBuffer, valueLength))
                            .isEqualTo(isNew);
                    if (record == 0) {
                        hash.store(db, k);
                    }
                    assertThat(hash.find(fieldBuffer, fieldLength, entry)).isTrue();
                    assertThat(text(entry.value, entry.valueLength)).isEqualTo(value);
                }
                if (mine.isEmpty()) {
                    hashes.remove(name);
                }
            }
        }

        private void rename(
                Database db, Map<String, Map<String, String>> sets, Key k, String name) {
            String to = "k" + random.nextInt(6);
            boolean there = sets.containsKey(name);
            assertThat(db.rename(k, put(otherKey, otherBuffer, to))).isEqualTo(there);
            if (there) {
                sets.put(to, sets.remove(name));
            }
        }

        private void copy(Database db, int d, Key k, String name) {
            String to = "k" + random.nextInt(6);
            Map<String, String> mine = model.get(d).get(name);
            if (mine == null || to.equals(name)) {
                return;
            }
            int target = random.nextInt(2);
            db.copyRecord(k, keyspace.db(target), put(otherKey, otherBuffer, to));
            model.get(target).put(to, new TreeMap<>(mine));
        }

        private void move(Database db, int d, Key k, String name) {
            Map<String, Map<String, String>> to = model.get(1 - d);
            Map<String, String> mine = model.get(d).get(name);
            boolean possible = mine != null && !to.containsKey(name);
            assertThat(db.moveTo(keyspace.db(1 - d), k)).isEqualTo(possible);
            if (mine != null && possible) {
                to.put(name, mine);
                model.get(d).remove(name);
            }
        }

        private void check(Frozen frozen) {
            for (int d = 0; d < 2; d++) {
                Map<String, Map<String, String>> seen = new HashMap<>();
                frozen.snapshot().walk(d, record -> seen.put(key(record), members(record)));
                assertThat(seen).isEqualTo(frozen.model().get(d));
            }
        }

        private void finish() {
            while (keyspace.epochs().hasReleases()) {
                keyspace.releaseSome(100);
            }
            long[] bytes = {keyspace.overheadBytes() + keyspace.epochs().listBytes()};
            for (int d = 0; d < 2; d++) {
                Map<String, Map<String, String>> seen = new HashMap<>();
                keyspace.db(d)
                        .forEach(record -> {
                            seen.put(key(record), members(record));
                            bytes[0] += slabs.usableSize(record);
                            if (Record.hasStructure(record)) {
                                bytes[0] += Table.bytesOf(Record.valueAddress(record));
                            }
                        });
                assertThat(seen).isEqualTo(model.get(d));
            }
            slabs.assertNoLeaks(bytes[0] + 4 * slabs.usableSize(keyBuffer));
        }

        private Map<String, String> members(long record) {
            Map<String, String> fields = new TreeMap<>();
            reader.read(record)
                    .forEach(each ->
                            fields.put(
                                    text(each.field, each.fieldLength),
                                    text(each.value, each.valueLength)));
            assertThat(reader.count()).isEqualTo(fields.size());
            return fields;
        }

        private List<Map<String, Map<String, String>>> copyModel() {
            List<Map<String, Map<String, String>>> copy = new ArrayList<>();
            for (Map<String, Map<String, String>> sets : model) {
                Map<String, Map<String, String>> one = new HashMap<>();
                sets.forEach((name, members) -> one.put(name, new TreeMap<>(members)));
                copy.add(one);
            }
            return copy;
        }

        private static String key(long record) {
            return text(Record.keyAddress(record), Record.keyLength(record));
        }

        private static Key put(Key key, long buffer, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            Memory.copyIn(bytes, 0, buffer, bytes.length);
            return key.set(buffer, bytes.length);
        }

        private static String text(long address, int length) {
            byte[] bytes = new byte[length];
            Memory.copyOut(address, bytes, 0, length);
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }
}
