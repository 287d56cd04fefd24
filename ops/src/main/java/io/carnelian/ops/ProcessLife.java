package io.carnelian.ops;

import io.carnelian.server.Lifecycle;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.log.LogSetup;
import io.carnelian.server.log.ServerLog;
import io.carnelian.server.process.CrashReport;
import io.carnelian.server.process.OomScore;
import io.carnelian.server.process.PidFile;
import io.carnelian.server.process.Supervisor;
import io.carnelian.server.process.Watchdog;
import io.carnelian.server.settings.ProcessSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Connects a server with its process: signals, pid file, supervisor, watchdog, out-of-memory score,
 * and how it ends, in order or by a crash.
 */
final class ProcessLife {
    private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");
    private static final int ABORTED = 128 + 6;
    private static final int SEGFAULT = 128 + 11;

    private final Bootstrap bootstrap;
    private final ProcessSettings settings;
    private final Supervisor supervisor;
    private final CrashReport crash;
    private final Watchdog watchdog;
    private final PidFile pidFile = new PidFile();

    ProcessLife(Bootstrap bootstrap, ProcessSettings settings, Supervisor supervisor) {
        this.bootstrap = bootstrap;
        this.settings = settings;
        this.supervisor = supervisor;
        var executor = bootstrap.server().executor();
        crash = new CrashReport(settings.crashLogEnabled, executor, bootstrap.info());
        watchdog = new Watchdog(bootstrap.loop()::post);
    }

    /** Handles signals and failures from now on. */
    void begin() {
        Signals.on("TERM", () -> signal("SIGTERM", settings.shutdownOnSigterm));
        Signals.on("INT", () -> signal("SIGINT", settings.shutdownOnSigint));
        Signals.on("ABRT", () -> crash("crashed by signal: 6", null, ABORTED));
        bootstrap.loop().onFailure(this::failed);
        bootstrap
                .debug()
                .add("segfault", 2, 2, c -> crash("crashed by signal: 11", null, SEGFAULT))
                .add("panic", 2, 2, c -> crash("crashed by DEBUG PANIC", null, panicCode()))
                .add("assert", 2, 2, c -> crash("crashed by DEBUG ASSERT", null, panicCode()));
        bootstrap.server().cron().every("shutdown", 0, this::tick);
        bootstrap.lifecycle().atEnd(this::cleanUp);
        watchdog.period(settings.watchdogPeriodMs.value);
        settings.watchdogPeriodMs.onApply(() -> watchdog.period(settings.watchdogPeriodMs.value));
        OomScore score =
                new OomScore(
                        OOM_SCORE,
                        settings.oomScoreAdj,
                        settings.oomScoreAdjValues,
                        bootstrap.replication()::role);
        adjust(score);
        bootstrap.replication().onRoleChange(() -> adjust(score));
    }

    private static void adjust(OomScore score) {
        try {
            score.apply();
        } catch (BadValue refused) {
            // The log has the reason; a server that may be killed is better than none.
        }
    }

    /** The server listens: {@code pid} goes to the pid file. */
    void started(long pid, boolean daemon) {
        String file = settings.pidfile.value;
        if (!file.isEmpty() || daemon) {
            pidFile.write(settings.dir.resolve(file.isEmpty() ? PidFile.USUAL : file), pid);
        }
    }

    private void cleanUp() {
        supervisor.stopping();
        pidFile.remove();
    }

    /** The first signal asks for an orderly end; an interrupt after it ends the process. */
    private void signal(String name, Choice how) {
        boolean first = bootstrap.lifecycle().request(wish(how));
        if (!first && name.equals("SIGINT")) {
            ServerLog.secondSignal();
            bootstrap.lifecycle().insist();
            Runtime.getRuntime().halt(1);
        }
        ServerLog.signal(name);
        bootstrap
                .loop()
                .post(() -> {
                    if (!bootstrap.switches().cronPaused) {
                        tick();
                    }
                });
    }

    private static Lifecycle.Wish wish(Choice how) {
        boolean said = how.is("save") || how.is("nosave");
        return new Lifecycle.Wish(said ? how.is("save") : null, how.is("now"), how.is("force"));
    }

    private void tick() {
        bootstrap.lifecycle().tick(System.currentTimeMillis());
    }

    private void failed(Throwable cause) {
        crash("crashed by an unexpected failure: " + cause, cause, panicCode());
    }

    private int panicCode() {
        return settings.useExitOnPanic.on ? 1 : ABORTED;
    }

    private void crash(String why, @Nullable Throwable cause, int exitCode) {
        crash.write(why, cause);
        LogSetup.flush();
        Runtime.getRuntime().halt(exitCode);
    }
}
