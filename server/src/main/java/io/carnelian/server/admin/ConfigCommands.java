package io.carnelian.server.admin;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.client.AuditLog;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigRewrite;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** CONFIG: the configuration as a client sees it. */
public final class ConfigCommands {
    private static final int FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;
    private static final ErrorReply NO_FILE =
            ErrorReply.of("ERR The server is running without a config file");
    private static final String[] HELP = {
        "GET <pattern> [<pattern> ...]",
        "    The parameters that fit one of the patterns, with their values.",
        "SET <parameter> <value> [<parameter> <value> ...]",
        "    Change parameters: all of these or, if one is refused, none.",
        "RESETSTAT",
        "    Set the counters of INFO back to zero.",
        "REWRITE",
        "    Bring the configuration file in line with what is in force.",
        "RELOAD [DRYRUN]",
        "    Read the configuration file again and put it in force, all of it or nothing.",
    };

    private final Config config;
    private final Info info;
    private final Choice enableProtectedConfigs;

    public ConfigCommands(Config config, Info info, Choice enableProtectedConfigs) {
        this.config = config;
        this.info = info;
        this.enableProtectedConfigs = enableProtectedConfigs;
    }

    /** Returns the container, so that other modules can add to it. */
    public Command addTo(CommandTable commands) {
        Command container = commands.container("config", 0);
        container.sub("get", -3, FLAGS, Keys.NONE, 0, this::get);
        container.sub("set", -4, FLAGS, Keys.NONE, 0, this::set);
        container.sub("resetstat", 2, FLAGS, Keys.NONE, 0, this::resetStat);
        container.sub("rewrite", 2, FLAGS, Keys.NONE, 0, this::rewrite);
        container.sub("help", 2, LOADING | STALE, Keys.NONE, 0, HelpText.of("CONFIG", HELP));
        return container;
    }

    /** DEBUG CONFIG-REWRITE-FORCE-ALL. */
    public void addTo(DebugCommands debug) {
        debug.add("config-rewrite-force-all", 2, 2, call -> rewrite(call, true));
    }

    private static List<String> argsFrom(Call call, int first) {
        List<String> args = new ArrayList<>();
        for (int i = first; i < call.argc(); i++) {
            args.add(call.string(i));
        }
        return args;
    }

    private void get(Call call) {
        Map<String, String> found = config.get(argsFrom(call, 2));
        call.reply().map(found.size());
        for (Map.Entry<String, String> e : found.entrySet()) {
            call.reply().bulk(e.getKey());
            call.reply().bulk(e.getValue());
        }
    }

    private void set(Call call) {
        if (call.argc() % 2 != 0) {
            throw Errors.syntax();
        }
        for (int i = 2; i < call.argc(); i += 2) {
            Parameter row = config.find(call.string(i));
            if (row != null && row.is(Parameter.SENSITIVE)) {
                call.redact(i + 1);
            }
        }
        boolean all =
                enableProtectedConfigs.is("yes")
                        || (enableProtectedConfigs.is("local") && call.client().isLocal());
        List<String> pairs = argsFrom(call, 2);
        Map<Parameter, String> before = shown(pairs);
        String error = config.set(pairs, all ? Config.Access.ALL : Config.Access.UNPROTECTED);
        if (error != null) {
            throw ErrorReply.of(error).error();
        }
        before.forEach((row, old) -> audit(call, row, old));
        call.reply().ok();
    }

    private Map<Parameter, String> shown(List<String> pairs) {
        Map<Parameter, String> values = new LinkedHashMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            Parameter row = config.find(pairs.get(i));
            if (row != null) {
                values.put(row, row.shown());
            }
        }
        return values;
    }

    private static void audit(Call call, Parameter row, String old) {
        AuditLog.event(
                call.client(),
                "CONFIG SET " + row.name() + " '" + old + "' to '" + row.shown() + "'");
    }

    private void resetStat(Call call) {
        info.resetStatistics();
        AuditLog.event(call.client(), "CONFIG RESETSTAT");
        call.reply().ok();
    }

    private void rewrite(Call call) {
        rewrite(call, false);
    }

    private void rewrite(Call call, boolean all) {
        if (config.file() == null) {
            throw NO_FILE.error();
        }
        try {
            ConfigRewrite.rewrite(config, all);
        } catch (IOException e) {
            throw ErrorReply.of("ERR Rewriting config file: " + e.getMessage()).error();
        }
        AuditLog.event(call.client(), "CONFIG REWRITE of " + config.file());
        call.reply().ok();
    }
}
