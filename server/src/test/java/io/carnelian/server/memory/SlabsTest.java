package io.carnelian.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlabsTest {
    private final Pages pages = new Pages(1L << 30);
    private final Slabs slabs = new Slabs(pages);

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void sizeClassesGrowByAnEighthAtMost() {
        int before = 16;
        for (int size = 0; size <= SizeClasses.MAX_SLAB_BYTES; size++) {
            int bytes = SizeClasses.bytes(SizeClasses.of(size));
            assertThat(bytes).isGreaterThanOrEqualTo(Math.max(size, before));
            assertThat(bytes % 8).isZero();
            assertThat(bytes - size).isLessThanOrEqualTo(Math.max(16, size / 8 + 8));
            before = bytes;
        }
        assertThat(SizeClasses.bytes(SizeClasses.of(3136))).isEqualTo(3136);
    }

    /** Records of random sizes, each filled with its own pattern, are freed in random order. */
    @Test
    void keepsEveryRecordApart() {
        Random random = new Random(Seed.of(SlabsTest.class));
        PageKeeper keeper = new PageKeeper(pages);
        List<long[]> live = new ArrayList<>();
        long used = 0;
        for (int i = 0; i < 60_000; i++) {
            int target = i < 30_000 ? 2000 : i < 45_000 ? 200 : 3000;
            if (i % 500 == 0) {
                keeper.round(() -> {});
            }
            if (live.size() < target ? random.nextInt(3) != 0 : random.nextInt(3) == 0) {
                long bytes = size(random);
                long address = slabs.allocate(bytes);
                assertThat(slabs.usableSize(address)).isEqualTo(Slabs.roundUp(bytes));
                assertThat(address & 7).isZero();
                mark(address, bytes, i);
                live.add(new long[] {address, bytes, i});
                used += Slabs.roundUp(bytes);
            } else if (!live.isEmpty()) {
                int at = random.nextInt(live.size());
                long[] record = live.get(at);
                live.set(at, live.getLast());
                live.removeLast();
                checkMark(record);
                slabs.free(record[0]);
                used -= Slabs.roundUp(record[1]);
            }
            assertThat(slabs.usedBytes()).isEqualTo(used);
            assertThat(slabs.records()).isEqualTo(live.size());
            assertThat(slabs.committedBytes()).isEqualTo(pages.usedBytes());
        }
        for (long[] record : live) {
            checkMark(record);
            slabs.free(record[0]);
        }
        slabs.assertNoLeaks(0);
        assertThat(slabs.committedBytes())
                .isLessThanOrEqualTo(SizeClasses.COUNT * 8L * Pages.PAGE_BYTES);
    }

    @Test
    void chargesLargeRunsBySystemPages() {
        long address = slabs.allocate(70_000);
        assertThat(slabs.usedBytes()).isEqualTo(73_728);
        assertThat(slabs.usableSize(address)).isEqualTo(73_728);
        assertThat(slabs.committedBytes()).isEqualTo(131_072);
        slabs.free(address);
        assertThat(slabs.usedBytes()).isZero();
    }

    @Test
    void refusesWithoutAnyChange() {
        pages.limitBytes(4 << 20);
        List<Long> live = new ArrayList<>();
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                live.add(slabs.allocate(1000));
                            }
                        })
                .isInstanceOf(OutOfMemory.class)
                .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
        assertThat(slabs.usedBytes()).isEqualTo(live.size() * 1024L);
        assertThat(live.size()).isGreaterThan(3500);
        assertThatThrownBy(() -> slabs.allocate(1 << 20)).isInstanceOf(OutOfMemory.class);
        live.forEach(slabs::free);
        slabs.assertNoLeaks(0);
        slabs.free(slabs.allocate(1 << 20));
    }

    @Test
    void absorbsAnother() {
        Slabs other = new Slabs(pages);
        List<Long> live = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            live.add((i % 2 == 0 ? slabs : other).allocate(16 + i % 300));
        }
        live.add(other.allocate(100_000));
        long used = slabs.usedBytes() + other.usedBytes();
        slabs.absorb(other);
        assertThat(slabs.usedBytes()).isEqualTo(used);
        assertThat(other.usedBytes()).isZero();
        assertThat(other.committedBytes()).isZero();
        other.free(other.allocate(64));
        live.forEach(slabs::free);
        slabs.assertNoLeaks(0);
        other.assertNoLeaks(0);
    }

    @Test
    void knowsSparseSlabs() {
        List<Long> live = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            live.add(slabs.allocate(64));
        }
        long first = live.getFirst();
        assertThat(slabs.worthMoving(first)).isFalse();
        for (int i = 1; i < 1000; i++) {
            slabs.free(live.get(i));
        }
        assertThat(slabs.worthMoving(first)).isTrue();
    }

    private static long size(Random random) {
        return switch (random.nextInt(20)) {
            case 0 -> 8000 + random.nextInt(60_000);
            case 1 -> 65_537 + random.nextInt(300_000);
            case 2, 3, 4 -> random.nextInt(4200);
            default -> random.nextInt(130);
        };
    }

    private static void mark(long address, long bytes, long number) {
        for (long at = 0; at + 8 <= bytes; at += Math.max(8, bytes / 16 & ~7)) {
            Memory.putLong(address + at, number * 31 + at);
        }
    }

    private static void checkMark(long[] record) {
        long bytes = record[1];
        for (long at = 0; at + 8 <= bytes; at += Math.max(8, bytes / 16 & ~7)) {
            assertThat(Memory.getLong(record[0] + at)).isEqualTo(record[2] * 31 + at);
        }
    }
}
