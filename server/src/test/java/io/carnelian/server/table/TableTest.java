package io.carnelian.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.memory.Slabs;
import java.util.BitSet;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The table alone, with small segments and pages, against a set of numbers. */
class TableTest {
    private static final long SEED = Seed.of(TableTest.class);
    private static final int KEY_BYTES = 8;

    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);
    private final Epochs epochs = new Epochs(slabs, new TreeRelease(slabs));
    private final Random random = new Random(SEED);
    private final long keyBuffer = slabs.allocate(16);
    private final long fixedBytes = slabs.usedBytes();

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void isASetUnderGrowthAndShrink() {
        for (int pageBits = 1; pageBits <= 5; pageBits++) {
            Table table = new Table(slabs, epochs, true, 1, 1 + random.nextInt(3), pageBits);
            BitSet model = new BitSet();
            for (int phase = 0; phase < 8; phase++) {
                int target = phase % 2 == 0 ? 3000 : random.nextInt(50);
                while (Math.abs(model.cardinality() - target) > 20) {
                    for (int i = 0; i < 20; i++) {
                        boolean more = model.cardinality() < target == (random.nextInt(6) != 0);
                        int number = random.nextInt(5000);
                        int taken = model.nextSetBit(number);
                        change(table, model, more || taken < 0 ? number : taken, more);
                    }
                }
                TableInvariants.check(table);
            }
            for (int i = 0; i < 5000; i++) {
                assertThat(find(table, i) != 0).isEqualTo(model.get(i));
                change(table, model, i, false);
            }
            TableInvariants.check(table);
            assertThat(table.rootDepth).isZero();
            release(table);
        }
    }

    @Test
    void takesTheFormOfTheRecordsToCome() {
        for (int records : new int[] {0, 1, 7, 100, 3000, 20_000}) {
            Table growing = new Table(slabs, epochs, true, 1, 3, 4);
            BitSet model = new BitSet();
            for (int i = 0; i < records; i++) {
                change(growing, model, i, true);
            }
            long grown = growing.overheadBytes();
            for (int i = 0; i < records; i++) {
                change(growing, model, i, false);
            }
            release(growing);
            Table expecting = new Table(slabs, epochs, true, 1, 3, 4);
            expecting.expect(records);
            TableInvariants.check(expecting);
            assertThat(expecting.overheadBytes()).isBetween(grown / 2, grown * 2);
            for (int i = 0; i < records; i++) {
                change(expecting, model, i, true);
            }
            TableInvariants.check(expecting);
            for (int i = 0; i < records; i++) {
                change(expecting, model, i, false);
            }
            expecting.expect(100);
            expecting.expect(100);
            change(expecting, model, 1, true);
            expecting.expect(1_000_000);
            TableInvariants.check(expecting);
            assertThat(find(expecting, 1)).isNotZero();
            change(expecting, model, 1, false);
            release(expecting);
        }
    }

    @Test
    void growsByDefaultFromSixSlots() {
        Table table = new Table(slabs, epochs);
        assertThat(table.overheadBytes()).isLessThan(300);
        BitSet model = new BitSet();
        for (int i = 0; i < 20_000; i++) {
            change(table, model, i, true);
        }
        TableInvariants.check(table);
        assertThat(table.overheadBytes()).isLessThan(20_000L * 24);
        for (int i = 0; i < 20_000; i++) {
            assertThat(find(table, i)).isNotZero();
            change(table, model, i, false);
        }
        TableInvariants.check(table);
        assertThat(table.overheadBytes()).isLessThan(10_000);
        release(table);
    }

    @Test
    void scanReturnsWhatIsThereAllTheTime() {
        for (int round = 0; round < 30; round++) {
            Table table = new Table(slabs, epochs, true, 1, 1 + random.nextInt(7), 2 + round % 4);
            BitSet model = new BitSet();
            BitSet stays = new BitSet();
            int size = 1 << (2 + random.nextInt(11));
            for (int i = 0; i < size; i++) {
                boolean stay = random.nextInt(4) == 0;
                stays.set(i, stay);
                change(table, model, i, stay || random.nextBoolean());
            }
            BitSet seen = new BitSet();
            long cursor = 0;
            int direction = random.nextInt(3);
            do {
                long before = seen.cardinality();
                int[] emitted = {0};
                cursor =
                        table.scan(
                                cursor,
                                10,
                                record -> {
                                    seen.set(number(record));
                                    emitted[0]++;
                                });
                assertThat(emitted[0] >= 10 || cursor == 0).isTrue();
                assertThat(emitted[0]).isLessThan(80);
                assertThat(cursor).isNotNegative();
                for (int i = 0; i < 40 && before >= 0; i++) {
                    int number = size + random.nextInt(size * 2);
                    boolean more =
                            direction == 0
                                    ? random.nextInt(10) != 0
                                    : direction == 1
                                            ? random.nextInt(10) == 0
                                            : random.nextBoolean();
                    if (direction == 1 && !more) {
                        number = random.nextInt(size);
                    }
                    if (!stays.get(number)) {
                        change(table, model, number, more);
                    }
                }
            } while (cursor != 0);
            seen.and(stays);
            assertThat(seen).as("round %d", round).isEqualTo(stays);
            release(table);
        }
    }

    @Test
    void scanOfAnUnchangedTableReturnsEachOnce() {
        for (int slotBits = 1; slotBits <= 8; slotBits++) {
            Table table = new Table(slabs, epochs, true, 1, slotBits, 9);
            BitSet model = new BitSet();
            for (int i = 0; i < 3000; i++) {
                change(table, model, i, true);
            }
            int[] times = new int[3000];
            long cursor = 0;
            do {
                cursor = table.scan(cursor, 7, record -> times[number(record)]++);
            } while (cursor != 0);
            assertThat(times).containsOnly(1);
            release(table);
        }
    }

    @Test
    void foreignCursorsDoNoHarm() {
        Table table = new Table(slabs, epochs, true, 1, 2, 2);
        BitSet model = new BitSet();
        for (int i = 0; i < 500; i++) {
            change(table, model, i, true);
        }
        for (int i = 0; i < 5000; i++) {
            assertThat(table.scan(random.nextLong(), 5, record -> {})).isNotNegative();
        }
        release(table);
    }

    @Test
    void choosesFairly() {
        Table table = new Table(slabs, epochs, true, 1, 2, 2);
        BitSet model = new BitSet();
        int n = 400;
        for (int i = 0; i < n; i++) {
            change(table, model, i, true);
        }
        int perRecord = 200;
        int[] times = new int[n];
        SplittableRandom choice = new SplittableRandom(SEED);
        for (int i = 0; i < n * perRecord; i++) {
            times[number(table.random(choice))]++;
        }
        double chiSquare = 0;
        for (int t : times) {
            chiSquare += (double) (t - perRecord) * (t - perRecord) / perRecord;
        }
        // 399 degrees of freedom: mean 399, deviation 28; six deviations.
        assertThat(chiSquare).isBetween(230.0, 570.0);
        release(table);
    }

    @Test
    void choosesFromAlmostNothing() {
        Table table = new Table(slabs, epochs, true, 1, 7, 9);
        BitSet model = new BitSet();
        assertThat(table.random(random)).isZero();
        for (int i = 0; i < 5000; i++) {
            change(table, model, i, true);
        }
        for (int i = 0; i < 4999; i++) {
            change(table, model, i, false);
        }
        assertThat(number(table.random(random))).isEqualTo(4999);
        release(table);
    }

    @Test
    void aFloodDoesNotBlowUpTheDirectory() {
        Table table = new Table(slabs, epochs, true, 1, 2, 9);
        int inserted = 0;
        for (long i = 0; inserted < 400; i++) {
            Memory.putLong(keyBuffer, i);
            long hash = Hash.of(keyBuffer, KEY_BYTES);
            if (Directory.top(hash, 12) == 0xABC) {
                insert(table, hash);
                inserted++;
            }
        }
        TableInvariants.check(table);
        assertThat(table.count()).isEqualTo(400);
        assertThat(table.overheadBytes()).isLessThan(400 * 100);
        release(table);
    }

    @Test
    void staysWholeWithoutMemory() {
        Table table = new Table(slabs, epochs, true, 1, 2, 3);
        BitSet model = new BitSet();
        for (int round = 0; round < 300; round++) {
            pages.limitBytes(pages.usedBytes() + ((long) random.nextInt(3) << Pages.PAGE_SHIFT));
            int refused = 0;
            for (int i = 0; i < 200 && refused < 5; i++) {
                int number = random.nextInt(20_000);
                boolean before = model.get(number);
                try {
                    change(table, model, number, random.nextInt(3) != 0);
                } catch (OutOfMemory e) {
                    model.set(number, before);
                    refused++;
                }
            }
            TableInvariants.check(table);
        }
        pages.limitBytes(1L << 30);
        assertThat(table.count()).isEqualTo(model.cardinality());
        release(table);
    }

    @Test
    void refusesNothingButWithReason() {
        Table table = new Table(slabs, epochs);
        pages.limitBytes(pages.usedBytes());
        BitSet model = new BitSet();
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 100_000; i++) {
                                change(table, model, i, true);
                            }
                        })
                .isInstanceOf(OutOfMemory.class);
        TableInvariants.check(table);
        pages.limitBytes(1L << 30);
        release(table);
    }

    /** Drops the table and requires that all memory came back. */
    private void release(Table table) {
        table.clear();
        while (epochs.hasReleases()) {
            epochs.releaseSome(100);
        }
        slabs.assertNoLeaks(fixedBytes + table.overheadBytes() + epochs.listBytes());
        epochs.release(Epochs.TREE, table.root);
        while (epochs.hasReleases()) {
            epochs.releaseSome(100);
        }
    }

    private long find(Table table, int number) {
        Memory.putLong(keyBuffer, number);
        return table.find(Hash.of(keyBuffer, KEY_BYTES), keyBuffer, KEY_BYTES);
    }

    private static int number(long record) {
        return (int) Memory.getLong(Record.keyAddress(record));
    }

    private void change(Table table, BitSet model, int number, boolean present) {
        long record = find(table, number);
        assertThat(record != 0).isEqualTo(model.get(number));
        if (present && record == 0) {
            insert(table, Hash.of(keyBuffer, KEY_BYTES));
            model.set(number);
        } else if (!present && record != 0) {
            table.releaseRemoved(table.removeFound());
            model.clear(number);
        }
    }

    /** Inserts the key in the buffer. */
    private void insert(Table table, long hash) {
        table.find(hash, keyBuffer, KEY_BYTES);
        long record = slabs.allocate(Record.size(KEY_BYTES, 0, 0));
        Record.write(record, keyBuffer, KEY_BYTES, Record.STRING, Record.RAW, 0, 0);
        try {
            table.insertNew(hash, record);
        } catch (OutOfMemory e) {
            slabs.free(record);
            throw e;
        }
    }
}
