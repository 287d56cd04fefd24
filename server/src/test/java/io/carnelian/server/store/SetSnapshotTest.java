package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.MemoryFault;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.set.Member;
import io.carnelian.server.set.SetValue;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Random operations on sets beside a model, with up to three snapshots alive, each of which must
 * show the state at its cut whenever it is read until it ends. At the end every byte is accounted
 * for. Segments and thresholds are small, so that conversions, splits and merges are frequent.
 */
class SetSnapshotTest {
    private static final int SEEDS = 40;
    private static final int OPERATIONS = 4000;
    private static final int BUFFER_BYTES = 64;

    @Test
    void snapshotsShowTheSetsOfTheirCut() {
        long first = Seed.of(SetSnapshotTest.class);
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
    private record Frozen(Snapshot snapshot, List<Map<String, Set<String>>> model) {}

    private static final class Rig implements AutoCloseable {
        private final Pages pages = new Pages(1L << 28);
        private final Slabs slabs = new Slabs(pages);
        private final Random random;
        private final Keyspace keyspace;
        private final SetValue set;
        private final SetValue reader;
        private final Member member = new Member();
        private final List<Map<String, Set<String>>> model = new ArrayList<>();
        private final List<Frozen> live = new ArrayList<>();
        private final Key key = new Key();
        private final Key otherKey = new Key();
        private final long keyBuffer = slabs.allocate(BUFFER_BYTES);
        private final long otherBuffer = slabs.allocate(BUFFER_BYTES);
        private final long memberBuffer = slabs.allocate(BUFFER_BYTES);

        Rig(long seed) {
            random = new Random(seed);
            keyspace = new Keyspace(slabs, 2, 3 + random.nextInt(2), 2 + random.nextInt(2));
            set = new SetValue(keyspace, () -> 6);
            reader = new SetValue(keyspace, () -> 6);
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
                    db.setString(k, memberBuffer, 5, 0);
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

        private void change(Database db, Map<String, Set<String>> sets, Key k, String name) {
            boolean removing = random.nextInt(5) < 2;
            for (int n = random.nextInt(8); n >= 0; n--) {
                boolean number = random.nextInt(3) > 0;
                String text = (number ? "" : "m") + random.nextInt(number ? 12 : 150);
                put(new Key(), memberBuffer, text);
                member.set(memberBuffer, text.length());
                long record = db.lookupWrite(k);
                Set<String> mine = sets.computeIfAbsent(name, any -> new TreeSet<>());
                if (removing) {
                    set.edit(db, k, record);
                    assertThat(set.remove(member)).isEqualTo(mine.remove(text));
                    if (record != 0 && set.count() == 0) {
                        set.delete();
                    }
                } else if (record == 0) {
                    set.begin();
                    assertThat(set.add(member)).isTrue();
                    mine.add(text);
                    set.store(db, k);
                } else {
                    assertThat(set.edit(db, k, record).add(member)).isEqualTo(mine.add(text));
                }
                if (mine.isEmpty()) {
                    sets.remove(name);
                }
            }
        }

        private void rename(Database db, Map<String, Set<String>> sets, Key k, String name) {
            String to = "k" + random.nextInt(6);
            boolean there = sets.containsKey(name);
            assertThat(db.rename(k, put(otherKey, otherBuffer, to))).isEqualTo(there);
            if (there) {
                sets.put(to, sets.remove(name));
            }
        }

        private void copy(Database db, int d, Key k, String name) {
            String to = "k" + random.nextInt(6);
            Set<String> mine = model.get(d).get(name);
            if (mine == null || to.equals(name)) {
                return;
            }
            int target = random.nextInt(2);
            db.copyRecord(k, keyspace.db(target), put(otherKey, otherBuffer, to));
            model.get(target).put(to, new TreeSet<>(mine));
        }

        private void move(Database db, int d, Key k, String name) {
            Map<String, Set<String>> to = model.get(1 - d);
            Set<String> mine = model.get(d).get(name);
            boolean possible = mine != null && !to.containsKey(name);
            assertThat(db.moveTo(keyspace.db(1 - d), k)).isEqualTo(possible);
            if (mine != null && possible) {
                to.put(name, mine);
                model.get(d).remove(name);
            }
        }

        private void check(Frozen frozen) {
            for (int d = 0; d < 2; d++) {
                Map<String, Set<String>> seen = new HashMap<>();
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
                Map<String, Set<String>> seen = new HashMap<>();
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
            slabs.assertNoLeaks(bytes[0] + 3 * slabs.usableSize(keyBuffer));
        }

        private Set<String> members(long record) {
            Set<String> members = new TreeSet<>();
            reader.read(record).forEach(each -> members.add(text(each.address, each.length)));
            assertThat(reader.count()).isEqualTo(members.size());
            return members;
        }

        private List<Map<String, Set<String>>> copyModel() {
            List<Map<String, Set<String>>> copy = new ArrayList<>();
            for (Map<String, Set<String>> sets : model) {
                Map<String, Set<String>> one = new HashMap<>();
                sets.forEach((name, members) -> one.put(name, new TreeSet<>(members)));
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
