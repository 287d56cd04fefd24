package io.carnelian.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CronTest {
    private final Cron cron = new Cron();
    private int runs;

    private void tick(long nowMs, int expectedRuns) {
        cron.tick(nowMs);
        assertThat(runs).as("at %d", nowMs).isEqualTo(expectedRuns);
    }

    @Test
    void aTaskRunsOncePeriodAndEachTickWithoutOne() {
        cron.every("seldom", 1000, () -> runs++);
        tick(100_000, 1);
        tick(100_999, 1);
        tick(101_000, 2);
        tick(101_100, 2);
        cron.every("often", 0, () -> runs++);
        tick(101_200, 3);
        tick(101_300, 4);
    }

    @Test
    void aClockThatIsSetBackHoldsNothingUp() {
        cron.every("task", 1000, () -> runs++);
        tick(5_000_000, 1);
        tick(1_000_000, 2);
        tick(1_000_500, 2);
        tick(1_001_000, 3);
    }
}
