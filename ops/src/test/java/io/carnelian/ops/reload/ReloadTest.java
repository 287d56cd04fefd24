package io.carnelian.ops.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFile;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadTest {
    @TempDir Path directory;
    private Path file = Path.of("");
    private final Config config = new Config();
    private final Rows rows = new Rows(config);
    private final Reload reload = new Reload(config, this::read, Runnable::run);
    private int applied;

    /** The same rows in both. */
    private static final class Rows {
        final Amount hz;
        final Amount port;
        final Toggle appendonly;
        final Text password;

        Rows(Config config) {
            hz = config.add(Amount.of("hz", 0, 10, 1, 500));
            port = config.add(Amount.of("port", 0, 6379, 0, 65535));
            appendonly = config.add(new Toggle("appendonly", Parameter.DENY_LOADING, false));
            password = config.add(new Text("requirepass", Parameter.SENSITIVE, ""));
            config.add(Amount.of("databases", Parameter.IMMUTABLE, 16, 1, 10000));
            config.directive("user", 1, 10, words -> {});
        }
    }

    @BeforeEach
    void start() throws Exception {
        file = directory.resolve("redis.conf");
        write("hz 20\ndatabases 4\nuser a on\n");
        load(config);
        rows.hz.onApply(() -> applied++);
    }

    @Test
    void putsInForceWhatTheFileSays() throws Exception {
        write("hz 30\nrequirepass secret\n");
        rows.port.value = 7000;
        ReloadPlan plan = ReloadPlan.of(config, read());
        assertThat(plan.steps())
                .containsExactly(
                        step(ReloadPlan.Fate.TO_APPLY, "hz", "20", "30"),
                        step(ReloadPlan.Fate.TO_APPLY, "port", "7000", "6379"),
                        step(ReloadPlan.Fate.TO_APPLY, "requirepass", "(hidden)", "(hidden)"),
                        step(ReloadPlan.Fate.NEEDS_RESTART, "databases", "4", "16"),
                        step(ReloadPlan.Fate.NEEDS_RESTART, "directives", "1 lines", "0 lines"));
        assertThat(rows.hz.value).as("a plan changes nothing").isEqualTo(20);
        reload.hangup();
        assertThat(rows.hz.value).isEqualTo(30);
        assertThat(rows.port.value).isEqualTo(6379);
        assertThat(rows.password.value).isEqualTo("secret");
        assertThat(config.get(List.of("databases"))).containsEntry("databases", "4");
        assertThat(applied).isEqualTo(1);
        reload.hangup();
        assertThat(applied).as("nothing new").isEqualTo(1);
    }

    @Test
    void aWrongLineRefusesAll() throws Exception {
        write("hz 30\nnonsense 1\n");
        reload.hangup();
        assertThat(rows.hz.value).isEqualTo(20);
        Files.delete(file);
        reload.hangup();
        assertThat(rows.hz.value).isEqualTo(20);
        assertThat(applied).isZero();
    }

    @Test
    void whatCantChangeWhileLoadingRefusesAll() throws Exception {
        write("hz 30\ndatabases 4\nuser a on\nappendonly yes\n");
        config.loadingWhile(() -> true);
        reload.hangup();
        assertThat(rows.hz.value).isEqualTo(20);
        config.loadingWhile(() -> false);
        reload.hangup();
        assertThat(rows.hz.value).isEqualTo(30);
        assertThat(rows.appendonly.on).isTrue();
    }

    @Test
    void whatCantBePutInForceTakesAllBack() throws Exception {
        rows.port.onApply(() -> {
            if (rows.port.value == 6380) {
                throw new BadValue("somebody else has it");
            }
        });
        write("hz 30\nport 6380\n");
        reload.hangup();
        assertThat(rows.hz.value).isEqualTo(20);
        assertThat(rows.port.value).isEqualTo(6379);
        assertThat(applied).as("put in force, and taken back").isEqualTo(2);
    }

    private static ReloadPlan.Step step(
            ReloadPlan.Fate fate, String name, String before, String after) {
        return new ReloadPlan.Step(fate, name, before, after);
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    private Config read() throws ConfigFileError {
        Config fresh = new Config();
        var _ = new Rows(fresh);
        load(fresh);
        return fresh;
    }

    private void load(Config to) throws ConfigFileError {
        ConfigFile.load(
                to,
                new WorkingDir(),
                CommandLine.parse(new String[] {file.toString()}),
                new ByteArrayInputStream(new byte[0]));
    }
}
