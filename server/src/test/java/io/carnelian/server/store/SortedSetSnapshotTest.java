package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.zset.Scored;
import io.carnelian.server.zset.SortedSetLimits;
import io.carnelian.server.zset.SortedSetValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Sorted sets under snapshots: members, scores, and that they come in their order. Thresholds and
 * nodes are small, so that conversions and splits are frequent, and scores often the same.
 */
class SortedSetSnapshotTest {
    private static final Comparator<Map.Entry<String, String>> ORDER =
            Comparator.<Map.Entry<String, String>>comparingDouble(
                            each -> Double.parseDouble(each.getValue()))
                    .thenComparing(Map.Entry::getKey);

    @Test
    void snapshotsShowTheSortedSetsOfTheirCut() {
        CollectionRig.runSeeds(SortedSetSnapshotTest.class, SortedSets::new);
    }

    private static final class SortedSets implements CollectionRig.Type {
        private final CollectionRig rig;
        private final Random random;
        private final SortedSetValue set;
        private final SortedSetValue reader;

        SortedSets(CollectionRig rig) {
            this.rig = rig;
            random = rig.random;
            SortedSetLimits limits = new SortedSetLimits(() -> 6, () -> 20);
            set = new SortedSetValue(rig.keyspace, limits);
            reader = new SortedSetValue(rig.keyspace, limits);
        }

        @Override
        public void change(
                Database db, Map<String, Map<String, String>> model, Key k, String name) {
            Map<String, String> mine = model.computeIfAbsent(name, any -> new TreeMap<>());
            int kind = random.nextInt(10);
            for (int n = random.nextInt(kind < 6 ? 20 : 12); n >= 0; n--) {
                String text = "m" + random.nextInt(random.nextInt(3) == 0 ? 400 : 9);
                if (kind < 6) {
                    put(db, k, mine, text);
                } else if (kind < 9) {
                    remove(db, k, mine, text);
                } else if (random.nextInt(4) == 0) {
                    removeRange(db, k, mine);
                }
            }
            look(db, k, mine);
        }

        private void put(Database db, Key k, Map<String, String> mine, String text) {
            int length = CollectionRig.put(rig.buffer, text);
            double score = random.nextInt(3) == 0 ? random.nextInt(1000) / 10.0 : random.nextInt(4);
            String before = mine.put(text, Double.toString(score));
            SortedSetValue.Put expected =
                    before == null
                            ? SortedSetValue.Put.ADDED
                            : before.equals(Double.toString(score))
                                    ? SortedSetValue.Put.SAME
                                    : SortedSetValue.Put.UPDATED;
            long record = db.lookupWrite(k);
            if (record == 0) {
                set.begin();
            } else {
                set.edit(db, k, record);
            }
            assertThat(set.put(rig.buffer, length, score)).isEqualTo(expected);
            if (record == 0) {
                set.store(db, k);
            }
            assertThat(set.find(rig.buffer, length)).isTrue();
            assertThat(set.score()).isEqualTo(score);
        }

        private void remove(Database db, Key k, Map<String, String> mine, String text) {
            int length = CollectionRig.put(rig.buffer, text);
            long record = db.lookupWrite(k);
            set.edit(db, k, record);
            boolean there = mine.remove(text) != null;
            assertThat(set.remove(rig.buffer, length)).isEqualTo(there);
            deleteIfEmpty(record);
        }

        private void removeRange(Database db, Key k, Map<String, String> mine) {
            int from = random.nextInt(mine.size() + 1);
            int to = Math.min(mine.size(), from + random.nextInt(10));
            long record = db.lookupWrite(k);
            set.edit(db, k, record).removeRange(from, to);
            sorted(mine).subList(from, to).forEach(each -> mine.remove(each.getKey()));
            deleteIfEmpty(record);
        }

        private void deleteIfEmpty(long record) {
            if (record != 0 && set.count() == 0) {
                set.delete();
            }
        }

        /** Ranks and counts of one set that is not frozen. */
        private void look(Database db, Key k, Map<String, String> mine) {
            List<Map.Entry<String, String>> sorted = sorted(mine);
            set.read(db.peek(k));
            assertThat(set.count()).isEqualTo(sorted.size());
            if (sorted.isEmpty()) {
                return;
            }
            int rank = random.nextInt(sorted.size());
            String text = sorted.get(rank).getKey();
            int length = CollectionRig.put(rig.buffer, text);
            assertThat(set.rank(rig.buffer, length)).isEqualTo(rank);
            Scored at = new Scored();
            set.at(rank, at);
            assertThat(CollectionRig.text(at.address, at.length)).isEqualTo(text);
            double bound = random.nextInt(5);
            boolean orEqual = random.nextBoolean();
            assertThat(set.countBelow(bound, orEqual))
                    .isEqualTo(
                            sorted.stream()
                                    .mapToDouble(each -> Double.parseDouble(each.getValue()))
                                    .filter(each -> orEqual ? each <= bound : each < bound)
                                    .count());
            int to = rank + random.nextInt(sorted.size() - rank + 1);
            boolean reverse = random.nextBoolean();
            List<String> seen = new ArrayList<>();
            set.forEach(
                    rank,
                    to,
                    reverse,
                    each -> seen.add(CollectionRig.text(each.address, each.length)));
            List<String> expected =
                    new ArrayList<>(
                            sorted.subList(rank, to).stream().map(Map.Entry::getKey).toList());
            assertThat(reverse ? seen.reversed() : seen).isEqualTo(expected);
        }

        private static List<Map.Entry<String, String>> sorted(Map<String, String> mine) {
            return mine.entrySet().stream().map(Map.Entry::copyOf).sorted(ORDER).toList();
        }

        @Override
        public Map<String, String> contents(long record) {
            Map<String, String> members = new TreeMap<>();
            List<Map.Entry<String, String>> order = new ArrayList<>();
            reader.read(record)
                    .forEach(each -> {
                        String text = CollectionRig.text(each.address, each.length);
                        String score = Double.toString(each.score);
                        members.put(text, score);
                        order.add(Map.entry(text, score));
                    });
            assertThat(reader.count()).isEqualTo(order.size());
            assertThat(order).isSortedAccordingTo(ORDER);
            return members;
        }
    }
}
