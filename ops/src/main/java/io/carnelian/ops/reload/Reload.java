package io.carnelian.ops.reload;

import io.carnelian.server.client.AuditLog;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.resp.CommandError;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the configuration file in force again, all of it or nothing.
 *
 * <pre>
 *   file, stdin of the start, arguments ──► a second set of rows ──► plan ──► adopt, or back again
 *                                           a wrong line: refused    rows that differ
 * </pre>
 *
 * What needs a restart is told and left as it is; it refuses nothing. CONFIG RELOAD answers one
 * array | fate | parameter | value before | value after | a difference. Reading the file takes the
 * command thread a millisecond, as CONFIG REWRITE does; a SIGHUP reads it on a thread of its own.
 */
public final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final Token DRYRUN = Token.of("DRYRUN");
    private static final ErrorReply NO_FILE =
            ErrorReply.of("ERR The server is running without a config file");

    /** Reads the file as at the start, into rows of its own. */
    @FunctionalInterface
    public interface FreshConfig {
        Config read() throws ConfigFileError;
    }

    private final Config config;
    private final FreshConfig fresh;
    private final Consumer<Runnable> commandThread;

    /**
     * @param commandThread runs tasks there
     */
    public Reload(Config config, FreshConfig fresh, Consumer<Runnable> commandThread) {
        this.config = config;
        this.fresh = fresh;
        this.commandThread = commandThread;
    }

    /** Adds CONFIG RELOAD, unless CONFIG has been taken away. */
    public void addTo(CommandTable commands) {
        Command container = commands.find("config");
        if (container != null) {
            int flags = Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE;
            container.sub("reload", -2, flags, Keys.NONE, 0, this::reload);
        }
    }

    /** SIGHUP came. Any thread. */
    public void hangup() {
        if (config.file() == null) {
            LOG.warn("SIGHUP: there is no configuration file to be read again");
            return;
        }
        try {
            Config wanted = fresh.read();
            commandThread.accept(() -> {
                String refusal = adopt(ReloadPlan.of(config, wanted));
                if (refusal == null) {
                    AuditLog.signal("SIGHUP", "CONFIG RELOAD of " + config.file());
                }
            });
        } catch (ConfigFileError e) {
            refused(oneLine(e));
        }
    }

    private void reload(Call call) {
        if (call.argc() > 3 || (call.argc() == 3 && !call.is(2, DRYRUN))) {
            throw Errors.syntax();
        }
        if (config.file() == null) {
            throw NO_FILE.error();
        }
        ReloadPlan plan;
        try {
            plan = ReloadPlan.of(config, fresh.read());
        } catch (ConfigFileError e) {
            throw failed(oneLine(e));
        }
        if (call.argc() == 2) {
            String refusal = adopt(plan);
            if (refusal != null) {
                throw failed(refusal);
            }
            AuditLog.event(call.client(), "CONFIG RELOAD of " + config.file());
            plan = plan.applied();
        }
        reply(call, plan);
    }

    private static CommandError failed(String why) {
        return ErrorReply.of("ERR CONFIG RELOAD failed, nothing was changed - " + why).error();
    }

    /** Puts a plan in force; null, or why nothing of it is. */
    private @Nullable String adopt(ReloadPlan plan) {
        String why = null;
        if (plan.isRefused()) {
            why = "the data set is being loaded";
        } else {
            Config.Refusal refusal = config.adopt(plan.values());
            why = refusal == null ? null : refusal.row().name() + ": " + refusal.why();
        }
        if (why != null) {
            refused(why);
            return why;
        }
        for (ReloadPlan.Step step : plan.steps()) {
            if (step.fate() == ReloadPlan.Fate.NEEDS_RESTART) {
                LOG.warn(
                        "Configuration reload: {} from '{}' to '{}' needs a restart",
                        step.name(),
                        step.before(),
                        step.after());
            } else {
                LOG.info(
                        "Configuration reload: {} from '{}' to '{}'",
                        step.name(),
                        step.before(),
                        step.after());
            }
        }
        return null;
    }

    private static void refused(String why) {
        LOG.warn("Configuration reload refused, nothing was changed: {}", why);
    }

    private static void reply(Call call, ReloadPlan plan) {
        List<ReloadPlan.Step> steps = plan.steps();
        call.reply().array(steps.size());
        for (ReloadPlan.Step step : steps) {
            call.reply().array(4);
            call.reply().bulk(step.fate().word());
            call.reply().bulk(step.name());
            call.reply().bulk(step.before());
            call.reply().bulk(step.after());
        }
    }

    /** The block of several lines that a start prints, as one. */
    private static String oneLine(ConfigFileError e) {
        return e.text().strip().replaceAll("\\s*\n+\\s*", ", ");
    }
}
