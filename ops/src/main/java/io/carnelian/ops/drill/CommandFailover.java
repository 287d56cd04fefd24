package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.report.Timeline;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Without Sentinels: the drill itself watches the primary. A dead one is replaced by the replica
 * that has most, with REPLICAOF; one that is well hands over by FAILOVER, which loses nothing.
 */
final class CommandFailover implements Failover {
    private static final int POLL_MS = 50;
    private static final long FAILOVER_TIMEOUT_MS = 20_000;

    private final List<DrillNode> nodes;
    private final int downAfterMs;
    private volatile int primaryPort;
    private volatile Timeline timeline = new Timeline(System.nanoTime());
    private volatile boolean held;
    private volatile boolean ended;

    /**
     * @param downAfterMs silence after which the primary is replaced
     */
    CommandFailover(List<DrillNode> nodes, int downAfterMs) {
        this.nodes = nodes;
        this.downAfterMs = downAfterMs;
        this.primaryPort = nodes.getFirst().port();
        Thread.ofPlatform().daemon().name("watch").start(this::watch);
    }

    private void watch() {
        long heardNs = System.nanoTime();
        try {
            while (!ended) {
                DrillNode primary = node(primaryPort);
                boolean silent = !held && !primary.isReachable(downAfterMs);
                long nowNs = System.nanoTime();
                if (!silent) {
                    heardNs = nowNs;
                } else if (!held && (nowNs - heardNs) / 1_000_000 >= downAfterMs) {
                    timeline.event(nowNs, "down: " + primary.name());
                    promoteAnother(primary);
                    heardNs = System.nanoTime();
                }
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private DrillNode node(int port) {
        for (DrillNode node : nodes) {
            if (node.port() == port) {
                return node;
            }
        }
        throw new IllegalStateException("no node at port " + port);
    }

    private void promoteAnother(DrillNode dead) {
        DrillNode best = null;
        long most = -1;
        for (DrillNode node : nodes) {
            Map<String, String> state = node == dead ? Map.of() : node.info("replication");
            String offset = state.getOrDefault("slave_repl_offset", "-1");
            if (Long.parseLong(offset) > most) {
                most = Long.parseLong(offset);
                best = node;
            }
        }
        if (best == null) {
            timeline.event(System.nanoTime(), "nobody to promote");
            return;
        }
        try {
            best.promote();
            primaryPort = best.port();
            timeline.event(System.nanoTime(), "promoted: " + best.name());
            for (DrillNode node : nodes) {
                if (node != best && node != dead) {
                    rejoined(node);
                }
            }
        } catch (IOException e) {
            timeline.event(System.nanoTime(), "promotion failed: " + e.getMessage());
        }
    }

    @Override
    public int primaryPort() {
        return primaryPort;
    }

    @Override
    public void tell(Timeline to) {
        timeline = to;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void request(DrillNode primary, List<DrillNode> replicas)
            throws IOException, InterruptedException {
        held = true;
        try (RespLink link = primary.connect()) {
            int before = primaryPort;
            var _ = link.require("FAILOVER");
            timeline.event(System.nanoTime(), "FAILOVER: " + primary.name());
            long endNs = System.nanoTime() + FAILOVER_TIMEOUT_MS * 1_000_000;
            while (primaryPort == before) {
                for (DrillNode node : nodes) {
                    if (node.port() != before && isPrimary(node)) {
                        primaryPort = node.port();
                        timeline.event(System.nanoTime(), "promoted: " + node.name());
                    }
                }
                if (System.nanoTime() > endNs) {
                    throw new IOException("FAILOVER did not end in time");
                }
                Thread.sleep(POLL_MS / 10);
            }
            awaitHandover(primary, endNs);
            for (DrillNode node : nodes) {
                rejoined(node);
            }
        } finally {
            held = false;
        }
    }

    /** Until the old primary follows the new one it takes no other order. */
    private static void awaitHandover(DrillNode old, long endNs)
            throws IOException, InterruptedException {
        while (true) {
            Map<String, String> state = old.info("replication");
            boolean over =
                    state.getOrDefault("role", "").equals("slave")
                            && state.getOrDefault("master_failover_state", "")
                                    .equals("no-failover");
            if (over) {
                return;
            }
            if (System.nanoTime() > endNs) {
                throw new IOException("the old primary does not follow the new one");
            }
            Thread.sleep(POLL_MS / 10);
        }
    }

    private static boolean isPrimary(DrillNode node) {
        return node.info("replication").getOrDefault("role", "").equals("master");
    }

    /** {@link #request} has waited for that. */
    @Override
    public void handedOver(DrillNode old) {}

    @Override
    public void rejoined(DrillNode node) throws IOException {
        if (node.port() == primaryPort) {
            node.remember();
        } else {
            node.follow(primaryPort);
        }
    }

    @Override
    public void close() {
        ended = true;
    }
}
