package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The admin port of a primary and of a replica. */
class AdminPortIT {
    private record Answer(int status, String body) {}

    private static Answer get(int port, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        int status = connection.getResponseCode();
        var body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        return new Answer(status, new String(body.readAllBytes(), StandardCharsets.UTF_8));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void tellsFiguresAndReadiness() throws IOException, InterruptedException {
        int admin = freePort();
        int replicaAdmin = freePort();
        try (ServerProcess primary =
                        ServerProcess.subject("--admin-port", Integer.toString(admin));
                RespConnection connection = primary.connect()) {
            connection.call("SET", "k", "v");
            connection.call("NONSENSE");
            assertThat(get(admin, "/health/live").status()).isEqualTo(200);
            assertThat(get(admin, "/health/ready").status()).isEqualTo(200);
            Answer figures = get(admin, "/metrics");
            assertThat(figures.body())
                    .contains("# TYPE carnelian_commands_processed_total counter\n")
                    .contains("carnelian_db_keys{db=\"0\"} 1.0\n")
                    .contains("carnelian_command_calls_total{command=\"set\"} 1.0\n")
                    .contains("carnelian_command_duration_seconds_count{command=\"set\"} 1\n")
                    .contains("carnelian_errors_total{error=\"ERR\"} 1.0\n")
                    .contains("carnelian_gc_pause_max_ms ");
            try (ServerProcess replica =
                    ServerProcess.subject(
                            "--admin-port",
                            Integer.toString(replicaAdmin),
                            "--replicaof",
                            "127.0.0.1 " + primary.port())) {
                await("the replica is ready")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> get(replicaAdmin, "/health/ready").status() == 200);
                assertThat(get(admin, "/metrics").body())
                        .contains(
                                "carnelian_replica_lag{replica=\"127.0.0.1:"
                                        + replica.port()
                                        + "\"}");
                primary.kill();
                await("it is not any more")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> get(replicaAdmin, "/health/ready").status() == 503);
                assertThat(get(replicaAdmin, "/health/live").status()).isEqualTo(200);
                assertThat(get(replicaAdmin, "/health/ready").body()).contains("link");
            }
        }
    }
}
