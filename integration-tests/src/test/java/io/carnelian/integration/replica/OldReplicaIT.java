package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that are told the length of a payload: by SYNC, and with {@code repl-diskless-sync no}. */
class OldReplicaIT {
    private static final Duration AT_MOST = Duration.ofSeconds(30);
    private static final int KEYS = 2_000;
    private static final int TIMEOUT_MS = 30_000;

    @TempDir Path directory;

    private static void fill(RespConnection to) throws IOException {
        for (int i = 0; i < KEYS; i++) {
            to.call("SET", "key:" + i, "value".repeat(i % 50));
        }
    }

    /** A line without its end; empty ones say only that the payload is not ready. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n' || line.isEmpty(); b = in.read()) {
            assertThat(b).as("end of the connection after: %s", line).isNotNegative();
            if (b != '\r' && b != '\n') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Test
    void whoSaysSyncGetsAPayloadByLengthAndThenTheStream()
            throws IOException, InterruptedException {
        try (ServerProcess ours = ServerProcess.subject();
                RespConnection to = ours.connect();
                Socket replica = new Socket(InetAddress.getLoopbackAddress(), ours.port())) {
            fill(to);
            replica.setSoTimeout(TIMEOUT_MS);
            replica.getOutputStream().write("SYNC\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = new BufferedInputStream(replica.getInputStream());
            String header = line(in);
            assertThat(header).matches("\\$[0-9]+");
            byte[] payload = in.readNBytes(Integer.parseInt(header.substring(1)));
            to.call("SET", "later", "1");
            assertThat(line(in)).isEqualTo("*2");
            assertThat(line(in)).isEqualTo("$6");
            assertThat(line(in)).isEqualTo("SELECT");
            Path file = Files.write(directory.resolve("dump.rdb"), payload);
            Process check =
                    new ProcessBuilder("redis-check-rdb", file.toString())
                            .redirectErrorStream(true)
                            .start();
            String verdict =
                    new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(check.waitFor()).as(verdict).isZero();
            assertThat(verdict).contains("[info] " + KEYS + " keys read");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void redisCliShowsTheStream(String diskless) throws IOException, InterruptedException {
        Path shown = directory.resolve("shown");
        try (ServerProcess ours = ServerProcess.subject("--repl-diskless-sync", diskless);
                RespConnection to = ours.connect()) {
            fill(to);
            Process client =
                    new ProcessBuilder("redis-cli", "-p", "" + ours.port(), "--replica")
                            .redirectErrorStream(true)
                            .redirectOutput(shown.toFile())
                            .start();
            try {
                await("the client follows")
                        .atMost(AT_MOST)
                        .until(() ->
                                to.info("replication")
                                        .getOrDefault("slave0", "")
                                        .contains("state=online"));
                await("the stream arrives")
                        .atMost(AT_MOST)
                        .until(() -> {
                            to.call("SET", "later", "1");
                            return Files.readString(shown).contains("\"later\"");
                        });
            } finally {
                client.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void stockReplicasTakeItFromAFile() throws IOException, InterruptedException {
        try (ServerProcess ours = ServerProcess.subject("--repl-diskless-sync", "no");
                RespConnection to = ours.connect()) {
            fill(to);
            String[] options = {"--replicaof", "127.0.0.1", Integer.toString(ours.port())};
            try (ServerProcess one = ServerProcess.redis(options);
                    ServerProcess two = ServerProcess.subject(options)) {
                for (ServerProcess replica : new ServerProcess[] {one, two}) {
                    try (RespConnection its = replica.connect()) {
                        await("the link is up")
                                .atMost(AT_MOST)
                                .until(() ->
                                        "up"
                                                .equals(
                                                        its.info("replication")
                                                                .get("master_link_status")));
                        assertThat(its.call("DBSIZE").integer()).isEqualTo(KEYS);
                        assertThat(SameData.differences(to, its)).isEmpty();
                    }
                }
            }
            assertThat(ours.log()).contains("Starting BGSAVE for SYNC with target: disk");
        }
    }
}
