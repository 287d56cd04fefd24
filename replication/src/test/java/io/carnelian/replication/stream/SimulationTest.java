package io.carnelian.replication.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Nodes that follow each other through cuts, crashes and role changes. {@code -Dseed=N} replays one
 * run, {@code -Dsimulation.seeds=10000} makes as many.
 */
class SimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 200);
    private static final int EVENTS = 40;

    @Test
    void histories() {
        Long only = Long.getLong("seed");
        if (only != null) {
            new SimWorld(only).run(EVENTS);
            return;
        }
        Map<PsyncDecision.Reason, Integer> resyncs = new EnumMap<>(PsyncDecision.Reason.class);
        long continues = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            SimWorld world = new SimWorld(seed);
            world.run(EVENTS);
            continues += world.continues();
            world.resyncs().forEach((why, count) -> resyncs.merge(why, count, Integer::sum));
        }
        assertThat(continues).isGreaterThan(SEEDS);
        assertThat(resyncs)
                .containsKeys(
                        PsyncDecision.Reason.ASKED_FOR,
                        PsyncDecision.Reason.OTHER_HISTORY,
                        PsyncDecision.Reason.BEYOND_SECOND_OFFSET,
                        PsyncDecision.Reason.BEFORE_BACKLOG);
    }
}
