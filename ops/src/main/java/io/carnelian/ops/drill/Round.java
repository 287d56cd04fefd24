package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * One round of a drill.
 *
 * <pre>
 *   steady ─► clients write ─► fault ─► a new primary ─► it takes writes ─► fault healed ─► clients
 *   stop ─► steady again ─► every acknowledged write is looked for, and all data compared
 * </pre>
 */
final class Round {
    private static final long STEADY_MS = 60_000;
    private static final long FAILOVER_MS = 60_000;
    private static final int WARM_MS = 1_500;
    private static final int SETTLE_MS = 1_500;
    private static final int POLL_MS = 5;

    private final Group group;
    private final Failover failover;
    private final Scenario scenario;
    private final Writers.Load load;
    private final Timeline timeline = new Timeline(System.nanoTime());
    private long faultNs;

    Round(Group group, Failover failover, Scenario scenario, Writers.Load load) {
        this.group = group;
        this.failover = failover;
        this.scenario = scenario;
        this.load = load;
    }

    RoundResult run(int number) throws IOException, InterruptedException {
        if (!group.awaitSteady(failover, STEADY_MS)) {
            throw new IOException("the group is not steady before round " + number);
        }
        try (RespLink link = group.node(failover.primaryPort()).connect()) {
            var _ = link.require("FLUSHALL");
        }
        Map<String, Long> full = group.counters("sync_full");
        Map<String, Long> partial = group.counters("sync_partial_ok");
        failover.tell(timeline);
        int before = failover.primaryPort();
        long writableMs;
        try (Writers writers = new Writers(load, failover::primaryPort, timeline)) {
            writers.start("r" + number + ":");
            Thread.sleep(WARM_MS);
            writers.forgetAcknowledgers();
            faultNs = System.nanoTime();
            timeline.event(faultNs, scenario + " begins");
            switch (scenario) {
                case KILL -> killed(before, writers);
                case FREEZE -> frozen(before, writers);
                case ROLLING_RESTART -> restarted(before, writers);
                case COORDINATED -> handedOver(before, writers);
            }
            int after = failover.primaryPort();
            long ackNs = after == before ? 0 : writers.firstAckNs(after);
            writableMs = ackNs == 0 ? -1 : (ackNs - faultNs) / 1_000_000;
            Thread.sleep(SETTLE_MS);
            timeline.event(System.nanoTime(), "clients stop");
            writers.stop();
            return result(number, writers.ledgers(), full, partial, writableMs);
        }
    }

    private void killed(int before, Writers writers) throws IOException, InterruptedException {
        DrillNode primary = group.node(before);
        primary.kill();
        awaitNewPrimary(before, writers);
        primary.start();
        timeline.event(System.nanoTime(), primary.name() + " started again");
        failover.rejoined(primary);
    }

    private void frozen(int before, Writers writers) throws IOException, InterruptedException {
        DrillNode primary = group.node(before);
        primary.freeze();
        try {
            awaitNewPrimary(before, writers);
        } finally {
            primary.thaw();
        }
        timeline.event(System.nanoTime(), primary.name() + " goes on");
        failover.rejoined(primary);
    }

    private void restarted(int before, Writers writers) throws IOException, InterruptedException {
        DrillNode primary = group.node(before);
        for (DrillNode replica : group.allBut(primary)) {
            restart(replica);
        }
        failover.request();
        awaitNewPrimary(before, writers);
        restart(primary);
    }

    private void restart(DrillNode node) throws IOException, InterruptedException {
        timeline.event(System.nanoTime(), node.name() + " restarts");
        node.stop();
        node.start();
        failover.rejoined(node);
        var _ = awaitFollowing();
        timeline.event(System.nanoTime(), node.name() + " follows again");
    }

    private void handedOver(int before, Writers writers) throws IOException, InterruptedException {
        failover.request();
        awaitNewPrimary(before, writers);
    }

    /** While clients write, offsets are never equal: it is enough that all links are up. */
    private boolean awaitFollowing() throws InterruptedException {
        long endNs = System.nanoTime() + STEADY_MS * 1_000_000;
        while (System.nanoTime() < endNs) {
            DrillNode primary = group.node(failover.primaryPort());
            boolean all = failover.isReady();
            for (DrillNode replica : group.allBut(primary)) {
                Map<String, String> state = replica.info("replication");
                all &= state.getOrDefault("master_link_status", "").equals("up");
            }
            if (all) {
                return true;
            }
            Thread.sleep(POLL_MS);
        }
        return false;
    }

    private void awaitNewPrimary(int before, Writers writers)
            throws IOException, InterruptedException {
        long endNs = System.nanoTime() + FAILOVER_MS * 1_000_000;
        while (failover.primaryPort() == before
                || writers.firstAckNs(failover.primaryPort()) == 0) {
            if (System.nanoTime() > endNs) {
                timeline.event(System.nanoTime(), "nobody took over");
                return;
            }
            Thread.sleep(POLL_MS);
        }
        timeline.event(System.nanoTime(), "writable: " + name(failover.primaryPort()));
    }

    private String name(int port) {
        return group.node(port).name();
    }

    private RoundResult result(
            int number,
            List<Ledger> ledgers,
            Map<String, Long> full,
            Map<String, Long> partial,
            long writableMs)
            throws IOException, InterruptedException {
        boolean steady = group.awaitSteady(failover, STEADY_MS);
        long attempted = 0;
        long acknowledged = 0;
        for (Ledger ledger : ledgers) {
            attempted += ledger.attempted();
            acknowledged += ledger.acknowledged().cardinality();
        }
        long faultAtMs = timeline.atMs(faultNs);
        return new RoundResult(
                number,
                attempted,
                acknowledged,
                Group.lost(group.node(failover.primaryPort()), ledgers),
                faultAtMs,
                scenario.isFailure() ? since(faultAtMs, "+sdown master", "down: ") : -1,
                since(faultAtMs, "+switch-master", "promoted: "),
                writableMs,
                timeline.longestGapMs(),
                Group.growth(full, group.counters("sync_full")),
                Group.growth(partial, group.counters("sync_partial_ok")),
                steady,
                steady && group.isEqual(),
                group.offsets(),
                timeline);
    }

    /** How long after the fault one of these was first heard, or -1. */
    private long since(long faultAtMs, String... events) {
        for (String event : events) {
            long atMs = timeline.firstMs(event);
            if (atMs >= 0) {
                return atMs - faultAtMs;
            }
        }
        return -1;
    }
}
