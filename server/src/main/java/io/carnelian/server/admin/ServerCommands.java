package io.carnelian.server.admin;

import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_ASYNC_LOADING;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.Version;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.command.Keys;
import io.carnelian.server.feed.Monitors;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** TIME, INFO, MONITOR, LOLWUT, and MODULE as far as it goes without modules. */
public final class ServerCommands {
    private static final int USUAL_COLUMNS = 40;
    private static final int MIN_COLUMNS = 10;
    private static final int MAX_COLUMNS = 160;
    private static final ErrorReply NOT_FOR_QUEUES =
            ErrorReply.of("ERR MONITOR isn't allowed for DENY BLOCKING client");
    private static final ErrorReply NOT_FOR_MONITORS =
            ErrorReply.of("ERR Replica can't interact with the keyspace");
    private static final ErrorReply NO_MODULES =
            ErrorReply.of("ERR Modules are machine code for Redis and can't be loaded here");
    private static final ErrorReply NO_SUCH_MODULE =
            ErrorReply.of("ERR Error unloading module: no such module with that name");
    private static final Token VERSION = Token.of("VERSION");

    private final Info info;
    private final Monitors monitors;
    private final InstantSource clock;

    public ServerCommands(Info info, Monitors monitors, InstantSource clock) {
        this.info = info;
        this.monitors = monitors;
        this.clock = clock;
    }

    public void addTo(CommandTable commands, Gates gates) {
        gates.install(Gate.MONITOR, call -> NOT_FOR_MONITORS);
        int operator = ADMIN | NOSCRIPT | LOADING | STALE;
        commands.add("time", 1, LOADING | STALE | FAST, Keys.NONE, 0, this::time);
        commands.add("info", -1, LOADING | STALE, Keys.NONE, DANGEROUS, this::info);
        commands.add("monitor", 1, operator, Keys.NONE, 0, this::monitor);
        commands.add("lolwut", -1, READONLY | FAST, Keys.NONE, 0, this::lolwut);
        addModules(commands);
    }

    /** There are none and will be none: their interface is one of C. */
    private static void addModules(CommandTable commands) {
        int operator = ADMIN | NOSCRIPT;
        int loading = operator | NO_ASYNC_LOADING;
        commands.container("module", 0)
                .sub("list", 2, operator, Keys.NONE, 0, call -> call.reply().array(0))
                .sub("load", -3, loading, Keys.NONE, 0, ServerCommands::refuseModule)
                .sub("loadex", -3, loading, Keys.NONE, 0, ServerCommands::refuseModule)
                .sub("unload", 3, loading, Keys.NONE, 0, ServerCommands::noModule)
                .sub(
                        "help",
                        2,
                        LOADING | STALE,
                        Keys.NONE,
                        0,
                        HelpText.of(
                                "MODULE",
                                "LIST",
                                "    The modules that are loaded: none.",
                                "LOAD <path> [<arg> ...]",
                                "    Refused: modules are machine code for Redis.",
                                "LOADEX <path> [[CONFIG NAME VALUE] ...] [ARGS ...]",
                                "    Refused, too.",
                                "UNLOAD <name>",
                                "    There is none to unload."));
    }

    private static void refuseModule(Call call) {
        throw NO_MODULES.error();
    }

    private static void noModule(Call call) {
        throw NO_SUCH_MODULE.error();
    }

    private void time(Call call) {
        Instant now = clock.instant();
        call.reply().array(2);
        call.reply().bulkLong(now.getEpochSecond());
        call.reply().bulkLong(now.getNano() / 1000);
    }

    private void info(Call call) {
        List<String> wanted = new ArrayList<>();
        for (int i = 1; i < call.argc(); i++) {
            wanted.add(call.string(i));
        }
        call.reply().verbatim("txt", Reply.ascii(info.text(wanted)));
    }

    /** RESET: the client monitors no longer. */
    public void stopMonitoring(Client client) {
        monitors.remove(client);
        client.gates &= ~Gate.MONITOR.bit();
    }

    private void monitor(Call call) {
        if (!call.mayBlock()) {
            throw NOT_FOR_QUEUES.error();
        }
        Client client = call.client();
        if (client.monitor) {
            return; // as Redis: who monitors already is told nothing
        }
        monitors.add(client);
        client.gates |= Gate.MONITOR.bit();
        call.reply().ok();
    }

    private void lolwut(Call call) {
        int first = call.argc() > 1 && call.is(1, VERSION) ? 3 : 1;
        if (first == 3 && call.argc() > 2) {
            var _ = call.longArg(2);
        }
        long wanted = call.argc() > first ? call.longArg(first) : USUAL_COLUMNS;
        int columns = Math.clamp(wanted, MIN_COLUMNS, MAX_COLUMNS);
        String text =
                Gem.draw(columns, new SplittableRandom())
                        + "\nCarnelian "
                        + Version.CARNELIAN
                        + ". Redis ver. "
                        + Version.REDIS
                        + "\n";
        call.reply().verbatim("txt", Reply.ascii(text));
    }
}
