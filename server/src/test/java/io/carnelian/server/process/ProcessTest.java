package io.carnelian.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.server.Cron;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Config;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.settings.ProcessSettings;
import io.carnelian.server.settings.ServerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTest {
    @TempDir private Path temp = Path.of("");

    private final Config config = new Config();
    private final ProcessSettings settings = new ServerSettings(config).process;
    private NodeRole role = NodeRole.PRIMARY;

    private void set(String... pairs) {
        assertThat(config.set(List.of(pairs), Config.Access.ALL)).isNull();
    }

    @Test
    void aPidFileIsWrittenAndRemoved() throws Exception {
        Path file = temp.resolve("pid");
        PidFile pid = new PidFile();
        pid.write(file, 4711);
        assertThat(file).hasContent("4711\n");
        pid.remove();
        assertThat(file).doesNotExist();
    }

    @Test
    void aFileThatWasNotWrittenIsNotRemoved() throws Exception {
        Path file = Files.writeString(temp.resolve("pid"), "1\n");
        PidFile pid = new PidFile();
        pid.write(temp.resolve("no/such/directory"), 4711);
        pid.remove();
        assertThat(file).exists();
    }

    @Test
    void theOomScoreFollowsSettingsAndRole() throws Exception {
        Path file = Files.writeString(temp.resolve("score"), "5\n");
        OomScore score =
                new OomScore(file, settings.oomScoreAdj, settings.oomScoreAdjValues, () -> role);
        set("oom-score-adj-values", "10 20 30");
        assertThat(file).hasContent("5\n");
        set("oom-score-adj", "yes");
        assertThat(file).hasContent("15");
        role = NodeRole.REPLICA;
        score.apply();
        assertThat(file).hasContent("25");
        set("oom-score-adj", "absolute");
        assertThat(file).hasContent("20");
        set("oom-score-adj-values", "10 2000 30");
        assertThat(file).hasContent("1000");
        set("oom-score-adj", "no");
        assertThat(file).hasContent("5");
    }

    @Test
    void aScoreThatCannotBeWrittenChangesNothing() {
        OomScore score =
                new OomScore(
                        temp.resolve("nothing"),
                        settings.oomScoreAdj,
                        settings.oomScoreAdjValues,
                        () -> role);
        assertThat(config.set(List.of("oom-score-adj", "yes"), Config.Access.ALL))
                .contains("Failed to set current oom_score_adj. Check server logs.");
        assertThat(settings.oomScoreAdj.text()).isEqualTo("no");
        settings.oomScoreAdj.index = 1;
        assertThatThrownBy(score::apply).isInstanceOf(BadValue.class);
    }

    @Test
    void theWatchdogShowsTheStackOfAThreadThatDoesNotAnswer() {
        Queue<Runnable> mailbox = new ArrayDeque<>();
        Watchdog watchdog = new Watchdog(mailbox::add);
        assertThat(watchdog.look()).as("asks").isNull();
        mailbox.remove().run();
        assertThat(watchdog.look()).as("was answered, asks again").isNull();
        assertThat(watchdog.look()).contains("theWatchdogShowsTheStackOfAThread");
        mailbox.remove().run();
        assertThat(watchdog.look()).isNull();
    }

    @Test
    void supervisorsAreFoundByTheirVariables() {
        assertThat(Supervisor.find("no", Map.of("UPSTART_JOB", "x")).isThere()).isFalse();
        assertThat(Supervisor.find("systemd", Map.of()).isThere()).isFalse();
        assertThat(Supervisor.find("auto", Map.of("UPSTART_JOB", "x")).isThere()).isTrue();
        assertThat(Supervisor.find("auto", Map.of("NOTIFY_SOCKET", "/no/such")).isThere()).isTrue();
    }

    @Test
    void manyClientsMakeCronTickFaster() {
        Cron cron = new Cron();
        cron.setHz(10);
        cron.adaptTo(2000);
        assertThat(cron.hz()).isEqualTo(10);
        cron.adaptTo(5000);
        assertThat(cron.hz()).isEqualTo(40);
        cron.adaptTo(1_000_000);
        assertThat(cron.hz()).isEqualTo(500);
        cron.adaptTo(0);
        assertThat(cron.hz()).isEqualTo(10);
    }
}
