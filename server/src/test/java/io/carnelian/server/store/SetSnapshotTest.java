package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.set.Member;
import io.carnelian.server.set.SetLimits;
import io.carnelian.server.set.SetValue;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Sets under snapshots; thresholds are small, so that conversions are frequent. */
class SetSnapshotTest {
    @Test
    void snapshotsShowTheSetsOfTheirCut() {
        CollectionRig.runSeeds(SetSnapshotTest.class, Sets::new);
    }

    private static final class Sets implements CollectionRig.Type {
        private final CollectionRig rig;
        private final Random random;
        private final SetValue set;
        private final SetValue reader;
        private final Member member = new Member();

        Sets(CollectionRig rig) {
            this.rig = rig;
            random = rig.random;
            boolean listpacks = random.nextBoolean();
            SetLimits limits = new SetLimits(() -> 6, () -> listpacks ? 9 : 0, () -> 3);
            set = new SetValue(rig.keyspace, limits);
            reader = new SetValue(rig.keyspace, limits);
        }

        @Override
        public void change(
                Database db, Map<String, Map<String, String>> model, Key k, String name) {
            boolean removing = random.nextInt(5) < 2;
            for (int n = random.nextInt(8); n >= 0; n--) {
                boolean number = random.nextInt(3) > 0;
                String text = (number ? "" : "m") + random.nextInt(number ? 12 : 150);
                member.set(rig.buffer, CollectionRig.put(rig.buffer, text));
                long record = db.lookupWrite(k);
                Map<String, String> mine = model.computeIfAbsent(name, any -> new TreeMap<>());
                if (removing) {
                    set.edit(db, k, record);
                    assertThat(set.remove(member)).isEqualTo(mine.remove(text) != null);
                    if (record != 0 && set.count() == 0) {
                        set.delete();
                    }
                } else if (record == 0) {
                    set.begin();
                    assertThat(set.add(member)).isTrue();
                    mine.put(text, "");
                    set.store(db, k);
                } else {
                    boolean isNew = mine.put(text, "") == null;
                    assertThat(set.edit(db, k, record).add(member)).isEqualTo(isNew);
                }
            }
        }

        @Override
        public Map<String, String> contents(long record) {
            Map<String, String> members = new TreeMap<>();
            reader.read(record)
                    .forEach(
                            each -> members.put(CollectionRig.text(each.address, each.length), ""));
            assertThat(reader.count()).isEqualTo(members.size());
            return members;
        }
    }
}
