package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A primary with its replicas, and what can be said of them from outside. */
final class Group implements AutoCloseable {
    private static final int POLL_MS = 50;
    private static final int KEYS_AT_ONCE = 500;
    private static final int OFFSET_TRIES = 20;

    private final List<DrillNode> nodes = new ArrayList<>();

    /** Starts a primary and its replicas. */
    Group(Path folder, DrillNode.Plan plan, int replicas) throws IOException, InterruptedException {
        boolean whole = false;
        try {
            nodes.add(DrillNode.server("node-1", folder, plan));
            for (int i = 2; i <= replicas + 1; i++) {
                DrillNode node = DrillNode.server("node-" + i, folder, plan);
                nodes.add(node);
                node.follow(nodes.getFirst().port());
            }
            whole = true;
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    List<DrillNode> nodes() {
        return nodes;
    }

    DrillNode node(int port) {
        for (DrillNode node : nodes) {
            if (node.port() == port) {
                return node;
            }
        }
        throw new IllegalStateException("no node at port " + port);
    }

    List<DrillNode> allBut(DrillNode one) {
        List<DrillNode> others = new ArrayList<>(nodes);
        others.remove(one);
        return others;
    }

    /** Waits until everybody follows the primary and has all that it has. */
    boolean awaitSteady(Failover failover, long timeoutMs) throws InterruptedException {
        long endNs = System.nanoTime() + timeoutMs * 1_000_000;
        while (!isSteady(failover.primaryPort()) || !failover.isReady()) {
            if (System.nanoTime() > endNs) {
                return false;
            }
            Thread.sleep(POLL_MS);
        }
        return true;
    }

    private boolean isSteady(int primaryPort) {
        Map<String, String> primary = node(primaryPort).info("replication");
        String offset = primary.getOrDefault("master_repl_offset", "?");
        boolean steady = primary.getOrDefault("role", "").equals("master");
        for (DrillNode replica : allBut(node(primaryPort))) {
            Map<String, String> state = replica.info("replication");
            steady &=
                    state.getOrDefault("master_port", "").equals(Integer.toString(primaryPort))
                            && state.getOrDefault("master_link_status", "").equals("up")
                            && state.getOrDefault("slave_repl_offset", "").equals(offset);
        }
        return steady;
    }

    /**
     * The replication offset of each node, as it says itself. They are asked one after the other,
     * so a ping or what a Sentinel publishes may make them differ: then they are asked again.
     */
    Map<String, String> offsets() throws InterruptedException {
        Map<String, String> offsets = offsetsNow();
        for (int i = 0; i < OFFSET_TRIES && Set.copyOf(offsets.values()).size() > 1; i++) {
            Thread.sleep(POLL_MS);
            offsets = offsetsNow();
        }
        return offsets;
    }

    private Map<String, String> offsetsNow() {
        Map<String, String> offsets = new TreeMap<>();
        for (DrillNode node : nodes) {
            Map<String, String> state = node.info("replication");
            boolean replica = state.getOrDefault("role", "").equals("slave");
            String field = replica ? "slave_repl_offset" : "master_repl_offset";
            offsets.put(node.name(), state.getOrDefault(field, "?"));
        }
        return offsets;
    }

    /** Whether all nodes have the same data. */
    boolean isEqual() throws IOException {
        Set<Object> digests = new HashSet<>();
        for (DrillNode node : nodes) {
            try (RespLink link = node.connect()) {
                digests.add(link.require("DEBUG", "DIGEST"));
            }
        }
        return digests.size() == 1;
    }

    /** A counter of INFO stats of each life of each node. */
    Map<String, Long> counters(String field) {
        Map<String, Long> counters = new HashMap<>();
        for (DrillNode node : nodes) {
            String value = node.info("stats").getOrDefault(field, "0");
            counters.put(node.name() + "/" + node.lives(), Long.parseLong(value));
        }
        return counters;
    }

    /** How much counters have grown; those of a new life began with 0. */
    static long growth(Map<String, Long> before, Map<String, Long> after) {
        long growth = 0;
        for (Map.Entry<String, Long> e : after.entrySet()) {
            growth += e.getValue() - before.getOrDefault(e.getKey(), 0L);
        }
        return growth;
    }

    /** The keys of acknowledged writes that a node does not have, or not with that value. */
    static List<String> lost(DrillNode node, List<Ledger> ledgers) throws IOException {
        List<String> lost = new ArrayList<>();
        try (RespLink link = node.connect()) {
            for (Ledger ledger : ledgers) {
                BitSet acknowledged = ledger.acknowledged();
                int from = acknowledged.nextSetBit(0);
                while (from >= 0) {
                    from = lostOf(link, ledger, from, lost);
                }
            }
        }
        return lost;
    }

    /** Looks at some from that number on; the number to go on with, or -1. */
    private static int lostOf(RespLink link, Ledger ledger, int from, List<String> lost)
            throws IOException {
        List<Integer> numbers = new ArrayList<>();
        int next = from;
        while (next >= 0 && numbers.size() < KEYS_AT_ONCE) {
            numbers.add(next);
            next = ledger.acknowledged().nextSetBit(next + 1);
        }
        String[] command = new String[numbers.size() + 1];
        command[0] = "MGET";
        for (int i = 0; i < numbers.size(); i++) {
            command[i + 1] = ledger.key(numbers.get(i));
        }
        if (!(link.require(command) instanceof List<?> values)) {
            throw new IOException("MGET did not answer a list");
        }
        for (int i = 0; i < numbers.size(); i++) {
            if (!Ledger.value(numbers.get(i)).equals(values.get(i))) {
                lost.add(ledger.key(numbers.get(i)));
            }
        }
        return next;
    }

    @Override
    public void close() {
        nodes.forEach(DrillNode::close);
    }
}
