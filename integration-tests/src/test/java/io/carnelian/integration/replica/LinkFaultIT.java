package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links that are slow, cut or stalled, primaries and replicas that restart: who can goes on by
 * PSYNC, and all end with the same data. {@code -Dseed=N} of the writes.
 */
class LinkFaultIT {
    private static final Logger LOG = LoggerFactory.getLogger(LinkFaultIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int KEYS = 5_000;
    private static final int RATE = 2_000;
    private static final int STREAM_MS = 1_000;
    private static final long SLOW_BYTES_PER_SECOND = 3_000_000;
    private static final String[] DEBUG = {"--enable-debug-command", "yes"};

    private final List<AutoCloseable> parts = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : parts.reversed()) {
            part.close();
        }
    }

    private <P extends AutoCloseable> P kept(P part) {
        parts.add(part);
        return part;
    }

    private ServerProcess server(boolean ours, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(DEBUG));
        all.addAll(List.of(options));
        String[] words = all.toArray(String[]::new);
        return kept(ours ? ServerProcess.subject(words) : ServerProcess.redis(words));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSlowLinkThatIsCutGoesOn(boolean primaryIsOurs) throws Exception {
        LOG.info("-Dseed={}", SEED);
        ServerProcess primary = server(primaryIsOurs, "--repl-backlog-size", "64mb");
        ServerProcess replica = server(!primaryIsOurs);
        LinkProxy proxy = kept(new LinkProxy(primary.port(), SLOW_BYTES_PER_SECOND));
        TypesWriter writer = new TypesWriter(primary.connect(), KEYS, RATE, SEED);
        writer.preload();
        writer.start();
        follow(replica, proxy.port());
        long full = stat(primary, "sync_full");
        for (int i = 0; i < 3; i++) {
            Thread.sleep(STREAM_MS);
            long partial = stat(primary, "sync_partial_ok");
            proxy.cut();
            await("a new link")
                    .atMost(TIMEOUT)
                    .pollInterval(POLL)
                    .untilAsserted(() ->
                            assertThat(stat(primary, "sync_partial_ok"))
                                    .as("%s%n%s", primary.logTail(), replica.logTail())
                                    .isGreaterThan(partial));
        }
        writer.stop();
        assertEqual(primary, replica);
        assertThat(stat(primary, "sync_full")).isEqualTo(full);
    }

    @Test
    void aStalledReplicaIsServedFromFiles() throws Exception {
        ServerProcess primary =
                server(
                        true,
                        "--repl-backlog-size",
                        "16kb",
                        "--client-output-buffer-limit",
                        "replica 2mb 1mb 1",
                        "--repl-spill-limit",
                        "1gb");
        ServerProcess replica = server(false);
        follow(replica, primary.port());
        signal(replica, "STOP");
        try (RespConnection connection = primary.connect()) {
            for (int i = 0; i < 400; i++) {
                connection.call("SET", "k" + i % 50, (i + "x").repeat(20_000));
            }
            await("files")
                    .atMost(TIMEOUT)
                    .until(() -> connection.call("INFO").text().contains("spilled_bytes="));
        }
        signal(replica, "CONT");
        assertEqual(primary, replica);
        assertThat(stat(primary, "sync_full")).isEqualTo(1);
        assertThat(primary.log()).contains("has taken all that waited for it in files");
    }

    private static void signal(ServerProcess server, String name) throws Exception {
        int status =
                new ProcessBuilder("kill", "-" + name, Long.toString(server.pid()))
                        .start()
                        .waitFor();
        assertThat(status).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPrimaryOfOursThatRestartsWithItsFileIsFollowedOn(boolean replicaIsOurs) throws Exception {
        ServerProcess primary = server(true);
        ServerProcess replica = server(replicaIsOurs);
        follow(replica, primary.port());
        try (RespConnection connection = primary.connect()) {
            connection.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            for (int i = 0; i < 100; i++) {
                connection.call("SET", "k" + i, "v");
                connection.call("SET", "soon" + i, "v", "PX", "1");
            }
            connection.call("WAIT", "1", "5000");
            connection.send(RespConnection.encode("SHUTDOWN", "SAVE"));
            await("the end").atMost(TIMEOUT).until(() -> !primary.isAlive());
        }
        primary.restart();
        awaitLink(replica);
        assertEqual(primary, replica);
        assertThat(stat(primary, "sync_full")).isZero();
        assertThat(stat(primary, "sync_partial_ok")).isEqualTo(1);
        try (RespConnection connection = replica.connect()) {
            assertThat(connection.call("DBSIZE").integer()).isEqualTo(100);
        }
    }

    @Test
    void aReplicaOfOursThatRestartsWithItsFileGoesOn() throws Exception {
        ServerProcess primary = server(false);
        String port = Integer.toString(primary.port());
        ServerProcess replica = server(true, "--replicaof", "127.0.0.1", port);
        awaitLink(replica);
        try (RespConnection connection = primary.connect()) {
            connection.call("SET", "k", "1");
            connection.call("WAIT", "1", "5000");
        }
        try (RespConnection connection = replica.connect()) {
            connection.send(RespConnection.encode("SHUTDOWN", "SAVE"));
            await("the end").atMost(TIMEOUT).until(() -> !replica.isAlive());
        }
        try (RespConnection connection = primary.connect()) {
            connection.call("SET", "k", "2");
        }
        replica.restart();
        awaitLink(replica);
        assertEqual(primary, replica);
        assertThat(stat(primary, "sync_full")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPrimaryThatComesBackEmptyEmptiesNobody(boolean primaryIsOurs) throws Exception {
        ServerProcess primary = server(primaryIsOurs);
        ServerProcess replica = server(true);
        follow(replica, primary.port());
        try (RespConnection connection = primary.connect()) {
            connection.call("SET", "k", "1");
            connection.call("WAIT", "1", "5000");
        }
        primary.kill();
        primary.restart();
        try (RespConnection connection = replica.connect()) {
            awaitRefusal(connection, "refused-empty");
            assertThat(connection.call("GET", "k").text()).isEqualTo("1");
            follow(replica, primary.port());
            assertThat(connection.call("DBSIZE").integer()).isZero();
        }
    }

    @Test
    void aPrimaryThatComesBackWithAnOldFileIsRefused() throws Exception {
        ServerProcess primary = server(true);
        ServerProcess replica = server(true);
        follow(replica, primary.port());
        try (RespConnection connection = primary.connect()) {
            connection.call("SET", "k", "old");
            connection.call("SAVE");
            connection.call("SET", "k", "new");
            connection.call("WAIT", "1", "5000");
        }
        primary.kill();
        primary.restart();
        try (RespConnection connection = replica.connect()) {
            awaitRefusal(connection, "refused-older");
            assertThat(connection.call("GET", "k").text()).isEqualTo("new");
        }
    }

    private static void awaitRefusal(RespConnection replica, String state) {
        await(state)
                .atMost(TIMEOUT)
                .until(() ->
                        state.equals(replica.info("replication").get("replica_full_sync_guard")));
    }

    private static void follow(ServerProcess replica, int port) throws IOException {
        try (RespConnection connection = replica.connect()) {
            assertThat(connection.call("REPLICAOF", "127.0.0.1", Integer.toString(port)).text())
                    .startsWith("OK");
        }
        awaitLink(replica);
    }

    private static void awaitLink(ServerProcess replica) throws IOException {
        try (RespConnection connection = replica.connect()) {
            await("link of " + replica.name())
                    .atMost(TIMEOUT)
                    .pollInterval(POLL)
                    .until(() ->
                            "up".equals(connection.info("replication").get("master_link_status")));
        }
    }

    private static long stat(ServerProcess server, String field) throws IOException {
        try (RespConnection connection = server.connect()) {
            return connection.infoLong("stats", field);
        }
    }

    private static void assertEqual(ServerProcess primary, ServerProcess replica)
            throws IOException {
        try (RespConnection theirs = primary.connect();
                RespConnection ours = replica.connect()) {
            await("same offset and digest, -Dseed=" + SEED)
                    .atMost(TIMEOUT)
                    .untilAsserted(() -> {
                        assertThat(ours.info("replication").get("slave_repl_offset"))
                                .isEqualTo(theirs.info("replication").get("master_repl_offset"));
                        assertThat(ours.call("DEBUG", "DIGEST").text())
                                .isEqualTo(theirs.call("DEBUG", "DIGEST").text());
                    });
        }
    }
}
