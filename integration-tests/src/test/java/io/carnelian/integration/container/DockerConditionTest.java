package io.carnelian.integration.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class DockerConditionTest {
    @Test
    void runsWithAnEngine() {
        assertThat(DockerCondition.decide(true, true, "x").isDisabled()).isFalse();
        assertThat(DockerCondition.decide(true, false, "x").isDisabled()).isFalse();
    }

    @Test
    void skipsForAPersonWithoutOneAndSaysSo() {
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(DockerCondition.class);
        logger.addAppender(said);
        said.start();
        try {
            assertThat(DockerCondition.decide(false, false, "SomeIT").isDisabled()).isTrue();
        } finally {
            logger.detachAppender(said);
        }
        assertThat(said.list)
                .extracting(event -> event.getLevel() + " " + event.getFormattedMessage())
                .containsExactly(
                        "WARN !!! NOT RUN: SomeIT: no container engine answers;"
                                + " bin/test starts one");
    }

    /** The last lines of bin/test, from reports as Maven's plugins write them. */
    @Test
    void theSummaryOfARunNamesWhatDidNotRun(@TempDir Path folder) throws Exception {
        String reason = DockerCondition.decide(false, false, "x").getReason().orElseThrow();
        Path stamp = Files.writeString(folder.resolve("stamp"), "");
        Files.setLastModifiedTime(stamp, FileTime.fromMillis(1_000_000_000_000L));
        report(folder, "a.SomeIT", 1, "<skipped message=\"" + reason + "\"/>");
        report(folder, "a.OtherIT", 1, "<skipped message=\"not on this machine\"/>");
        report(folder, "a.RunIT", 0, "");
        assertThat(summary(stamp, folder))
                .contains("Tests run: 6, Failures: 0, Errors: 0, Skipped: 2")
                .contains("NOT RUN: 1 classes of tests need a container engine", "    a.SomeIT\n")
                .doesNotContain("OtherIT", "RunIT");
    }

    @Test
    void theSummaryOfAWholeRunIsOneLine(@TempDir Path folder) throws Exception {
        Path stamp = Files.writeString(folder.resolve("stamp"), "");
        Files.setLastModifiedTime(stamp, FileTime.fromMillis(1_000_000_000_000L));
        report(folder, "a.RunIT", 0, "");
        assertThat(summary(stamp, folder))
                .isEqualTo("Tests run: 2, Failures: 0, Errors: 0, Skipped: 0\n");
    }

    private static void report(Path folder, String name, int skipped, String inside)
            throws IOException {
        Path reports = folder.resolve("module/target/failsafe-reports");
        Files.createDirectories(reports);
        Files.writeString(
                reports.resolve("TEST-" + name + ".xml"),
                """
                <testsuite name="%s" time="0.1" tests="2" errors="0" skipped="%d" failures="0">
                <testcase name="">%s</testcase>
                </testsuite>
                """
                        .formatted(name, skipped, inside));
    }

    private static String summary(Path stamp, Path folder) throws Exception {
        Process process =
                new ProcessBuilder(
                                ServerProcess.launcher("test-summary").toString(),
                                stamp.toString(),
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void failsWithoutOneWhereItWasPromised() {
        assertThatThrownBy(() -> DockerCondition.decide(false, true, "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("IT_REQUIRE_DOCKER");
    }
}
