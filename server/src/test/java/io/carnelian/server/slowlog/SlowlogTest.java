package io.carnelian.server.slowlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.latency.LatencyMonitor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SlowlogTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    @BeforeEach
    void logEverything() {
        var process = server.settings.process;
        Slowlog slowlog = new Slowlog();
        new SlowlogCommands(slowlog).addTo(server.server.commands());
        var _ =
                new SlowCalls(
                        server.server.executor(),
                        slowlog,
                        new LatencyMonitor(Instant::now),
                        process.slowlogMicros,
                        process.slowlogMaxLen,
                        process.latencyMonitorThresholdMs);
        server.run("CONFIG", "SET", "slowlog-log-slower-than", "0");
        server.run("SLOWLOG", "RESET");
        server.run("CONFIG", "SET", "slowlog-max-len", "10");
        server.run("SLOWLOG", "RESET");
    }

    /** The arguments of the latest entry, as the wire has them. */
    private String latest() {
        String reply = server.run("SLOWLOG", "GET", "1");
        int from = reply.indexOf('*', 4);
        return reply.substring(from, reply.indexOf("|$15|127.0.0.1:50000"));
    }

    @Test
    void anEntryTellsWhoRanWhat() {
        server.run("CLIENT", "SETNAME", "me");
        server.run("SET", "k", "v");
        assertThat(server.run("SLOWLOG", "GET", "1"))
                .startsWith("*1|*6|:")
                .contains("|:1700000000|:")
                .endsWith("|*3|$3|SET|$1|k|$1|v|$15|127.0.0.1:50000|$2|me|");
    }

    @Test
    void idsCountOnAndTheOldestGo() {
        for (int i = 0; i < 20; i++) {
            server.run("PING");
        }
        assertThat(server.run("SLOWLOG", "LEN")).isEqualTo(":10|");
        assertThat(server.run("SLOWLOG", "GET", "-1")).startsWith("*10|");
        assertThat(server.run("SLOWLOG", "GET", "3")).startsWith("*3|");
        server.run("CONFIG", "SET", "slowlog-max-len", "1");
        server.run("PING");
        assertThat(server.run("SLOWLOG", "LEN")).isEqualTo(":1|");
    }

    @Test
    void resetEmptiesIt() {
        server.run("CONFIG", "SET", "slowlog-log-slower-than", "-1");
        assertThat(server.run("SLOWLOG", "RESET")).isEqualTo("+OK|");
        server.run("PING");
        assertThat(server.run("SLOWLOG", "LEN")).isEqualTo(":0|");
        assertThat(server.run("SLOWLOG", "GET")).isEqualTo("*0|");
    }

    @Test
    void longListsAndLongArgumentsAreCut() {
        server.run("SET", "k", "v".repeat(129));
        assertThat(latest())
                .isEqualTo("*3|$3|SET|$1|k|$146|" + "v".repeat(128) + "... (1 more bytes)");
        List<String> many = new ArrayList<>(List.of("DEL"));
        for (int i = 0; i < 32; i++) {
            many.add("a");
        }
        server.run(many.toArray(new String[0]));
        assertThat(latest()).startsWith("*32|$3|DEL|").endsWith("|$1|a|$22|... (2 more arguments)");
        many.removeLast();
        server.run(many.toArray(new String[0]));
        assertThat(latest()).startsWith("*32|$3|DEL|").endsWith("|$1|a");
    }

    @Test
    void secretsAreNotShown() {
        server.run("CONFIG", "SET", "hz", "20", "requirepass", "s3cret");
        assertThat(latest()).contains("requirepass|$10|(redacted)").contains("|hz|$2|20|");
        server.run("AUTH", "default", "s3cret");
        assertThat(latest()).isEqualTo("*3|$4|AUTH|$10|(redacted)|$10|(redacted)");
        server.run("HELLO", "2", "AUTH", "default", "s3cret", "SETNAME", "x");
        assertThat(latest()).contains("(redacted)").doesNotContain("s3cret").contains("SETNAME");
    }

    @Test
    void badCountsAreRefused() {
        String error = "-ERR count should be greater than or equal to -1|";
        assertThat(server.run("SLOWLOG", "GET", "-2")).isEqualTo(error);
        assertThat(server.run("SLOWLOG", "GET", "x")).isEqualTo(error);
    }
}
