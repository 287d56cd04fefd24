package io.carnelian.integration.aof;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that is full, or stands still, costs writes; who only asks notices nothing. */
class AofDiskIT {
    private static final Duration AT_MOST = Duration.ofSeconds(30);
    private static final int VALUE_BYTES = 10_000;
    private static final int MOST_WRITES = 20_000;

    private static ServerProcess server(String policy) throws IOException, InterruptedException {
        return ServerProcess.subject(
                "--appendonly",
                "yes",
                "--appendfsync",
                policy,
                "--auto-aof-rewrite-percentage",
                "0",
                "--enable-debug-command",
                "yes");
    }

    private static long largestFile(ServerProcess server) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(server.directory().resolve("appendonlydir"))) {
            for (Path file : files.toList()) {
                bytes = Math.max(bytes, Files.size(file));
            }
        }
        return bytes;
    }

    /** No file of the server may become longer: to the server that is a disk without room. */
    private static void limit(ServerProcess server, String bytes)
            throws IOException, InterruptedException {
        List<String> line =
                List.of(
                        "prlimit",
                        "--pid",
                        Long.toString(server.pid()),
                        "--fsize=" + bytes + ":unlimited");
        Process process = new ProcessBuilder(line).inheritIO().start();
        assertThat(process.waitFor()).as("%s", line).isZero();
    }

    @Test
    void aFullDiskRefusesWritesUntilThereIsRoomAgain() throws IOException, InterruptedException {
        try (ServerProcess server = server("everysec")) {
            try (RespConnection to = server.connect()) {
                Loaded.await(to);
                assertThat(to.call("SET", "first", "1").text()).isEqualTo("OK");
                assertThat(to.call("WAITAOF", "1", "0", "0").elements().getFirst().integer())
                        .isEqualTo(1);
                limit(server, Long.toString(largestFile(server) + 100L * VALUE_BYTES));
                int accepted = writeUntilRefused(to);
                // As Redis: who asks whether all is well is told.
                assertThat(to.call("PING").text()).startsWith("MISCONF ");
                assertThat(to.call("GET", "first").text()).isEqualTo("1");
                assertThat(to.info("persistence")).containsEntry("aof_last_write_status", "err");
                limit(server, "unlimited");
                Awaitility.await("writes are taken again")
                        .atMost(AT_MOST)
                        .until(() -> !to.call("SET", "last", "1").isError());
                assertThat(to.call("WAITAOF", "1", "0", "0").elements().getFirst().integer())
                        .isEqualTo(1);
                server.kill();
                server.restart();
                requireAll(server, accepted);
            }
        }
    }

    private static int writeUntilRefused(RespConnection to) throws IOException {
        String value = "v".repeat(VALUE_BYTES);
        for (int i = 0; i < MOST_WRITES; i++) {
            Reply reply = to.call("SET", "k" + i, value);
            if (reply.isError()) {
                assertThat(reply.text())
                        .startsWith("MISCONF Errors writing to the AOF file: File too large");
                return i;
            }
        }
        throw new AssertionError("nothing was refused");
    }

    private static void requireAll(ServerProcess server, int accepted) throws IOException {
        try (RespConnection to = server.connect()) {
            Loaded.await(to);
            assertThat(to.call("DBSIZE").integer()).isEqualTo(accepted + 2);
            assertThat(to.call("STRLEN", "k" + (accepted - 1)).integer()).isEqualTo(VALUE_BYTES);
        }
    }

    /** Each write to the file takes half a minute: far longer than the test may. */
    @ParameterizedTest
    @ValueSource(strings = {"always", "everysec"})
    void aStalledDiskStopsNeitherPingNorReads(String policy)
            throws IOException, InterruptedException {
        try (ServerProcess server = server(policy);
                RespConnection to = server.connect();
                RespConnection writer = server.connect()) {
            Loaded.await(to);
            assertThat(to.call("SET", "k", "1").text()).isEqualTo("OK");
            to.call("DEBUG", "AOF-FLUSH-SLEEP", "30000000");
            writer.send(RespConnection.encode("SET", "k", "2"));
            Awaitility.await("the write is done")
                    .atMost(AT_MOST)
                    .until(() -> to.call("GET", "k").text().equals("2"));
            long begin = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                assertThat(to.call("PING").text()).isEqualTo("PONG");
                assertThat(to.call("GET", "k").text()).isEqualTo("2");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isLessThan(AT_MOST.dividedBy(3));
            server.kill();
        }
    }
}
