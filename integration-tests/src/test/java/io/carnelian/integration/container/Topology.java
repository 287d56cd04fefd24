package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Nodes by name, on a network of their own, and what can befall the links between them.
 *
 * <pre>
 *   clients, in this JVM ── published ports ──┬────────┬────────┐
 *                                          primary    one      two
 *   mesh: names, fixed addresses ─────────────┴────────┴────────┘
 * </pre>
 *
 * Whatever happens to the mesh, clients reach every node that runs: as in a data centre where the
 * nodes have lost each other.
 *
 * <p>Links time out after {@link #REPL_TIMEOUT_S}, so that tests need not wait for long.
 */
final class Topology implements AutoCloseable {
    static final int REPL_TIMEOUT_S = 3;
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final String SENTINEL_GROUP = "mymaster";

    private static final String SENTINEL_DOWN_AFTER_MS = "1000";
    private static final String SENTINEL_FAILOVER_TIMEOUT_MS = "3000";
    private static final String SENTINEL_QUORUM = "2";
    private static final List<String> SERVER_OPTIONS =
            List.of(
                    "--bind 0.0.0.0",
                    "--protected-mode no",
                    "--dir /data",
                    "--save 3600 1",
                    "--enable-debug-command yes",
                    "--repl-ping-replica-period 1",
                    "--repl-diskless-sync-delay 0",
                    "--repl-timeout " + REPL_TIMEOUT_S);

    private final Mesh mesh;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final List<Node[]> cuts = new ArrayList<>();

    Topology() {
        Engine.prepare();
        mesh = new Mesh();
    }

    /** Our server, not started yet, with options {@code "--name value"}, a word each or two. */
    Node carnelian(String name, String... options) {
        return add(name, "carnelian:local", List.of(), options);
    }

    /** A stock redis-server, not started yet. */
    Node stock(String name, String... options) {
        return add(name, "redis-stock:local", List.of("redis-server"), options);
    }

    /** A stock redis-sentinel that watches a node, not started yet. */
    Node sentinel(String name, Node primary) {
        String conf =
                String.join(
                        "\n",
                        "port " + Node.PORT,
                        "bind 0.0.0.0",
                        "protected-mode no",
                        "dir /tmp",
                        "sentinel monitor %s %s %d %s",
                        "sentinel down-after-milliseconds %1$s " + SENTINEL_DOWN_AFTER_MS,
                        "sentinel failover-timeout %1$s " + SENTINEL_FAILOVER_TIMEOUT_MS,
                        "sentinel parallel-syncs %1$s 2");
        String file = conf.formatted(SENTINEL_GROUP, primary.address(), Node.PORT, SENTINEL_QUORUM);
        String script = "echo '" + file + "' >/tmp/s.conf && exec redis-sentinel /tmp/s.conf";
        Node node =
                new Node(
                        mesh,
                        name,
                        mesh.nextAddress(),
                        "redis-stock:local",
                        List.of("sh", "-c", script));
        nodes.put(name, node);
        return node;
    }

    private Node add(String name, String image, List<String> program, String... options) {
        List<String> command = new ArrayList<>(program);
        for (String option : SERVER_OPTIONS) {
            addOption(command, option);
        }
        for (String option : options) {
            addOption(command, option);
        }
        Node node = new Node(mesh, name, mesh.nextAddress(), image, command);
        nodes.put(name, node);
        return node;
    }

    /** The value is one word, blanks and all, as {@code save 3600 1} needs it. */
    private static void addOption(List<String> command, String option) {
        int blank = option.indexOf(' ');
        command.add(option.substring(0, blank));
        command.add(option.substring(blank + 1));
    }

    /** Starts nodes side by side. */
    void start(Node... some) {
        CompletableFuture<?>[] starts = new CompletableFuture<?>[some.length];
        for (int i = 0; i < some.length; i++) {
            starts[i] = CompletableFuture.runAsync(some[i]::start);
        }
        CompletableFuture.allOf(starts).join();
    }

    Collection<Node> nodes() {
        return nodes.values();
    }

    /** Nothing passes between the two any more; all others reach both. */
    void cut(Node one, Node other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    void cutOneWay(Node from, Node to) {
        from.cutTo(to);
        cuts.add(new Node[] {from, to});
    }

    /** Undoes every cut, isolation and freeze. */
    void heal() {
        nodes.values().forEach(Node::thaw);
        for (Node[] cut : cuts) {
            cut[0].healTo(cut[1]);
        }
        cuts.clear();
        nodes.values().forEach(Node::rejoin);
    }

    /**
     * Two nodes exchange their roles by FAILOVER, which holds writes back until the second has all
     * of them. With REPLICAOF alone the first could send another PING to others meanwhile, and be
     * ahead of its heir.
     */
    static void handOver(Node from, Node to) {
        String port = Integer.toString(Node.PORT);
        // A replica is online with its first acknowledgement.
        await("FAILOVER to " + to)
                .atMost(PATIENCE)
                .untilAsserted(() -> {
                    Reply started =
                            from.call("FAILOVER", "TO", to.address(), port, "TIMEOUT", "10000");
                    assertThat(started.text()).isEqualTo("OK");
                });
        await(to + " to take over").atMost(PATIENCE).ignoreExceptions().until(to::isPrimary);
        awaitFollows(from, to);
    }

    static void awaitLink(Node replica, boolean up) {
        await("link of " + replica + (up ? " up" : " down"))
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() ->
                        replica.info("replication", "master_link_status")
                                .equals(up ? "up" : "down"));
    }

    /** Waits for a link that leads to that primary, whether it is known by name or by address. */
    static void awaitFollows(Node replica, Node primary) {
        await(replica + " follows " + primary)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    try (RespConnection connection = replica.connect()) {
                        var info = connection.info("replication");
                        assertThat(info.get("master_host")).isIn(primary.name(), primary.address());
                        assertThat(info.get("master_link_status")).isEqualTo("up");
                    }
                });
    }

    static void awaitReplicas(Node primary, int count) {
        await(count + " replicas of " + primary)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() ->
                        primary.info("replication", "connected_slaves")
                                .equals(Integer.toString(count)));
    }

    /** Waits until replicas are where their primary is, and compares all data. */
    static void assertSame(Node primary, Node... replicas) throws IOException {
        for (Node replica : replicas) {
            try (RespConnection theirs = primary.connect();
                    RespConnection ours = replica.connect()) {
                await("offset and data of " + replica + " and " + primary)
                        .atMost(PATIENCE)
                        .untilAsserted(() -> {
                            assertThat(ours.info("replication"))
                                    .containsEntry("role", "slave")
                                    .containsEntry("master_link_status", "up")
                                    .containsEntry(
                                            "slave_repl_offset",
                                            theirs.info("replication").get("master_repl_offset"));
                            assertThat(ours.call("DEBUG", "DIGEST").text())
                                    .hasSize(40)
                                    .isEqualTo(theirs.call("DEBUG", "DIGEST").text());
                        });
            }
        }
    }

    @Override
    public void close() {
        CompletableFuture<?>[] ends =
                nodes.values().stream()
                        .map(node -> CompletableFuture.runAsync(node::close))
                        .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(ends).join();
        mesh.close();
    }
}
