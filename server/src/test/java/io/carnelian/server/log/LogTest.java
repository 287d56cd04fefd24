package io.carnelian.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTest {
    private static final String ANY_PREFIX =
            "\\d+:[CMS] \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{3} ";

    @TempDir private Path temp = Path.of("");

    @AfterEach
    void backToNormal() {
        LogSetup.file(null);
        LogSetup.level(LogLevel.NOTICE);
        LogSetup.role(LogSetup.STARTING);
    }

    private static String line(long epochMs, String zone) {
        StringBuilder to = new StringBuilder();
        LogLine.append(to, 7, 'M', epochMs, TimeZone.getTimeZone(zone), '*', "x");
        return to.toString();
    }

    @Test
    void syslogLinesTellFacilityAndSeverity() {
        String local =
                new String(
                        SyslogLine.of("redis", "local0", 7).format(LogLevel.WARNING, 0, "hello"),
                        StandardCharsets.UTF_8);
        assertThat(local)
                .matches("<132>[A-Z][a-z]{2} \\d\\d \\d\\d:\\d\\d:\\d\\d redis\\[7]: hello");
        byte[] user = SyslogLine.of("x", "user", 7).format(LogLevel.DEBUG, 0, "y");
        assertThat(new String(user, StandardCharsets.UTF_8)).startsWith("<15>");
    }

    @Test
    void aLineHasRedissForm() {
        assertThat(line(1_795_339_377_007L, "UTC")).isEqualTo("7:M 22 Nov 2026 09:22:57.007 * x\n");
        assertThat(line(1_795_339_377_007L, "Asia/Kolkata"))
                .isEqualTo("7:M 22 Nov 2026 14:52:57.007 * x\n");
        assertThat(line(1_751_328_000_000L, "America/New_York"))
                .isEqualTo("7:M 30 Jun 2025 20:00:00.000 * x\n");
        assertThat(line(0, "UTC")).isEqualTo("7:M 01 Jan 1970 00:00:00.000 * x\n");
    }

    @Test
    void levelsHaveTheirMarksAndCanBeChangedAtAnyTime() throws Exception {
        Path file = temp.resolve("log");
        LogSetup.file(file);
        LogSetup.role(LogSetup.PRIMARY);
        LogSetup.level(LogLevel.DEBUG);
        ServerLog.clientsConnected(1, 2, 3);
        ServerLog.accepted("1.2.3.4:5");
        ServerLog.ready(true, "/s");
        ServerLog.bye();
        LogSetup.level(LogLevel.WARNING);
        ServerLog.ready(true, null);
        LogSetup.level(LogLevel.NOTHING);
        ServerLog.bye();
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(5).allMatch(line -> line.matches(ANY_PREFIX + ".*"));
        assertThat(lines.stream().map(line -> line.replaceFirst(ANY_PREFIX, "")))
                .containsExactly(
                        ". 1 clients connected (2 replicas), 3 bytes in use",
                        "- Accepted 1.2.3.4:5",
                        "* Ready to accept connections",
                        "* The server is now ready to accept connections at /s",
                        "# Carnelian is now ready to exit, bye bye...");
        assertThat(lines).allMatch(line -> line.contains(":M "));
    }

    @Test
    void theFileMayBeMovedAway() throws Exception {
        Path file = temp.resolve("log");
        LogSetup.file(file);
        ServerLog.initialized();
        Files.move(file, temp.resolve("log.1"));
        ServerLog.initialized();
        assertThat(Files.readAllLines(file)).hasSize(1);
        LogSetup.file(temp.resolve("none/log"));
        ServerLog.initialized();
    }

    @Test
    void theBannerTellsTheProcessId() throws Exception {
        Path file = temp.resolve("log");
        LogSetup.file(file);
        ServerLog.mode(true, "standalone", 6379, 4711, "nio");
        ServerLog.mode(false, "standalone", 6379, 4711, "nio");
        assertThat(Files.readString(file))
                .contains(" PID: 4711\n")
                .contains("Running mode=standalone, port=6379, transport=nio, PID: 4711.");
    }
}
