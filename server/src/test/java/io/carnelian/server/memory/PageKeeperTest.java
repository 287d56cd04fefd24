package io.carnelian.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageKeeperTest {
    private static final int MIB_PAGES = (1 << 20) >>> Pages.PAGE_SHIFT;

    private final Pages pages = new Pages(1L << 30);
    private final PageKeeper keeper = new PageKeeper(pages);
    private final AtomicInteger wakes = new AtomicInteger();

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void putsMemoryBehindPagesAheadOfTheirUse() {
        assertThat(pages.idleResidentPages()).isZero();
        round();
        int ready = pages.idleResidentPages();
        assertThat(ready).isBetween(4 * MIB_PAGES, 6 * MIB_PAGES);
        int run = pages.allocateRun(MIB_PAGES);
        assertThat(pages.idleResidentPages()).isEqualTo(ready - MIB_PAGES);
        pages.freeRun(run);
        assertThat(pages.idleResidentPages()).isEqualTo(ready);
    }

    @Test
    void isWokenOnceWhenHalfOfItIsGone() {
        round();
        pages.allocateRun(MIB_PAGES);
        assertThat(wakes).hasValue(0);
        pages.allocateRun(2 * MIB_PAGES);
        assertThat(wakes).hasValue(1);
        pages.allocateRun(MIB_PAGES);
        assertThat(wakes).hasValue(1);
        round();
        assertThat(pages.idleResidentPages()).isGreaterThanOrEqualTo(4 * MIB_PAGES);
    }

    @Test
    void givesTooMuchBackSlowly() {
        List<Integer> runs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            runs.add(pages.allocateRun(MIB_PAGES));
        }
        assertThat(pages.committedBytes()).isGreaterThanOrEqualTo(200L << 20);
        runs.forEach(pages::freeRun);
        assertThat(pages.committedBytes()).isGreaterThanOrEqualTo(200L << 20);
        round();
        assertThat(pages.committedBytes()).isBetween(190L << 20, 199L << 20);
        for (int i = 0; i < 300; i++) {
            round();
        }
        assertThat(pages.committedBytes()).isBetween(4L << 20, 24L << 20);
    }

    /** New pages join the free ones before them, all of which have memory. */
    @Test
    void goesOnBehindFreePagesThatHaveMemory() {
        int all = pages.pageCount() - 1;
        int last = 0;
        for (int i = 0; i < all; i++) {
            last = pages.allocateRun(1);
        }
        pages.freeRun(last);
        assertThat(pages.idleResidentPages()).isEqualTo(1);
        round();
        assertThat(pages.idleResidentPages()).isGreaterThanOrEqualTo(4 * MIB_PAGES);
    }

    @Test
    void growsUpToTheLimitOnly() {
        pages.limitBytes(40L << 20);
        for (int i = 0; i < 39; i++) {
            pages.allocateRun(MIB_PAGES);
            round();
        }
        assertThat(pages.committedBytes()).isLessThanOrEqualTo(40L << 20);
    }

    /** Runs of random sizes come and go between rounds; no page belongs to two of them. */
    @Test
    void nobodyElseGetsAPageThatIsInUse() {
        Random random = new Random(Seed.of(PageKeeperTest.class));
        List<int[]> live = new ArrayList<>();
        boolean[] taken = new boolean[1 << 14];
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(8) == 0) {
                round();
            }
            if (random.nextInt(live.size() + 1) < 60) {
                int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 100 : 9);
                int run = pages.allocateRun(count);
                live.add(new int[] {run, count});
                mark(taken, run, count, true);
            } else {
                int[] run = live.remove(random.nextInt(live.size()));
                mark(taken, run[0], run[1], false);
                pages.freeRun(run[0]);
            }
        }
        int used = live.stream().mapToInt(run -> run[1]).sum();
        assertThat(pages.usedPages()).isEqualTo(used);
        assertThat(pages.idleResidentPages()).isBetween(0, pages.pageCount() - 1 - used);
    }

    /** The system call for it may take milliseconds, and nobody waits for the lock then. */
    @Test
    void aPageThatIsGivenBackIsNobodysMeanwhile() {
        int big = pages.allocateRun(128 * MIB_PAGES);
        pages.freeRun(big);
        int idle = pages.idleResidentPages();
        int given = pages.takeIdle();
        int length = (int) (pages.runBytes(given) >> Pages.PAGE_SHIFT);
        assertThat(length).isEqualTo(2 * MIB_PAGES);
        assertThat(pages.idleResidentPages()).isEqualTo(idle - length);
        for (int taken = 0; taken < 120 * MIB_PAGES; taken += 32) {
            int run = pages.allocateRun(32);
            assertThat(run + 32 <= given || run >= given + length).isTrue();
        }
        pages.returnBare(given, false);
        assertThat(pages.usedPages()).isEqualTo(120 * MIB_PAGES);
        assertThat(pages.committedBytes()).isLessThan(129L << 20);
    }

    private static void mark(boolean[] taken, int run, int count, boolean take) {
        for (int page = run; page < run + count; page++) {
            assertThat(taken[page]).isNotEqualTo(take);
            taken[page] = take;
        }
    }

    private void round() {
        keeper.round(wakes::incrementAndGet);
    }
}
