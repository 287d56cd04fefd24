package io.carnelian.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.epoch.Cut;
import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Members with scores against a sorted map, with nodes of several sizes. */
class ScoredTableTest {
    private static final int KEY_BYTES = 8;
    private static final Comparator<Map.Entry<Long, Double>> ORDER =
            Comparator.<Map.Entry<Long, Double>>comparingDouble(Map.Entry::getValue)
                    .thenComparing(
                            Map.Entry::getKey,
                            (a, b) ->
                                    Long.compareUnsigned(
                                            Long.reverseBytes(a), Long.reverseBytes(b)));

    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);
    private final Epochs epochs = new Epochs(slabs, new TreeRelease(slabs));
    private final Random random = new Random(Seed.of(ScoredTableTest.class));
    private final long buffer = slabs.allocate(KEY_BYTES);
    private final long handle = slabs.allocate(ScoredTable.HANDLE_BYTES);
    private final long fixedBytes = slabs.usedBytes();
    private final TreeMap<Long, Double> model = new TreeMap<>();

    @AfterEach
    void close() {
        pages.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 3", "7, 9"})
    void keepsOrderUnderGrowthAndShrink(int slotBits, int pageBits) {
        ScoredTable table = new ScoredTable(slabs, epochs, slotBits, pageBits);
        table.create();
        for (int phase = 0; phase < 6; phase++) {
            int target = phase % 2 == 0 ? 4000 : random.nextInt(30);
            while (Math.abs(model.size() - target) > 20) {
                boolean more = model.size() < target == (random.nextInt(6) != 0);
                long number = random.nextInt(6000);
                Long taken = more ? null : model.ceilingKey(number);
                change(table, taken == null ? number : taken, score(), more);
            }
            check(table);
        }
        release(table);
    }

    /** Members that come in order, or in the reverse of it, fill their leaves. */
    @Test
    void leavesAreFullAfterInsertionInOrder() {
        for (int direction = -1; direction <= 1; direction += 2) {
            ScoredTable table = new ScoredTable(slabs, epochs, 7, 9);
            table.create();
            for (int i = 0; i < 20_000; i++) {
                change(table, i, direction * i, true);
            }
            check(table);
            table.save(handle);
            long treeBytes = ScoredTable.bytesOf(handle) - Table.bytesOf(handle);
            assertThat(treeBytes).isLessThan(20_000 * 17);
            release(table);
        }
    }

    /** Batches in any order make the same set as single members do, and fill leaves as these. */
    @ParameterizedTest
    @CsvSource({"1, 2", "2, 3", "7, 9"})
    void batchesInEveryOrderMakeTheSameSet(int slotBits, int pageBits) {
        for (int round = 0; round < 24; round++) {
            ScoredTable table = new ScoredTable(slabs, epochs, slotBits, pageBits);
            table.create();
            int scores = round % 2 == 0 ? 7 : 100_000;
            List<Map.Entry<Long, Double>> members = new ArrayList<>();
            for (long number :
                    random.longs(random.nextInt(3_000), 0, 1 << 30).distinct().toArray()) {
                members.add(Map.entry(number, random.nextInt(scores) - scores / 2.0));
            }
            members.sort(round % 3 == 0 ? ORDER : ORDER.reversed());
            // Single places that are out of order, and a part that belongs before all the rest.
            for (int swaps = round < 12 ? 0 : round; swaps > 0 && members.size() > 1; swaps--) {
                int i = random.nextInt(members.size());
                Collections.swap(members, i, random.nextInt(members.size()));
            }
            if (round % 8 == 7) {
                Collections.rotate(members, random.nextInt(1_000));
            }
            Cut cut = round % 4 == 3 ? epochs.cut(record -> true) : null;
            ScoredBatch batch = table.newBatch();
            for (Map.Entry<Long, Double> each : members) {
                Memory.putLong(buffer, each.getKey());
                if (batch.isFull() || random.nextInt(100) == 0) {
                    assertThat(batch.putAll()).isTrue();
                }
                batch.add(buffer, KEY_BYTES, each.getValue(), 0);
                model.put(each.getKey(), each.getValue());
            }
            assertThat(batch.putAll()).isTrue();
            assertThat(batch.isEmpty()).isTrue();
            check(table);
            for (int i = 0; i < 500; i++) {
                change(table, random.nextInt(3_000), score(), random.nextInt(3) != 0);
            }
            check(table);
            if (cut != null) {
                epochs.end(cut);
            }
            release(table);
        }
    }

    @Test
    void batchesInOrderFillTheLeaves() {
        for (int direction = -1; direction <= 1; direction += 2) {
            ScoredTable table = new ScoredTable(slabs, epochs, 7, 9);
            table.create();
            ScoredBatch batch = table.newBatch();
            for (int i = 0; i < 20_000; i++) {
                Memory.putLong(buffer, i);
                batch.add(buffer, KEY_BYTES, direction * i, 0);
                assertThat(!batch.isFull() || batch.putAll()).isTrue();
                model.put((long) i, (double) (direction * i));
            }
            check(table);
            long treeBytes = ScoredTable.bytesOf(handle) - Table.bytesOf(handle);
            assertThat(treeBytes).isLessThan(20_000 * 17);
            release(table);
        }
    }

    /** A twin in the same batch or in one before is told, and nothing is left of the set then. */
    @Test
    void aTwinInABatchIsToldAndNothingIsLeft() {
        for (int round = 0; round < 100; round++) {
            ScoredTable table = new ScoredTable(slabs, epochs, 2, 3);
            table.create();
            ScoredBatch batch = table.newBatch();
            int twin = 1 + random.nextInt(200);
            int first = random.nextInt(twin);
            int later = random.nextInt(20);
            boolean single = true;
            for (int i = 0; i <= twin + later && single; i++) {
                Memory.putLong(buffer, i == twin ? first : i);
                single = !batch.isFull() || batch.putAll();
                if (single) {
                    batch.add(buffer, KEY_BYTES, -i, 1000 + i);
                }
            }
            assertThat(single && batch.putAll()).isFalse();
            assertThat(batch.twinAt()).isEqualTo(1000 + twin);
            batch.drop();
            assertThat(batch.isEmpty()).isTrue();
            table.drop();
            releaseAll();
            slabs.assertNoLeaks(fixedBytes + epochs.listBytes());
        }
    }

    /** Wherever memory runs out, the set can be dropped. */
    @Test
    void aBatchWithoutMemoryLeavesNothing() {
        int refused = 0;
        for (int round = 0; round < 200; round++) {
            ScoredTable table = new ScoredTable(slabs, epochs, 1, 2);
            table.create();
            ScoredBatch batch = table.newBatch();
            pages.limitBytes(pages.usedBytes() + ((long) random.nextInt(3) << Pages.PAGE_SHIFT));
            try {
                for (int i = 0; i < 4_000; i++) {
                    Memory.putLong(buffer, i);
                    assertThat(!batch.isFull() || batch.putAll()).isTrue();
                    batch.add(buffer, KEY_BYTES, round % 2 == 0 ? i : i % 50, 0);
                }
            } catch (OutOfMemory e) {
                refused++;
            }
            pages.limitBytes(1L << 30);
            batch.drop();
            table.drop();
            releaseAll();
            slabs.assertNoLeaks(fixedBytes + epochs.listBytes());
        }
        assertThat(refused).isGreaterThan(50);
    }

    @Test
    void staysWholeWithoutMemory() {
        ScoredTable table = new ScoredTable(slabs, epochs, 1, 2);
        table.create();
        Cut cut = null;
        for (int round = 0; round < 300; round++) {
            if (cut == null) {
                cut = epochs.cut(record -> true);
            } else if (random.nextInt(3) == 0) {
                epochs.end(cut);
                cut = null;
            }
            pages.limitBytes(pages.usedBytes() + ((long) random.nextInt(3) << Pages.PAGE_SHIFT));
            int refused = 0;
            for (int i = 0; i < 200 && refused < 5; i++) {
                long number = random.nextInt(3_000);
                Double before = model.get(number);
                try {
                    change(table, number, score(), random.nextInt(3) != 0);
                } catch (OutOfMemory e) {
                    model.remove(number);
                    if (before != null) {
                        model.put(number, before);
                    }
                    refused++;
                }
            }
            check(table);
            epochs.releaseSome(random.nextInt(3000));
        }
        pages.limitBytes(1L << 30);
        if (cut != null) {
            epochs.end(cut);
        }
        release(table);
    }

    private double score() {
        return random.nextBoolean() ? random.nextInt(5) : random.nextInt(100_000) / 8.0;
    }

    private void change(ScoredTable table, long number, double score, boolean present) {
        Memory.putLong(buffer, number);
        long hash = Hash.of(buffer, KEY_BYTES);
        long member = table.find(hash, buffer, KEY_BYTES);
        Double before = model.get(number);
        assertThat(member != 0).isEqualTo(before != null);
        if (!present) {
            if (member != 0) {
                if (random.nextBoolean()) {
                    table.removeFound(member);
                } else {
                    table.removeRank(table.rank(member));
                }
                model.remove(number);
            }
        } else if (member == 0) {
            table.add(hash, buffer, KEY_BYTES, score);
            model.put(number, score);
        } else if (ScoredTable.score(member) != score) {
            table.setScore(member, score);
            model.put(number, score);
        }
    }

    private void check(ScoredTable table) {
        table.save(handle);
        List<Map.Entry<Long, Double>> expected = new ArrayList<>(model.entrySet());
        expected.sort(ORDER);
        assertThat(table.count()).isEqualTo(expected.size());
        ScoreCursor cursor = new ScoreCursor();
        for (int i = 0; i < expected.size(); i++) {
            if (i == 0 || random.nextInt(50) == 0) {
                table.seek(cursor, i);
            } else {
                cursor.next();
            }
            assertThat(Memory.getLong(Record.keyAddress(cursor.member())))
                    .isEqualTo(expected.get(i).getKey());
            assertThat(cursor.score()).isEqualTo(expected.get(i).getValue());
            assertThat(ScoredTable.score(cursor.member())).isEqualTo(cursor.score());
        }
        for (int i = 0; i < expected.size(); i += 1 + random.nextInt(40)) {
            table.seek(cursor, i);
            assertThat(table.rank(cursor.member())).isEqualTo(i);
            double bound = cursor.score();
            assertThat(table.countBelow(bound, false))
                    .isEqualTo(expected.stream().filter(each -> each.getValue() < bound).count());
        }
        if (!expected.isEmpty()) {
            table.seek(cursor, expected.size() - 1);
            for (int i = expected.size() - 2; i >= 0; i--) {
                cursor.previous();
                assertThat(cursor.score()).isEqualTo(expected.get(i).getValue());
            }
        }
    }

    /** Drops the table and requires that all memory came back. */
    private void release(ScoredTable table) {
        table.save(handle);
        releaseAll();
        slabs.assertNoLeaks(fixedBytes + ScoredTable.bytesOf(handle) + epochs.listBytes());
        table.drop();
        releaseAll();
        slabs.assertNoLeaks(fixedBytes + epochs.listBytes());
        model.clear();
    }

    private void releaseAll() {
        while (epochs.hasReleases()) {
            epochs.releaseSome(100);
        }
    }
}
