package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three nodes of ours under three stock sentinels, which replace the primary: killed, or cut off
 * from everybody but a client. Writes are confirmed by both replicas, so whichever is promoted has
 * them. Each test begins with whoever is the primary then.
 */
@RequiresDocker
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SentinelContainersIT {
    private static final Logger LOG = LoggerFactory.getLogger(SentinelContainersIT.class);
    private static final int WRITES = 50;

    /** A primary that comes back is left alone for eight seconds before it is told its new role. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Topology topology = new Topology();
    private final Node first = topology.carnelian("first");
    private final List<Node> servers =
            List.of(first, topology.carnelian("second"), topology.carnelian("third"));
    private final List<Node> sentinels =
            List.of(
                    topology.sentinel("sentinel-1", first),
                    topology.sentinel("sentinel-2", first),
                    topology.sentinel("sentinel-3", first));

    @BeforeAll
    void start() throws IOException {
        topology.start(servers.toArray(Node[]::new));
        for (Node replica : servers.subList(1, servers.size())) {
            replica.followAddress(first);
            Topology.awaitFollows(replica, first);
        }
        topology.start(sentinels.toArray(Node[]::new));
    }

    @AfterAll
    void end() {
        topology.close();
    }

    @Test
    void aPrimaryIsKilled() throws Exception {
        Node old = agreedPrimary();
        Map<Node, Resyncs> before = resyncs();
        try (Ledger ledger = new Ledger(2, servers.toArray(Node[]::new))) {
            ledger.awaitConfirmed(WRITES);
            long killedNs = System.nanoTime();
            old.kill();
            Node promoted = awaitAnother(old, killedNs);
            Node other = others(old, promoted);
            Topology.awaitFollows(other, promoted);
            since(before, promoted).assertOnlyPartial(1);
            old.startAgain();
            awaitDemoted(old, promoted);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(promoted, old, other);
            ledger.assertNoneLost(promoted, old, other);
            // The old one came back with nothing, the other one never took everything.
            assertThat(since(before, promoted).full()).isEqualTo(1);
        }
    }

    /**
     * Its client goes on writing to it: acknowledged, not confirmed, and gone when it comes back.
     * The others' history has gone on without it, so it takes everything.
     */
    @Test
    void aPrimaryIsCutOff() throws Exception {
        Node old = agreedPrimary();
        Node[] rest = servers.stream().filter(node -> node != old).toArray(Node[]::new);
        try (Ledger stays = new Ledger(2, old)) {
            stays.awaitConfirmed(WRITES);
            long cutNs = System.nanoTime();
            old.isolate();
            try (Ledger moves = new Ledger(1, rest)) {
                Node promoted = awaitAnother(old, cutNs);
                Node other = others(old, promoted);
                Topology.awaitFollows(other, promoted);
                int confirmed = stays.confirmed();
                stays.awaitUnconfirmed(2);
                assertThat(stays.confirmed()).isEqualTo(confirmed);
                moves.awaitConfirmed(WRITES);
                Resyncs before = Resyncs.of(promoted);
                stays.stop();
                topology.heal();
                awaitDemoted(old, promoted);
                moves.awaitConfirmed(WRITES);
                moves.stop();
                Topology.assertSame(promoted, old, other);
                moves.assertNoneLost(promoted, old, other);
                stays.assertNoneLost(promoted, old, other);
                assertThat(Resyncs.of(promoted).since(before).full()).isEqualTo(1);
            }
        }
    }

    private Map<Node, Resyncs> resyncs() throws IOException {
        Map<Node, Resyncs> all = new HashMap<>();
        for (Node server : servers) {
            all.put(server, Resyncs.of(server));
        }
        return all;
    }

    private static Resyncs since(Map<Node, Resyncs> before, Node node) throws IOException {
        return Resyncs.of(node).since(Objects.requireNonNull(before.get(node)));
    }

    private Node others(Node one, Node another) {
        return servers.stream()
                .filter(node -> node != one && node != another)
                .findFirst()
                .orElseThrow();
    }

    /** The primary that all three sentinels name, with two replicas that they know to be well. */
    private Node agreedPrimary() {
        for (Node sentinel : sentinels) {
            await(sentinel + " knows everybody")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() ->
                            assertThat(sentinel.call("INFO", "sentinel").text())
                                    .contains("status=ok", "slaves=2,sentinels=3"));
        }
        Node primary = named(sentinels.getFirst());
        for (Node replica : servers) {
            if (replica != primary) {
                Topology.awaitFollows(replica, primary);
            }
        }
        return primary;
    }

    /** Whom a sentinel names. */
    private Node named(Node sentinel) {
        try (RespConnection connection = sentinel.connect()) {
            String address =
                    connection
                            .call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Topology.SENTINEL_GROUP)
                            .elements()
                            .getFirst()
                            .text();
            return servers.stream()
                    .filter(node -> node.address().equals(address))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Node awaitAnother(Node old, long sinceNs) {
        await("a promotion")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> sentinels.stream().allMatch(sentinel -> named(sentinel) != old));
        Node promoted = named(sentinels.getFirst());
        await(promoted + " to be primary")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(promoted::isPrimary);
        long tookMs = (System.nanoTime() - sinceNs) / 1_000_000;
        LOG.info("{} instead of {} after {} ms", promoted, old, tookMs);
        return promoted;
    }

    private void awaitDemoted(Node old, Node promoted) {
        await(old + " to follow " + promoted)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> !old.isPrimary());
        Topology.awaitFollows(old, promoted);
    }
}
