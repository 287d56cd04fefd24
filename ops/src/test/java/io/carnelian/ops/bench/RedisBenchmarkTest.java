package io.carnelian.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class RedisBenchmarkTest {
    private static final RedisBenchmark.Cell CELL = new RedisBenchmark.Cell("GET", 16, 3);

    @Test
    void figuresAreTakenFromTheLastRowOfTheCsv() throws IOException {
        String output =
                """
                WARNING: Could not fetch server CONFIG
                "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms",\
                "p99_latency_ms","max_latency_ms"
                "GET","769230.81","0.777","0.280","0.735","1.271","1.711","4.023"
                """;

        RedisBenchmark.Run run = RedisBenchmark.parse(output, 1234.5);

        assertThat(run).isEqualTo(new RedisBenchmark.Run(769230.81, 1234.5, 0.735, 1.711, 4.023));
    }

    @Test
    void outputWithoutFiguresIsAnErrorThatShowsIt() {
        assertThatThrownBy(() -> RedisBenchmark.parse("Could not connect", 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Could not connect");
    }

    @Test
    void theCommandLineDrawsRandomKeysOutOfThoseLoaded() {
        assertThat(new RedisBenchmark("1", 50, 1_000_000).commandLine(7000, CELL, 2000))
                .startsWith("taskset", "-c", "1", "redis-benchmark")
                .containsSequence("-r", "1000000")
                .containsSequence("-P", "16");
        assertThat(new RedisBenchmark("", 50, 10).commandLine(7000, CELL, 2000))
                .startsWith("redis-benchmark");
    }
}
