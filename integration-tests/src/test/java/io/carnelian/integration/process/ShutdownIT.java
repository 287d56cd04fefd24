package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the server ends while a stock replica lags behind. */
class ShutdownIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ServerProcess follow(ServerProcess primary)
            throws IOException, InterruptedException {
        String port = Integer.toString(primary.port());
        ServerProcess replica = ServerProcess.redis("--replicaof", "127.0.0.1", port);
        try (RespConnection client = primary.connect()) {
            await().atMost(PATIENCE)
                    .until(() ->
                            client.info("replication")
                                    .getOrDefault("slave0", "")
                                    .contains("state=online"));
        }
        return replica;
    }

    @ParameterizedTest
    @ValueSource(strings = {"signal", "command"})
    void theEndWaitsForTheReplica(String how) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--shutdown-timeout", "300");
                ServerProcess replica = follow(server);
                RespConnection client = server.connect();
                RespConnection other = server.connect()) {
            signal(replica.pid(), "STOP");
            assertThat(client.call("INCR", "k").text()).isEqualTo("1");
            if (how.equals("signal")) {
                signal(server.pid(), "TERM");
            } else {
                client.send(RespConnection.encode("SHUTDOWN"));
            }
            await().atMost(PATIENCE)
                    .until(() -> other.info("server").containsKey("shutdown_in_milliseconds"));
            assertThat(other.infoLong("clients", "blocked_clients"))
                    .isEqualTo(how.equals("signal") ? 0 : 1);
            other.send(RespConnection.encode("INCR", "k"));
            signal(replica.pid(), "CONT");
            await().atMost(PATIENCE).until(() -> !server.isAlive());
            assertThat(server.log())
                    .contains("Waiting for replicas before shutting down.")
                    .contains("1 of 1 replicas are in sync when shutting down.")
                    .doesNotContain("Lagging replica");
            try (RespConnection reader = replica.connect()) {
                assertThat(reader.call("GET", "k").text()).isEqualTo("1");
            }
        }
    }

    @Test
    void theWaitHasAnEnd() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--shutdown-timeout", "1");
                ServerProcess replica = follow(server);
                RespConnection client = server.connect()) {
            signal(replica.pid(), "STOP");
            client.call("INCR", "k");
            signal(server.pid(), "TERM");
            await().atMost(PATIENCE)
                    .until(() -> server.log().contains("Waiting for replicas before"));
            await().atMost(PATIENCE).until(() -> !server.isAlive());
            signal(replica.pid(), "CONT");
            assertThat(server.log())
                    .containsPattern("Lagging replica 127.0.0.1:\\d+ reported offset \\d+ behind")
                    .contains("0 of 1 replicas are in sync when shutting down.");
        }
    }

    private static void signal(long pid, String name) throws IOException, InterruptedException {
        int result = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        assertThat(result).as("kill -%s %d", name, pid).isZero();
    }
}
