package io.carnelian.replication.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.replication.stream.PsyncDecision.Continue;
import io.carnelian.replication.stream.PsyncDecision.FullResync;
import io.carnelian.replication.stream.PsyncDecision.History;
import io.carnelian.replication.stream.PsyncDecision.Reason;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PsyncDecisionTest {
    private static final String NOW = "a".repeat(40);
    private static final String FORMER = "b".repeat(40);
    private static final String OTHER = "c".repeat(40);

    /** 1000 bytes so far, the last 300 kept; shared the former history up to byte 799. */
    private static final History HISTORY = new History(NOW, FORMER, 800, 1000, 300);

    private static PsyncDecision psync(String replid, long byteNumber) {
        return PsyncDecision.decide(HISTORY, replid, byteNumber);
    }

    private static PsyncDecision full(Reason why) {
        return new FullResync(why);
    }

    @Test
    void continuesInsideTheBacklogAndAtItsEnd() {
        assertThat(psync(NOW, 701)).isEqualTo(new Continue(701));
        assertThat(psync(NOW.toUpperCase(java.util.Locale.ROOT), 1000))
                .isEqualTo(new Continue(1000));
        assertThat(psync(NOW, 1001)).isEqualTo(new Continue(1001));
    }

    @Test
    void refusesWhatHasLeftTheBacklogAndWhatIsAheadOfUs() {
        assertThat(psync(NOW, 700)).isEqualTo(full(Reason.BEFORE_BACKLOG));
        assertThat(psync(NOW, -1)).isEqualTo(full(Reason.BEFORE_BACKLOG));
        assertThat(psync(NOW, 1002)).isEqualTo(full(Reason.AHEAD));
    }

    @Test
    void followsTheFormerHistoryAsFarAsItWasShared() {
        assertThat(psync(FORMER, 800)).isEqualTo(new Continue(800));
        assertThat(psync(FORMER, 801)).isEqualTo(full(Reason.BEYOND_SECOND_OFFSET));
        assertThat(psync(FORMER, 700)).isEqualTo(full(Reason.BEFORE_BACKLOG));
    }

    @Test
    void refusesOtherHistories() {
        assertThat(psync(OTHER, 800)).isEqualTo(full(Reason.OTHER_HISTORY));
        assertThat(psync("?", -1)).isEqualTo(full(Reason.ASKED_FOR));
        History unpromoted = new History(NOW, ReplicationId.NONE, -1, 1000, 300);
        assertThat(PsyncDecision.decide(unpromoted, ReplicationId.NONE, 800))
                .isEqualTo(full(Reason.OTHER_HISTORY));
    }

    @Test
    void refusesWithoutBacklog() {
        History alone = new History(NOW, ReplicationId.NONE, -1, 1000, -1);
        assertThat(PsyncDecision.decide(alone, NOW, 1001)).isEqualTo(full(Reason.NO_BACKLOG));
    }

    @Test
    void continuesOnlyWithBytesThatAreKeptAndShared() {
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            long position = random.nextInt(50);
            long backlog = random.nextInt((int) position + 2) - 1L;
            long second = random.nextBoolean() ? -1 : random.nextInt(60);
            History history =
                    new History(
                            NOW,
                            second < 0 ? ReplicationId.NONE : FORMER,
                            second,
                            position,
                            backlog);
            String replid =
                    new String[] {NOW, FORMER, OTHER, "?", ReplicationId.NONE}[random.nextInt(5)];
            long asked = random.nextInt(62) - 1L;
            boolean sameHistory = replid.equals(NOW) || (replid.equals(FORMER) && asked <= second);
            boolean kept = backlog >= 0 && asked > position - backlog && asked <= position + 1;
            PsyncDecision decision = PsyncDecision.decide(history, replid, asked);
            assertThat(decision instanceof Continue)
                    .as("%s %s %d", history, replid, asked)
                    .isEqualTo(sameHistory && kept);
            if (decision instanceof Continue(long from)) {
                assertThat(from).isEqualTo(asked);
            }
        }
    }
}
