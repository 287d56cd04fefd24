package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three stock sentinels replace a primary of ours that is killed: by one of ours, or by a stock
 * server, whichever has more. What WAIT has confirmed is there, and the old primary comes back as a
 * replica. {@code -Dsentinel.promotionMs=3000} is how long a promotion may take; more unless said,
 * since a busy machine delays the sentinels too.
 */
class SentinelIT {
    private static final Logger LOG = LoggerFactory.getLogger(SentinelIT.class);
    private static final int SENTINELS = 3;
    private static final int DOWN_AFTER_MS = 1000;
    private static final long PROMOTION_MS = Long.getLong("sentinel.promotionMs", 10_000);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int WRITES_BEFORE = 200;

    private final List<AutoCloseable> processes = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable process : processes.reversed()) {
            process.close();
        }
    }

    private <P extends AutoCloseable> P kept(P process) {
        processes.add(process);
        return process;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sentinelsReplaceAPrimary(boolean secondIsOurs) throws Exception {
        ServerProcess primary = kept(ServerProcess.subject());
        ServerProcess one = kept(ServerProcess.subject());
        ServerProcess two = kept(secondIsOurs ? ServerProcess.subject() : ServerProcess.redis());
        follow(one, primary);
        follow(two, primary);
        List<SentinelProcess> sentinels = new ArrayList<>();
        for (int i = 0; i < SENTINELS; i++) {
            sentinels.add(kept(new SentinelProcess(primary.port(), DOWN_AFTER_MS)));
        }
        awaitAgreement(sentinels);

        ConfirmedWriter writer = new ConfirmedWriter(primary);
        writer.start();
        await("confirmed writes").atMost(TIMEOUT).until(() -> writer.confirmed() > WRITES_BEFORE);
        long killedNs = System.nanoTime();
        primary.kill();
        writer.join();
        await("a promotion")
                .atMost(TIMEOUT)
                .pollInterval(POLL)
                .ignoreExceptions()
                .until(() -> isPrimary(one) || isPrimary(two));
        long tookMs = (System.nanoTime() - killedNs) / 1_000_000;
        LOG.info("promoted {} ms after the kill, {} writes", tookMs, writer.confirmed());
        assertThat(tookMs).as(sentinels.getFirst().log()).isLessThanOrEqualTo(PROMOTION_MS);

        ServerProcess promoted = isPrimary(one) ? one : two;
        ServerProcess other = isPrimary(one) ? two : one;
        assertHasAll(promoted, writer.confirmed());
        awaitFollows(other, promoted);
        primary.restart();
        try {
            awaitFollows(primary, promoted);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(primary.logTail() + sentinels.getFirst().log(), e);
        }
        assertHasAll(primary, writer.confirmed());
        assertHasAll(other, writer.confirmed());
    }

    private static void follow(ServerProcess replica, ServerProcess primary) throws IOException {
        try (RespConnection connection = replica.connect()) {
            connection.call("REPLICAOF", "127.0.0.1", Integer.toString(primary.port()));
        }
        awaitFollows(replica, primary);
    }

    /** Sentinels end the connections of whom they give another role: each look has its own. */
    private static void awaitFollows(ServerProcess replica, ServerProcess primary) {
        await(replica.name() + " follows " + primary.name())
                .atMost(TIMEOUT)
                .pollInterval(POLL)
                .ignoreExceptions()
                .until(() -> {
                    try (RespConnection connection = replica.connect()) {
                        var info = connection.info("replication");
                        return "up".equals(info.get("master_link_status"))
                                && Integer.toString(primary.port()).equals(info.get("master_port"));
                    }
                });
    }

    private static void awaitAgreement(List<SentinelProcess> sentinels) {
        for (SentinelProcess sentinel : sentinels) {
            await("a sentinel knows everybody")
                    .atMost(TIMEOUT)
                    .ignoreExceptions()
                    .until(() -> {
                        try (RespConnection connection = sentinel.connect()) {
                            String info = connection.call("INFO", "sentinel").text();
                            return info.contains("status=ok")
                                    && info.contains("slaves=2,sentinels=" + SENTINELS);
                        }
                    });
        }
    }

    private static boolean isPrimary(ServerProcess server) throws IOException {
        try (RespConnection connection = server.connect()) {
            return "master".equals(connection.info("replication").get("role"));
        }
    }

    private static void assertHasAll(ServerProcess server, int confirmed) throws IOException {
        try (RespConnection connection = server.connect()) {
            for (int i = 1; i <= confirmed; i++) {
                assertThat(connection.call("GET", ConfirmedWriter.key(i)).text())
                        .as("write %d of %d that WAIT had confirmed", i, confirmed)
                        .isEqualTo(Integer.toString(i));
            }
        }
    }
}
