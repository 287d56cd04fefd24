package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.MemoryFault;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.table.Record;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Random operations on collections beside a model, with up to three snapshots alive, each of which
 * must show the state at its cut whenever it is read until it ends. At the end every byte is
 * accounted for. Segments are small, so that splits and merges are frequent.
 *
 * <p>The model of a collection is a map from its elements to what they hold, in text; of a set, to
 * nothing.
 */
final class CollectionRig implements AutoCloseable {
    private static final int SEEDS = 40;
    private static final int OPERATIONS = 4000;
    private static final int BUFFER_BYTES = 64;
    private static final int BUFFERS = 4;

    /** The type under test. */
    interface Type {
        /** Makes some random changes at a key, in the database and in the model. */
        void change(Database db, Map<String, Map<String, String>> model, Key k, String name);

        /** What a record holds. */
        Map<String, String> contents(long record);
    }

    /** What a cut must show. */
    private record Frozen(Snapshot snapshot, List<Map<String, Map<String, String>>> model) {}

    final Random random;
    final Keyspace keyspace;

    /** Room for two texts. */
    final long buffer;

    final long otherBuffer;

    private final Pages pages = new Pages(1L << 28);
    private final Slabs slabs = new Slabs(pages);
    private final Type type;
    private final List<Map<String, Map<String, String>>> model = new ArrayList<>();
    private final List<Frozen> live = new ArrayList<>();
    private final Key key = new Key();
    private final Key otherKey = new Key();
    private final long keyBuffer = slabs.allocate(BUFFER_BYTES);
    private final long otherKeyBuffer = slabs.allocate(BUFFER_BYTES);

    private CollectionRig(long seed, Function<CollectionRig, Type> make) {
        random = new Random(seed);
        keyspace = new Keyspace(slabs, 2, 1 + random.nextInt(2), 2 + random.nextInt(2));
        buffer = slabs.allocate(BUFFER_BYTES);
        otherBuffer = slabs.allocate(BUFFER_BYTES);
        type = make.apply(this);
        model.add(new HashMap<>());
        model.add(new HashMap<>());
    }

    /** Runs many seeds. */
    static void runSeeds(Class<?> test, Function<CollectionRig, Type> make) {
        long first = Seed.of(test);
        for (long seed = first; seed < first + SEEDS; seed++) {
            try (CollectionRig rig = new CollectionRig(seed, make)) {
                rig.run();
            } catch (AssertionError | MemoryFault | RuntimeException e) {
                e.addSuppressed(new Exception("seed " + seed));
                throw e;
            }
        }
    }

    @Override
    public void close() {
        pages.close();
    }

    private void run() {
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
                db.setString(k, buffer, 5, 0);
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
            default -> {
                type.change(db, model.get(d), k, name);
                model.get(d).values().removeIf(Map::isEmpty);
            }
        }
    }

    private void rename(Database db, Map<String, Map<String, String>> values, Key k, String name) {
        String to = "k" + random.nextInt(6);
        boolean there = values.containsKey(name);
        assertThat(db.rename(k, put(otherKey, otherKeyBuffer, to))).isEqualTo(there);
        if (there) {
            values.put(to, values.remove(name));
        }
    }

    private void copy(Database db, int d, Key k, String name) {
        String to = "k" + random.nextInt(6);
        Map<String, String> mine = model.get(d).get(name);
        if (mine == null || to.equals(name)) {
            return;
        }
        int target = random.nextInt(2);
        db.copyRecord(k, keyspace.db(target), put(otherKey, otherKeyBuffer, to));
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
            frozen.snapshot().walk(d, record -> seen.put(key(record), type.contents(record)));
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
                        seen.put(key(record), type.contents(record));
                        bytes[0] += slabs.usableSize(record) + Values.structureBytes(record);
                    });
            assertThat(seen).isEqualTo(model.get(d));
        }
        slabs.assertNoLeaks(bytes[0] + BUFFERS * slabs.usableSize(keyBuffer));
    }

    private List<Map<String, Map<String, String>>> copyModel() {
        List<Map<String, Map<String, String>>> copy = new ArrayList<>();
        for (Map<String, Map<String, String>> values : model) {
            Map<String, Map<String, String>> one = new HashMap<>();
            values.forEach((name, contents) -> one.put(name, new TreeMap<>(contents)));
            copy.add(one);
        }
        return copy;
    }

    private static String key(long record) {
        return text(Record.keyAddress(record), Record.keyLength(record));
    }

    private static Key put(Key key, long buffer, String text) {
        return key.set(buffer, put(buffer, text));
    }

    /** Writes a text into a buffer; returns its length. */
    static int put(long buffer, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyIn(bytes, 0, buffer, bytes.length);
        return bytes.length;
    }

    static String text(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
