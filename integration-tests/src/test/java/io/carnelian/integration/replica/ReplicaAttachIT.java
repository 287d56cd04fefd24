package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stock redis-server becomes a replica of this server while writes go on, and ends with every
 * key, value and expiry equal and at the same offset.
 *
 * <pre>
 *   -Dreplica.keys=1000000     keys in the keyspace; 200,000 unless said
 *   -Dreplica.rate=20000       writes per second; 10,000 unless said
 *   -Dseed=N                   of the writes
 * </pre>
 */
class ReplicaAttachIT {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaAttachIT.class);
    private static final long KEYS = Long.getLong("replica.keys", 200_000);
    private static final int RATE = Integer.getInteger("replica.rate", 10_000);
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));
    private static final Duration SYNC_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration CATCH_UP_TIMEOUT = Duration.ofSeconds(30);
    private static final String LINK = "master_link_status";
    private static final String LINK_UP = "up";
    private static final long STREAM_MS = 2_000;
    private static final long SHORT_EXPIRIES_PASSED_MS = 500;

    private ServerProcess primary;
    private OpenLoopWriter writer;
    private long startedNs;

    @BeforeEach
    void startPrimaryUnderLoad() throws IOException, InterruptedException {
        LOG.info("replica attach: -Dseed={} -Dreplica.keys={} -Dreplica.rate={}", SEED, KEYS, RATE);
        primary = ServerProcess.subject();
        writer = new OpenLoopWriter(primary.connect(), KEYS, RATE, SEED);
        writer.preload();
        startedNs = System.nanoTime();
        writer.start();
    }

    @AfterEach
    void stopPrimary() throws IOException {
        primary.close();
    }

    @Test
    void aReplicaAttachesUnderLoad() throws IOException, InterruptedException {
        try (ServerProcess replica = startReplica()) {
            awaitLink(replica);
            endWithEqualData(replica);
        }
    }

    @Test
    void twoReplicasAttachAtOnce() throws IOException, InterruptedException {
        try (ServerProcess one = startReplica();
                ServerProcess two = startReplica()) {
            awaitLink(one);
            awaitLink(two);
            endWithEqualData(one, two);
        }
    }

    @Test
    void aKilledReplicaAttachesAgain() throws IOException, InterruptedException {
        try (ServerProcess replica = startReplica()) {
            awaitLink(replica);
            replica.kill();
            Thread.sleep(STREAM_MS / 4);
            replica.restart();
            awaitLink(replica);
            endWithEqualData(replica);
        }
    }

    private ServerProcess startReplica() throws IOException, InterruptedException {
        return ServerProcess.redis("--replicaof", "127.0.0.1", Integer.toString(primary.port()));
    }

    private void awaitLink(ServerProcess replica) throws IOException {
        try (RespConnection connection = replica.connect()) {
            await("link of the replica")
                    .atMost(SYNC_TIMEOUT)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> LINK_UP.equals(connection.info("replication").get(LINK)));
        }
    }

    /** Lets the stream run on for a while, stops the writes and compares everything. */
    private void endWithEqualData(ServerProcess... replicas)
            throws IOException, InterruptedException {
        Thread.sleep(STREAM_MS);
        writer.stop();
        double seconds = (System.nanoTime() - startedNs) / 1e9;
        LOG.info("{} writes/s for {} s", Math.round(writer.sent() / seconds), seconds);
        Thread.sleep(SHORT_EXPIRIES_PASSED_MS);
        try (RespConnection ours = primary.connect()) {
            for (ServerProcess replica : replicas) {
                try (RespConnection theirs = replica.connect()) {
                    awaitSameOffset(ours, theirs);
                    assertThat(SameData.differences(ours, theirs))
                            .as("differences of the replica's data, -Dseed=%d", SEED)
                            .isEmpty();
                    awaitSameSizes(ours, theirs);
                }
            }
        }
    }

    private static void awaitSameOffset(RespConnection primary, RespConnection replica) {
        await("same replid and offset")
                .atMost(CATCH_UP_TIMEOUT)
                .untilAsserted(() -> {
                    Map<String, String> theirs = replica.info("replication");
                    Map<String, String> ours = primary.info("replication");
                    assertThat(theirs.get("slave_repl_offset"))
                            .isEqualTo(ours.get("master_repl_offset"));
                    assertThat(theirs.get("master_replid")).isEqualTo(ours.get("master_replid"));
                });
    }

    /** Awaited, since the primary still may delete expired keys, and each deletion travels. */
    private static void awaitSameSizes(RespConnection primary, RespConnection replica)
            throws IOException {
        for (String db : new String[] {"0", "1"}) {
            primary.call("SELECT", db);
            replica.call("SELECT", db);
            await("same size of db " + db)
                    .atMost(CATCH_UP_TIMEOUT)
                    .untilAsserted(() ->
                            assertThat(replica.call("DBSIZE")).isEqualTo(primary.call("DBSIZE")));
        }
    }
}
