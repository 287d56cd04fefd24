package io.carnelian.integration.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load generator does what it says; how fast a server is, is no test's business. */
class BenchIT {
    @TempDir Path directory;

    private static String bench(int expected, String... options) throws Exception {
        return CommandLineTool.run(expected, List.of("bench"), options);
    }

    @Test
    void loadsTwoServersAlternatelyAtARate() throws Exception {
        Path csv = directory.resolve("out.csv");
        Path svg = directory.resolve("out.svg");
        try (ServerProcess ours = ServerProcess.subject();
                ServerProcess redis = ServerProcess.redis();
                RespConnection connection = ours.connect()) {
            String said =
                    bench(
                            0,
                            "127.0.0.1:" + ours.port(),
                            "--beside",
                            "127.0.0.1:" + redis.port(),
                            "--rate",
                            "2000",
                            "--seconds",
                            "0.5",
                            "--rounds",
                            "2",
                            "--threads",
                            "2",
                            "--mix",
                            "set:1,get:1,lpush:1,hset:1,zadd:1,sadd:1,incr:1,expire:1",
                            "--distribution",
                            "zipf",
                            "--csv",
                            csv.toString(),
                            "--svg",
                            svg.toString());
            assertThat(said).contains("requests/s", "of CPU each", "ratio: throughput");
            assertThat(said).doesNotContain("error replies");
            assertThat(Files.readAllLines(csv)).hasSize(5);
            assertThat(Files.readString(svg)).startsWith("<svg");
            long commands =
                    Long.parseLong(connection.info("stats").get("total_commands_processed"));
            assertThat(commands).as("three runs of half a second").isBetween(2400L, 3600L);
        }
    }

    @Test
    void sendsPipelinesAsFastAsAnswersCome() throws Exception {
        try (ServerProcess ours = ServerProcess.subject()) {
            String server = "127.0.0.1:" + ours.port();
            assertThat(
                            bench(
                                    0,
                                    server,
                                    "--seconds",
                                    "0.3",
                                    "--rounds",
                                    "1",
                                    "--pipeline",
                                    "16",
                                    "--connections",
                                    "5"))
                    .contains("p99.9 ");
        }
        assertThat(bench(1, "127.0.0.1:1", "--seconds", "0.1")).contains("could not be put on");
        assertThat(bench(2, "--mix", "fly:1")).contains("a mix is");
    }
}
