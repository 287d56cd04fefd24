package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a replica refuses while it loads the payload of a primary, and what it goes on to serve. */
class LoadingReplicaIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String LOADING = "LOADING Redis is loading the dataset in memory";
    private static final String[] OPTIONS = {
        "--enable-debug-command", "yes", "--repl-diskless-load", "swapdb"
    };

    @Test
    void beingLoadedBesideItsOwnDataItKeepsItsRole() throws IOException, InterruptedException {
        try (ServerProcess primaryProcess = ServerProcess.subject(OPTIONS);
                ServerProcess replicaProcess = ServerProcess.subject(OPTIONS);
                RespConnection primary = primaryProcess.connect();
                RespConnection replica = replicaProcess.connect()) {
            primary.call("SET", "old", "value");
            primary.call("DEBUG", "POPULATE", "20000", "key", "1000");
            String port = Integer.toString(primaryProcess.port());
            assertThat(replica.call("REPLICAOF", "127.0.0.1", port).text()).isEqualTo("OK");
            awaitField(replica, "replication", "master_link_status", "up");
            resyncSlowly(primary);
            awaitField(replica, "persistence", "async_loading", "1");
            assertThat(replica.call("CONFIG", "SET", "appendonly", "yes").text())
                    .isEqualTo(LOADING);
            assertThat(replica.call("REPLICAOF", "NO", "ONE").text()).isEqualTo(LOADING);
            assertThat(replica.call("GET", "old").text()).isEqualTo("value");
            assertThat(replica.info("persistence")).containsEntry("async_loading", "1");
            primary.call("CONFIG", "SET", "rdb-key-save-delay", "0");
            awaitField(replica, "persistence", "async_loading", "0");
            awaitField(replica, "replication", "master_link_status", "up");
            assertThat(replica.call("REPLICAOF", "NO", "ONE").text()).isEqualTo("OK");
        }
    }

    /** The next payload takes minutes, unless it is told to hurry; its history is the same. */
    private static void resyncSlowly(RespConnection primary) throws IOException {
        primary.call("CONFIG", "SET", "repl-backlog-size", "16384");
        primary.call("CONFIG", "SET", "rdb-key-save-delay", "10000");
        primary.call("MULTI");
        primary.call("CLIENT", "KILL", "TYPE", "replica");
        for (int i = 0; i < 10; i++) {
            primary.call("SET", "big:" + i, "x".repeat(16_384));
        }
        assertThat(primary.call("EXEC").elements()).hasSize(11);
    }

    private static void awaitField(
            RespConnection server, String section, String field, String value) {
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(server.info(section)).containsEntry(field, value));
    }
}
