package io.carnelian.aof.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PaceTest {
    private static final long SYNC = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Pace pace = new Pace();
    private long now = -1_000_000_000_000L;

    /** A group that was being written for as long as a sync takes. */
    private void wrote(long bytes, long waitingBytes) {
        wrote(bytes, waitingBytes, SYNC);
    }

    private void wrote(long bytes, long waitingBytes, long nanos) {
        long began = now;
        now += nanos;
        pace.wrote(bytes, waitingBytes, began, now);
    }

    private long always(long waitingBytes) {
        return pace.rest(Policy.ALWAYS, false, false, waitingBytes, now);
    }

    private long everysec(long waitingBytes) {
        return pace.rest(Policy.EVERYSEC, false, false, waitingBytes, now);
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void theFirstWriteIsDoneAtOnce(Policy policy) {
        assertThat(pace.rest(policy, false, false, 0, now)).isEqualTo(Pace.FOREVER);
        assertThat(pace.wantedBytes()).isEqualTo(1);
        assertThat(pace.rest(policy, false, false, 1, now)).isZero();
    }

    @Test
    void alwaysGathersUntilHalfOfWhatIsUnderWayHasCome() {
        wrote(30, 10);
        assertThat(always(10)).isEqualTo(2 * SYNC);
        assertThat(pace.wantedBytes()).isEqualTo(20);
        assertThat(always(19)).isPositive();
        assertThat(always(20)).isZero();
    }

    @Test
    void alwaysGathersNoLongerThanTwoSyncs() {
        wrote(30, 10);
        now += 2 * SYNC - 1;
        assertThat(always(10)).isEqualTo(1);
        now++;
        assertThat(always(10)).isZero();
        // And with nothing at all it waits to be woken by the first byte.
        assertThat(always(0)).isEqualTo(Pace.FOREVER);
        assertThat(pace.wantedBytes()).isEqualTo(1);
    }

    @Test
    void aSlowDiskMakesNobodyWaitLonger() {
        wrote(30, 10, TimeUnit.SECONDS.toNanos(2));
        assertThat(always(10)).isEqualTo(Pace.MOST_GATHERING_NANOS);
    }

    @Test
    void oneClientNeverWaitsForOthers() {
        wrote(36, 0);
        assertThat(always(36)).isZero();
        wrote(36, 0);
        now += MILLI;
        assertThat(always(36)).isZero();
    }

    @Test
    void whatIsNotUnderWayAnyMoreIsForgotten() {
        wrote(3600, 0);
        int groups = 0;
        while (always(36) > 0) {
            assertThat(++groups).isLessThan(50);
            now += 2 * SYNC;
            assertThat(always(36)).isZero();
            wrote(36, 0);
        }
        assertThat(groups).isPositive();
    }

    @ParameterizedTest
    @EnumSource(names = {"EVERYSEC", "NO"})
    void aStreamThatFlowsIsLookedForNowAndThen(Policy policy) {
        wrote(36, 0);
        long left = Pace.IDLE_PACE_MILLIS * MILLI - SYNC;
        assertThat(pace.rest(policy, false, false, 36, now)).isEqualTo(left);
        assertThat(pace.wantedBytes()).isEqualTo(Pace.MOST_WAITING_BYTES);
        now += left;
        assertThat(pace.rest(policy, false, false, 36, now)).isZero();
        assertThat(pace.rest(policy, false, false, 0, now))
                .isEqualTo(Pace.IDLE_PACE_MILLIS * MILLI);
    }

    @Test
    void muchIsWrittenBeforeItIsTime() {
        wrote(36, 0);
        assertThat(everysec(Pace.MOST_WAITING_BYTES - 1)).isPositive();
        assertThat(everysec(Pace.MOST_WAITING_BYTES)).isZero();
    }

    @Test
    void replicasGetItSooner() {
        wrote(36, 0);
        assertThat(pace.rest(Policy.EVERYSEC, true, false, 36, now))
                .isEqualTo(Pace.FOLLOWED_PACE_MILLIS * MILLI - SYNC);
    }

    @Test
    void whenTheStreamHasEndedItRestsForGood() {
        wrote(36, 0);
        long wroteAt = now;
        while (everysec(0) != Pace.FOREVER) {
            assertThat(pace.wantedBytes()).isEqualTo(Pace.MOST_WAITING_BYTES);
            now += everysec(0);
            assertThat(now - wroteAt).isLessThan(2 * Pace.FLOWING_NANOS);
        }
        assertThat(now - wroteAt).isGreaterThanOrEqualTo(Pace.FLOWING_NANOS);
        assertThat(pace.wantedBytes()).isEqualTo(1);
        // But for the sync that is due some time.
        assertThat(pace.rest(Policy.EVERYSEC, false, true, 0, now)).isEqualTo(Pace.CHECK_NANOS);
        assertThat(pace.wantedBytes()).isEqualTo(1);
    }
}
