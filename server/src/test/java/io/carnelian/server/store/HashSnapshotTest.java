package io.carnelian.server.store;

import static io.carnelian.server.store.CollectionRig.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.hash.HashEntry;
import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.hash.HashValue;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Hashes under snapshots; thresholds are small, so that conversions are frequent. */
class HashSnapshotTest {
    @Test
    void snapshotsShowTheHashesOfTheirCut() {
        CollectionRig.runSeeds(HashSnapshotTest.class, Hashes::new);
    }

    private static final class Hashes implements CollectionRig.Type {
        private final CollectionRig rig;
        private final Random random;
        private final HashValue hash;
        private final HashValue reader;
        private final HashEntry entry = new HashEntry();

        Hashes(CollectionRig rig) {
            this.rig = rig;
            random = rig.random;
            HashLimits limits = new HashLimits(() -> 6, () -> 20);
            hash = new HashValue(rig.keyspace, limits);
            reader = new HashValue(rig.keyspace, limits);
        }

        @Override
        public void change(
                Database db, Map<String, Map<String, String>> model, Key k, String name) {
            boolean removing = random.nextInt(5) < 2;
            for (int n = random.nextInt(8); n >= 0; n--) {
                String field = "f" + random.nextInt(random.nextInt(3) == 0 ? 100 : 8);
                String value = "v".repeat(random.nextInt(20)) + random.nextInt(100);
                Map<String, String> mine = model.computeIfAbsent(name, any -> new TreeMap<>());
                if (removing) {
                    remove(db, k, mine, field);
                } else {
                    put(db, k, mine, field, value);
                }
            }
        }

        private void remove(Database db, Key k, Map<String, String> mine, String field) {
            int length = CollectionRig.put(rig.buffer, field);
            long record = db.lookupWrite(k);
            hash.edit(db, k, record);
            boolean there = mine.remove(field) != null;
            assertThat(hash.remove(rig.buffer, length)).isEqualTo(there);
            if (record != 0 && hash.count() == 0) {
                hash.delete();
            }
        }

        private void put(Database db, Key k, Map<String, String> mine, String field, String value) {
            int fieldLength = CollectionRig.put(rig.buffer, field);
            int valueLength = CollectionRig.put(rig.otherBuffer, value);
            boolean isNew = mine.put(field, value) == null;
            long record = db.lookupWrite(k);
            if (record == 0) {
                hash.begin();
            } else {
                hash.edit(db, k, record);
            }
            assertThat(hash.put(rig.buffer, fieldLength, rig.otherBuffer, valueLength))
                    .isEqualTo(isNew);
            if (record == 0) {
                hash.store(db, k);
            }
            assertThat(hash.find(rig.buffer, fieldLength, entry)).isTrue();
            assertThat(text(entry.value, entry.valueLength)).isEqualTo(value);
        }

        @Override
        public Map<String, String> contents(long record) {
            Map<String, String> fields = new TreeMap<>();
            reader.read(record)
                    .forEach(each ->
                            fields.put(
                                    text(each.field, each.fieldLength),
                                    text(each.value, each.valueLength)));
            assertThat(reader.count()).isEqualTo(fields.size());
            return fields;
        }
    }
}
