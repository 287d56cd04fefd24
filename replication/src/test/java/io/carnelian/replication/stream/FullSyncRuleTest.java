package io.carnelian.replication.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.replication.stream.FullSyncRule.Held;
import io.carnelian.replication.stream.FullSyncRule.Offered;
import io.carnelian.replication.stream.FullSyncRule.Verdict;
import org.junit.jupiter.api.Test;

class FullSyncRuleTest {
    private static final String OURS = "a".repeat(40);
    private static final String OTHER = "b".repeat(40);
    private static final Held HELD = new Held(10, OURS, 1000);

    private static Verdict offered(long keys, String replid, String origin) {
        return FullSyncRule.decide(true, HELD, new Offered(keys, replid, origin));
    }

    @Test
    void anEmptyPrimaryThatBeganAnewIsRefused() {
        assertThat(offered(0, OTHER, "")).isEqualTo(Verdict.EMPTY);
        assertThat(offered(0, "", "")).isEqualTo(Verdict.EMPTY);
    }

    @Test
    void whoHasDeletedEverythingHasTheSameHistory() {
        assertThat(offered(0, OURS, "")).isEqualTo(Verdict.TAKE);
    }

    @Test
    void whoHasNothingToLoseOrWasToldToFollowTakesAll() {
        Offered empty = new Offered(0, OTHER, "");
        assertThat(FullSyncRule.decide(false, HELD, empty)).isEqualTo(Verdict.TAKE);
        assertThat(FullSyncRule.decide(true, new Held(0, OURS, 5), empty)).isEqualTo(Verdict.TAKE);
    }

    @Test
    void aPrimaryThatWentBackInOurHistoryIsRefused() {
        assertThat(offered(5, OTHER, OURS + ":999")).isEqualTo(Verdict.OLDER);
        assertThat(offered(5, OTHER, OURS + ":1000")).isEqualTo(Verdict.TAKE);
        assertThat(offered(5, OTHER, OURS + ":1001")).isEqualTo(Verdict.TAKE);
    }

    @Test
    void otherOriginsSayNothing() {
        assertThat(offered(5, OTHER, "")).isEqualTo(Verdict.TAKE);
        assertThat(offered(5, OTHER, OTHER + ":1")).isEqualTo(Verdict.TAKE);
        assertThat(offered(5, OTHER, OURS)).isEqualTo(Verdict.TAKE);
        assertThat(offered(5, OTHER, OURS + ":")).isEqualTo(Verdict.TAKE);
        assertThat(offered(5, OTHER, OURS + ":x")).isEqualTo(Verdict.TAKE);
        assertThat(offered(5, OTHER, OURS + "0:5")).isEqualTo(Verdict.TAKE);
    }
}
