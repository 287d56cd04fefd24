package io.carnelian.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.ops.report.Timeline;
import org.junit.jupiter.api.Test;

class LagWatchTest {
    private static final long MS = 1_000_000;

    private final Timeline timeline = new Timeline(0);
    private final LagWatch lag = new LagWatch(() -> 0, () -> 0, timeline);

    @Test
    void isBehindSinceThePrimaryHadTheSame() {
        lag.sample(0, 100, 100);
        lag.sample(50 * MS, 200, 200);
        lag.sample(100 * MS, 300, 200);
        lag.sample(150 * MS, 400, 250);
        assertThat(lag.mostMs()).isEqualTo(100);
        assertThat(lag.mostBytes()).isEqualTo(150);
        assertThat(timeline.behind()).containsExactly(0, 150);
    }

    @Test
    void isNotBehindWhereNothingIsWritten() {
        lag.sample(0, 100, 100);
        lag.sample(5000 * MS, 100, 100);
        lag.sample(5020 * MS, 110, 100);
        assertThat(lag.mostMs()).isEqualTo(20);
        // Asked a little later, the replica may have more than the primary had.
        lag.sample(5050 * MS, 120, 130);
        assertThat(lag.mostMs()).isEqualTo(20);
        assertThat(lag.mostBytes()).isEqualTo(10);
    }

    @Test
    void countsFromTheFirstSampleWhatItLackedBefore() {
        lag.sample(10 * MS, 100, 50);
        lag.sample(60 * MS, 100, 50);
        assertThat(lag.mostMs()).isEqualTo(50);
    }
}
