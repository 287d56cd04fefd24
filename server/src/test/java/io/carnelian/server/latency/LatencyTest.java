package io.carnelian.server.latency;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import java.time.Instant;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LatencyTest {
    private static final long MS = 1_000_000;

    @RegisterExtension final AdminFixture server = new AdminFixture();

    private long nowSeconds = 1_700_000_000;
    private final LatencyMonitor monitor =
            new LatencyMonitor(() -> Instant.ofEpochSecond(nowSeconds));

    @BeforeEach
    void install() {
        var process = server.settings.process;
        var executor = server.server.executor();
        CommandLatency histograms =
                new CommandLatency(executor, process.latencyTracking, process.latencyPercentiles);
        histograms.addTo(server.info);
        new LatencyCommands(
                        monitor,
                        histograms,
                        server.server.commands(),
                        () -> 10_000,
                        () -> Instant.ofEpochSecond(nowSeconds))
                .addTo(server.server.commands());
        monitor.thresholdMs(100);
    }

    @Test
    void spikesBelowTheThresholdAreNone() {
        monitor.took("command", 99 * MS);
        assertThat(server.run("LATENCY", "LATEST")).isEqualTo("*0|");
        assertThat(server.run("LATENCY", "HISTORY", "command")).isEqualTo("*0|");
    }

    @Test
    void theWorstOfASecondIsKept() {
        monitor.took("command", 300 * MS);
        monitor.took("command", 400 * MS);
        nowSeconds++;
        monitor.took("command", 200 * MS);
        assertThat(server.run("LATENCY", "HISTORY", "command"))
                .isEqualTo("*2|*2|:1700000000|:400|*2|:1700000001|:200|");
        assertThat(server.run("LATENCY", "LATEST"))
                .isEqualTo("*1|*4|$7|command|:1700000001|:200|:400|");
    }

    @Test
    void keeps160Samples() {
        for (int i = 0; i < 200; i++) {
            nowSeconds++;
            monitor.took("command", (100 + i) * MS);
        }
        assertThat(server.run("LATENCY", "HISTORY", "command"))
                .startsWith("*160|*2|:1700000041|:140|")
                .endsWith("*2|:1700000200|:299|");
    }

    @Test
    void resetForgetsSomeOrAll() {
        monitor.took("command", 300 * MS);
        monitor.took("fork", 300 * MS);
        assertThat(server.run("LATENCY", "RESET", "fork", "nosuch")).isEqualTo(":1|");
        assertThat(server.run("LATENCY", "RESET")).isEqualTo(":1|");
        assertThat(server.run("LATENCY", "LATEST")).isEqualTo("*0|");
    }

    @Test
    void drawsAndExplains() {
        assertThat(server.run("LATENCY", "GRAPH", "command"))
                .isEqualTo("-ERR No samples available for event 'command'|");
        monitor.took("command", 300 * MS);
        nowSeconds += 61;
        monitor.took("command", 500 * MS);
        assertThat(server.run("LATENCY", "GRAPH", "command"))
                .contains("command - high 500 ms, low 300 ms (all time high 500 ms)\n")
                .contains("\n #\n |\n |\n_|\n\n10\nms\n");
        assertThat(server.run("LATENCY", "DOCTOR"))
                .contains("1. command: 2 latency spikes (average 400ms, mean deviation 100ms");
    }

    @Test
    void histogramsCumulate() {
        Histogram histogram = new Histogram(1, 1_000_000_000, 2);
        histogram.recordValue(900);
        histogram.recordValue(20_000);
        histogram.recordValue(20_500);
        histogram.recordValue(40_000);
        assertThat(CommandLatency.buckets(histogram)).containsExactly(1L, 1L, 33L, 3L, 66L, 4L);
    }

    @Test
    void commandsHaveHistogramsOnceCalled() {
        server.run("SET", "k", "v");
        server.run("CONFIG", "RESETSTAT");
        assertThat(server.run("LATENCY", "HISTOGRAM", "set")).isEqualTo("*0|");
        server.run("SET", "k", "v");
        assertThat(server.run("LATENCY", "HISTOGRAM", "nosuch", "set"))
                .startsWith("*2|$3|set|*4|$5|calls|:1|$14|histogram_usec|*2|:");
        assertThat(server.run("LATENCY", "HISTOGRAM", "config"))
                .startsWith("*2|$16|config|resetstat|*4|");
        assertThat(server.run("INFO", "latencystats"))
                .containsPattern("latency_percentiles_usec_set:p50=[0-9.]+,p99=[0-9.]+,p99.9=");
        server.run("CONFIG", "SET", "latency-tracking", "no");
        assertThat(server.run("INFO", "latencystats")).doesNotContain("usec_set");
    }
}
