package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.report.Timeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Three stock Sentinels, of which two must agree. Their events are heard from all of them: what the
 * first says counts.
 *
 * <p>SENTINEL FAILOVER alone does not stop the old primary from taking writes: it promotes a
 * replica, and a second or so later clients hear of it; what they wrote meanwhile is lost. Nor does
 * the old primary hear of it before some eight seconds. So an operator first lets it refuse writes,
 * with more {@code min-replicas-to-write} than there are, and waits until replicas have all that it
 * has. (CLIENT PAUSE would do that too, but it holds the PUBLISH of Sentinels, who then think that
 * the primary is down.)
 */
final class SentinelFailover implements Failover {
    private static final String GROUP = "drill";
    private static final int SENTINELS = 3;
    private static final int QUORUM = 2;
    private static final int FAILOVER_TIMEOUT_MS = 6_000;
    private static final String MIN_REPLICAS = "min-replicas-to-write";
    private static final long CATCH_UP_MS = 10_000;
    private static final long DEMOTION_MS = 60_000;
    private static final int POLL_MS = 10;
    private static final Pattern ADDRESS = Pattern.compile("127\\.0\\.0\\.1[ :](\\d+)");
    private static final Set<String> TOLD =
            Set.of(
                    "+sdown",
                    "-sdown",
                    "+odown",
                    "+try-failover",
                    "+switch-master",
                    "+convert-to-slave",
                    "-failover-abort-no-good-slave");

    private final List<DrillNode> sentinels = new ArrayList<>();
    private final List<RespLink> listeners = new ArrayList<>();
    private final Set<String> heard = new HashSet<>();
    private final Map<String, String> names = new HashMap<>();
    private final int replicas;
    private final boolean prepared;
    private @Nullable String minReplicas;
    private volatile int primaryPort;
    private volatile Timeline timeline = new Timeline(System.nanoTime());

    /**
     * Starts them.
     *
     * @param nodes of the group; the first is its primary now
     * @param downAfterMs silence after which a Sentinel thinks that a node is down
     * @param prepared whether writes are stopped before SENTINEL FAILOVER
     */
    SentinelFailover(Path folder, List<DrillNode> nodes, int downAfterMs, boolean prepared)
            throws IOException, InterruptedException {
        this.primaryPort = nodes.getFirst().port();
        this.replicas = nodes.size() - 1;
        for (DrillNode node : nodes) {
            names.put(Integer.toString(node.port()), node.name());
        }
        this.prepared = prepared;
        String configuration =
                ("sentinel monitor drill 127.0.0.1 %d %d%n"
                                + "sentinel down-after-milliseconds drill %d%n"
                                + "sentinel failover-timeout drill %d%n"
                                + "sentinel parallel-syncs drill 1%n")
                        .formatted(primaryPort, QUORUM, downAfterMs, FAILOVER_TIMEOUT_MS);
        for (int i = 1; i <= SENTINELS; i++) {
            DrillNode sentinel = DrillNode.sentinel("sentinel-" + i, folder, configuration);
            sentinels.add(sentinel);
            RespLink link = new RespLink(sentinel.port(), 0);
            listeners.add(link);
            var _ = link.require("PSUBSCRIBE", "*");
            Thread.ofPlatform().daemon().name("sentinel-events").start(() -> listen(link));
        }
    }

    private void listen(RespLink link) {
        try {
            while (true) {
                if (link.readReply() instanceof List<?> message && message.size() == 4) {
                    heard(String.valueOf(message.get(2)), String.valueOf(message.get(3)));
                }
            }
        } catch (IOException closed) {
            // The drill has ended, or this Sentinel has: the others go on.
            return;
        }
    }

    private synchronized void heard(String event, String text) {
        if (!TOLD.contains(event)) {
            return;
        }
        String[] words = text.split(" ");
        if (event.equals("+switch-master") && words.length == 5) {
            primaryPort = Integer.parseInt(words[4]);
        }
        // "#quorum 2/2" at the end differs from one to the other.
        String what = event + " " + named(text.replaceAll(" #.*", ""));
        if (heard.add(what)) {
            timeline.event(System.nanoTime(), what);
        }
    }

    /** The names of nodes in place of their addresses. */
    private String named(String text) {
        return ADDRESS.matcher(text)
                .replaceAll(found -> names.getOrDefault(found.group(1), found.group()));
    }

    @Override
    public int primaryPort() {
        return primaryPort;
    }

    @Override
    public synchronized void tell(Timeline to) {
        timeline = to;
        heard.clear();
    }

    @Override
    public boolean isReady() {
        for (DrillNode sentinel : sentinels) {
            Map<String, String> state = state(sentinel);
            boolean ready =
                    state.getOrDefault("num-other-sentinels", "").equals("2")
                            && state.getOrDefault("num-slaves", "")
                                    .equals(Integer.toString(replicas))
                            && state.getOrDefault("flags", "").equals("master")
                            && state.getOrDefault("port", "").equals(Integer.toString(primaryPort));
            if (!ready) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, String> state(DrillNode sentinel) {
        Map<String, String> state = new HashMap<>();
        try (RespLink link = sentinel.connect()) {
            if (link.require("SENTINEL", "MASTER", GROUP) instanceof List<?> pairs) {
                for (int i = 0; i + 1 < pairs.size(); i += 2) {
                    state.put(String.valueOf(pairs.get(i)), String.valueOf(pairs.get(i + 1)));
                }
            }
        } catch (IOException notNow) {
            return Map.of();
        }
        return state;
    }

    @Override
    public void request(DrillNode primary, List<DrillNode> others)
            throws IOException, InterruptedException {
        boolean begun = false;
        try (RespLink link = sentinels.getFirst().connect()) {
            if (prepared) {
                stopWrites(primary, others);
            }
            var _ = link.require("SENTINEL", "FAILOVER", GROUP);
            timeline.event(System.nanoTime(), "SENTINEL FAILOVER");
            begun = true;
        } finally {
            if (!begun) {
                allowWrites(primary);
            }
        }
    }

    /** One of the replicas is as good as the primary then, and stays so. */
    private void stopWrites(DrillNode primary, List<DrillNode> others)
            throws IOException, InterruptedException {
        minReplicas = primary.set(MIN_REPLICAS, Integer.toString(replicas + 1));
        long offset = primary.offset("master_repl_offset");
        timeline.event(System.nanoTime(), primary.name() + " refuses writes");
        long endNs = System.nanoTime() + CATCH_UP_MS * 1_000_000;
        for (DrillNode other : others) {
            while (other.offset("slave_repl_offset") < offset) {
                if (System.nanoTime() > endNs) {
                    throw new IOException(other.name() + " does not catch up");
                }
                Thread.sleep(POLL_MS);
            }
        }
        timeline.event(System.nanoTime(), "replicas have all of it");
    }

    /** Sentinels have made it keep the limit over a restart, with its new role. */
    private void allowWrites(DrillNode node) throws IOException {
        if (minReplicas != null) {
            var _ = node.set(MIN_REPLICAS, minReplicas);
            node.remember();
            minReplicas = null;
        }
    }

    @Override
    public void handedOver(DrillNode old) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + DEMOTION_MS * 1_000_000;
        while (!old.isReplica()) {
            if (System.nanoTime() > endNs) {
                throw new IOException(old.name() + " is not told to follow the new primary");
            }
            Thread.sleep(POLL_MS);
        }
        timeline.event(System.nanoTime(), old.name() + " is a replica");
        allowWrites(old);
    }

    /** A Sentinel finds it by itself. */
    @Override
    public void rejoined(DrillNode node) {}

    @Override
    public void close() {
        listeners.forEach(SentinelFailover::close);
        sentinels.forEach(DrillNode::close);
    }

    private static void close(RespLink link) {
        try {
            link.close();
        } catch (IOException closedAlready) {
            return;
        }
    }
}
