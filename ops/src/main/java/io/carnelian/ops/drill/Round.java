package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.relay.Network;
import io.carnelian.ops.report.Minority;
import io.carnelian.ops.report.RoundResult;
import io.carnelian.ops.report.Timeline;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One round of a drill.
 *
 * <pre>
 *   steady ─► clients write ─► fault ─► a new primary ─► it takes writes ─► fault healed ─► clients
 *   stop ─► steady again ─► every acknowledged write is looked for, and all data compared
 * </pre>
 */
final class Round {
    /** How long it may take until all nodes follow the primary. */
    static final long STEADY_MS = 60_000;

    private static final long FAILOVER_MS = 60_000;
    private static final long DEMOTION_MS = 60_000;
    private static final int WARM_MS = 1_500;
    private static final int SETTLE_MS = 1_500;
    private static final int POLL_MS = 5;

    private final Group group;
    private final Failover failover;
    private final Scenario scenario;
    private final Writers.Load load;
    private final Timeline timeline = new Timeline(System.nanoTime());
    private final @Nullable LinkFaults links;
    private @Nullable MinoritySide minority;
    private long warmNs;
    private long warmOffset;
    private long faultNs;

    /**
     * @param network of relays between the nodes, or null if there are none
     */
    Round(
            Group group,
            Failover failover,
            Scenario scenario,
            Writers.Load load,
            @Nullable Network network,
            LinkFaults.Severity severity) {
        this.group = group;
        this.failover = failover;
        this.scenario = scenario;
        this.load = load;
        this.links = network == null ? null : new LinkFaults(network, severity, timeline);
    }

    /** Runs it; the group must be steady. */
    RoundResult run(int number) throws IOException, InterruptedException {
        DrillNode primary = group.node(failover.primaryPort());
        try (RespLink link = primary.connect()) {
            var _ = link.require("FLUSHALL");
        }
        Counts counts = new Counts(group.counters("sync_full"), group.counters("sync_partial_ok"));
        failover.tell(timeline);
        try (Writers writers = new Writers(load, failover::primaryPort, timeline)) {
            writers.start("r" + number + ":");
            if (scenario == Scenario.SPLIT) {
                beginMinority(primary, "r" + number + ":cut-off-");
            }
            warmNs = System.nanoTime();
            warmOffset = primary.offset("master_repl_offset");
            Thread.sleep(WARM_MS);
            writers.forgetAcknowledgers();
            fault(primary, writers);
            int after = failover.primaryPort();
            long ackNs = after == primary.port() ? 0 : writers.firstAckNs(after);
            long writableMs = ackNs == 0 ? -1 : (ackNs - faultNs) / 1_000_000;
            Thread.sleep(SETTLE_MS);
            timeline.event(System.nanoTime(), "clients stop");
            writers.stop();
            if (minority != null) {
                minority.stop();
            }
            return result(number, writers.ledgers(), counts, writableMs);
        } finally {
            if (minority != null) {
                minority.close();
            }
        }
    }

    private void beginMinority(DrillNode primary, String prefix) {
        minority =
                new MinoritySide(
                        load, primary, failover::primaryPort, new Timeline(timeline.startNs()));
        minority.start(prefix);
    }

    private void fault(DrillNode primary, Writers writers)
            throws IOException, InterruptedException {
        long offset = primary.offset("master_repl_offset");
        faultNs = System.nanoTime();
        timeline.event(faultNs, scenario + " begins");
        switch (scenario) {
            case KILL -> killed(primary, writers);
            case FREEZE -> frozen(primary, writers);
            case CUT_LINK -> links().cutLink(primary, aReplicaOf(primary), steadyNs());
            case SLOW_LINK -> {
                long grown = (offset - warmOffset) * 1_000_000_000 / (faultNs - warmNs);
                links().slowLink(primary, aReplicaOf(primary), steadyNs(), grown);
            }
            case SPLIT -> split(primary, writers);
            case ROLLING_RESTART -> restarted(primary, writers);
            case COORDINATED -> handedOver(primary, writers);
        }
    }

    /** The first part of the warm-up is no measure: clients connect, code is compiled. */
    private long steadyNs() {
        return warmNs + (faultNs - warmNs) / 3;
    }

    private LinkFaults links() {
        if (links == null) {
            throw new IllegalStateException(scenario + " needs a network of relays");
        }
        return links;
    }

    private DrillNode aReplicaOf(DrillNode primary) {
        return group.allBut(primary).getLast();
    }

    private void killed(DrillNode primary, Writers writers)
            throws IOException, InterruptedException {
        primary.kill();
        awaitNewPrimary(primary, writers);
        primary.start();
        timeline.event(System.nanoTime(), primary.name() + " started again");
        failover.rejoined(primary);
    }

    private void frozen(DrillNode primary, Writers writers)
            throws IOException, InterruptedException {
        primary.freeze();
        try {
            awaitNewPrimary(primary, writers);
        } finally {
            primary.thaw();
        }
        timeline.event(System.nanoTime(), primary.name() + " goes on");
        failover.rejoined(primary);
    }

    private void split(DrillNode primary, Writers writers)
            throws IOException, InterruptedException {
        MinoritySide client = minority;
        if (client == null) {
            throw new IllegalStateException("nobody is on the primary's side");
        }
        links().split(primary);
        client.apart(faultNs);
        awaitNewPrimary(primary, writers);
        long healNs = faultNs + links().outageMs() * 1_000_000L;
        while (System.nanoTime() < healNs) {
            Thread.sleep(POLL_MS);
        }
        links().heal();
        if (failover.primaryPort() == primary.port()) {
            return;
        }
        failover.rejoined(primary);
        long endNs = System.nanoTime() + DEMOTION_MS * 1_000_000;
        while (!primary.isReplica()) {
            if (System.nanoTime() > endNs) {
                timeline.event(System.nanoTime(), primary.name() + " is still a primary");
                return;
            }
            Thread.sleep(POLL_MS);
        }
        client.demoted(System.nanoTime());
        timeline.event(System.nanoTime(), primary.name() + " is a replica");
    }

    private void restarted(DrillNode primary, Writers writers)
            throws IOException, InterruptedException {
        for (DrillNode replica : group.allBut(primary)) {
            restart(replica);
        }
        handedOver(primary, writers);
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

    private void handedOver(DrillNode primary, Writers writers)
            throws IOException, InterruptedException {
        failover.request(primary, group.allBut(primary));
        awaitNewPrimary(primary, writers);
        failover.handedOver(primary);
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

    private void awaitNewPrimary(DrillNode before, Writers writers)
            throws IOException, InterruptedException {
        long endNs = System.nanoTime() + FAILOVER_MS * 1_000_000;
        while (failover.primaryPort() == before.port()
                || writers.firstAckNs(failover.primaryPort()) == 0) {
            if (System.nanoTime() > endNs) {
                timeline.event(System.nanoTime(), "nobody took over");
                return;
            }
            Thread.sleep(POLL_MS);
        }
        timeline.event(System.nanoTime(), "writable: " + group.node(failover.primaryPort()).name());
    }

    /** Synchronizations so far, by node and life. */
    private record Counts(Map<String, Long> full, Map<String, Long> partial) {}

    private RoundResult result(int number, List<Ledger> ledgers, Counts counts, long writableMs)
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
                new RoundResult.Times(
                        scenario.isFailure() ? since(faultAtMs, "+sdown master", "down: ") : -1,
                        since(faultAtMs, "+switch-master", "promoted: "),
                        writableMs,
                        timeline.longestGapMs()),
                Group.growth(counts.full(), group.counters("sync_full")),
                Group.growth(counts.partial(), group.counters("sync_partial_ok")),
                steady,
                steady && group.isEqual(),
                group.offsets(),
                links == null ? Map.of() : links.figures(),
                minorityResult(),
                timeline);
    }

    private @Nullable Minority minorityResult() throws IOException {
        MinoritySide side = minority;
        if (side == null) {
            return null;
        }
        return side.result(Group.lost(group.node(failover.primaryPort()), side.ledgers()));
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
