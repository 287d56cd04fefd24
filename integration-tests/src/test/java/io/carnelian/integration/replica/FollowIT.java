package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This server as a replica, in every place of a chain, while all types are written: every node ends
 * with the same data at the same offset. {@code -Dseed=N} of the writes, {@code -Dfollow.rate=N} a
 * second; 20,000 unless said.
 */
class FollowIT {
    private static final Logger LOG = LoggerFactory.getLogger(FollowIT.class);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final int KEYS = 20_000;
    private static final int RATE = Integer.getInteger("follow.rate", 20_000);
    private static final Duration SYNC_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration CATCH_UP_TIMEOUT = Duration.ofSeconds(30);
    private static final String[] OPTIONS = {"--enable-debug-command", "yes"};
    private static final long STREAM_MS = 1_000;

    private @Nullable TypesWriter writer;

    @AfterEach
    void stopWriting() throws InterruptedException, IOException {
        TypesWriter now = writer;
        if (now != null) {
            now.stop();
        }
    }

    @Test
    void followsAStockPrimary() throws IOException, InterruptedException {
        try (ServerProcess primary = ServerProcess.redis(OPTIONS);
                ServerProcess replica = ServerProcess.subject(OPTIONS)) {
            writeTo(primary);
            follow(replica, primary);
            Thread.sleep(STREAM_MS);
            cut(replica, primary);
            endWithEqualData(primary, replica);
        }
    }

    @Test
    void followsAStockPrimaryThatSendsFiles() throws IOException, InterruptedException {
        try (ServerProcess primary =
                        ServerProcess.redis(
                                "--enable-debug-command", "yes", "--repl-diskless-sync", "no");
                ServerProcess replica = ServerProcess.subject(OPTIONS)) {
            writeTo(primary);
            follow(replica, primary);
            endWithEqualData(primary, replica);
        }
    }

    @Test
    void isTheMiddleOfAChain() throws IOException, InterruptedException {
        try (ServerProcess primary = ServerProcess.redis(OPTIONS);
                ServerProcess middle = ServerProcess.subject(OPTIONS);
                ServerProcess last = ServerProcess.redis(OPTIONS)) {
            writeTo(primary);
            follow(middle, primary);
            follow(last, middle);
            Thread.sleep(STREAM_MS);
            cut(middle, primary);
            endWithEqualData(primary, middle, last);
            promote(middle, last);
        }
    }

    @Test
    void followsItsOwnKind() throws IOException, InterruptedException {
        try (ServerProcess primary = ServerProcess.subject(OPTIONS);
                ServerProcess middle = ServerProcess.subject(OPTIONS);
                ServerProcess last = ServerProcess.subject(OPTIONS)) {
            writeTo(primary);
            follow(middle, primary);
            follow(last, middle);
            cut(middle, primary);
            endWithEqualData(primary, middle, last);
            promote(middle, last);
            demote(primary, middle);
            endWithEqualData(middle, primary, last);
        }
    }

    private void writeTo(ServerProcess primary) throws IOException {
        LOG.info("follow: -Dseed={}", SEED);
        TypesWriter begun = new TypesWriter(primary.connect(), KEYS, RATE, SEED);
        writer = begun;
        begun.preload();
        begun.start();
    }

    private static void follow(ServerProcess replica, ServerProcess primary) throws IOException {
        try (RespConnection connection = replica.connect()) {
            String port = Integer.toString(primary.port());
            assertThat(connection.call("REPLICAOF", "127.0.0.1", port).text()).isEqualTo("OK");
            awaitLink(connection, replica);
        }
    }

    private static void awaitLink(RespConnection connection, ServerProcess replica)
            throws IOException {
        await("link of " + replica.name())
                .atMost(SYNC_TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> "up".equals(connection.info("replication").get("master_link_status")));
    }

    /** The replica's connection ends, and goes on where it ended. */
    private static void cut(ServerProcess replica, ServerProcess primary) throws IOException {
        try (RespConnection ours = replica.connect();
                RespConnection theirs = primary.connect()) {
            long full = theirs.infoLong("stats", "sync_full");
            long partial = theirs.infoLong("stats", "sync_partial_ok");
            assertThat(ours.call("CLIENT", "KILL", "TYPE", "master").integer()).isEqualTo(1);
            await("a new link")
                    .atMost(SYNC_TIMEOUT)
                    .until(() -> theirs.infoLong("stats", "sync_partial_ok") == partial + 1);
            awaitLink(ours, replica);
            assertThat(theirs.infoLong("stats", "sync_full")).isEqualTo(full);
        }
    }

    /** The middle becomes a primary, and who follows it goes on without a full resync. */
    private static void promote(ServerProcess middle, ServerProcess last) throws IOException {
        try (RespConnection ours = middle.connect();
                RespConnection theirs = last.connect()) {
            long full = ours.infoLong("stats", "sync_full");
            String before = ours.info("replication").get("master_replid");
            assertThat(ours.call("REPLICAOF", "NO", "ONE").text()).isEqualTo("OK");
            Map<String, String> info = ours.info("replication");
            assertThat(info.get("role")).isEqualTo("master");
            assertThat(info.get("master_replid2")).isEqualTo(before);
            assertThat(ours.call("SET", "promoted", "1").text()).isEqualTo("OK");
            await("the write after the promotion")
                    .atMost(CATCH_UP_TIMEOUT)
                    .until(() -> "1".equals(theirs.call("GET", "promoted").text()));
            assertThat(ours.infoLong("stats", "sync_full")).isEqualTo(full);
        }
    }

    /** The old primary, which has written nothing since, continues as a replica of the new one. */
    private static void demote(ServerProcess old, ServerProcess now) throws IOException {
        try (RespConnection theirs = now.connect()) {
            long full = theirs.infoLong("stats", "sync_full");
            follow(old, now);
            assertThat(theirs.infoLong("stats", "sync_full")).isEqualTo(full);
        }
    }

    private void endWithEqualData(ServerProcess primary, ServerProcess... replicas)
            throws IOException, InterruptedException {
        Thread.sleep(STREAM_MS);
        stopWriting();
        try (RespConnection theirs = primary.connect()) {
            for (ServerProcess replica : replicas) {
                try (RespConnection ours = replica.connect()) {
                    await("same offset and digest, -Dseed=" + SEED)
                            .atMost(CATCH_UP_TIMEOUT)
                            .untilAsserted(() -> {
                                assertThat(ours.info("replication").get("slave_repl_offset"))
                                        .isEqualTo(
                                                theirs.info("replication")
                                                        .get("master_repl_offset"));
                                assertThat(ours.call("DEBUG", "DIGEST").text())
                                        .isEqualTo(theirs.call("DEBUG", "DIGEST").text());
                                assertThat(ours.call("DBSIZE").integer())
                                        .isEqualTo(theirs.call("DBSIZE").integer())
                                        .isPositive();
                            });
                    assertThat(ours.call("SET", "k", "v").text()).startsWith("READONLY");
                }
            }
        }
    }
}
