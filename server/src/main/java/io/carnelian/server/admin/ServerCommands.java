package io.carnelian.server.admin;

import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.ALLOW_BUSY;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_MULTI;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.Lifecycle;
import io.carnelian.server.Version;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.feed.Monitors;
import io.carnelian.server.info.Info;
import io.carnelian.server.log.ServerLog;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** TIME, INFO, MONITOR, SHUTDOWN, LOLWUT. */
public final class ServerCommands {
    private static final int MAX_SHUTDOWN_WORDS = 3;
    private static final int USUAL_COLUMNS = 40;
    private static final int MIN_COLUMNS = 10;
    private static final int MAX_COLUMNS = 160;
    private static final ErrorReply NOT_ENDING = ErrorReply.of("ERR No shutdown in progress.");
    private static final ErrorReply CANNOT_END =
            ErrorReply.of("ERR Errors trying to SHUTDOWN. Check logs.");
    private static final Token SAVE = Token.of("SAVE");
    private static final Token NOSAVE = Token.of("NOSAVE");
    private static final Token NOW = Token.of("NOW");
    private static final Token FORCE = Token.of("FORCE");
    private static final Token VERSION = Token.of("VERSION");
    private static final Token ABORT = Token.of("ABORT");

    private final Info info;
    private final Lifecycle lifecycle;
    private final Monitors monitors;
    private final InstantSource clock;

    public ServerCommands(Info info, Lifecycle lifecycle, Monitors monitors, InstantSource clock) {
        this.info = info;
        this.lifecycle = lifecycle;
        this.monitors = monitors;
        this.clock = clock;
    }

    public void addTo(CommandTable commands) {
        int operator = ADMIN | NOSCRIPT | LOADING | STALE;
        int end = operator | NO_MULTI | ALLOW_BUSY;
        commands.add("time", 1, LOADING | STALE | FAST, Keys.NONE, 0, this::time);
        commands.add("info", -1, LOADING | STALE, Keys.NONE, DANGEROUS, this::info);
        commands.add("monitor", 1, operator, Keys.NONE, 0, this::monitor);
        commands.add("shutdown", -1, end, Keys.NONE, 0, this::shutdown);
        commands.add("lolwut", -1, READONLY | FAST, Keys.NONE, 0, this::lolwut);
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

    private void monitor(Call call) {
        monitors.add(call.client());
        call.reply().ok();
    }

    private void shutdown(Call call) {
        if (call.argc() - 1 > MAX_SHUTDOWN_WORDS) {
            throw Errors.syntax();
        }
        boolean save = false;
        boolean noSave = false;
        boolean now = false;
        boolean force = false;
        for (int i = 1; i < call.argc(); i++) {
            if (call.is(i, SAVE) && !noSave) {
                save = true;
            } else if (call.is(i, NOSAVE) && !save) {
                noSave = true;
            } else if (call.is(i, NOW)) {
                now = true;
            } else if (call.is(i, FORCE)) {
                force = true;
            } else if (call.is(i, ABORT) && call.argc() == 2) {
                abort(call);
                return;
            } else {
                throw Errors.syntax();
            }
        }
        @Nullable Boolean saveWish = (save || noSave) ? save : null;
        ServerLog.shutdownRequested();
        String refusal = lifecycle.shutdown(new Lifecycle.Wish(saveWish, now, force));
        if (refusal != null) {
            ServerLog.cannotShutDown(refusal);
            throw CANNOT_END.error();
        }
    }

    private void abort(Call call) {
        if (!lifecycle.abort()) {
            throw NOT_ENDING.error();
        }
        ServerLog.shutdownAborted();
        call.reply().ok();
    }

    private void lolwut(Call call) {
        int first = call.argc() >= 3 && call.is(1, VERSION) ? 3 : 1;
        if (first == 3) {
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
