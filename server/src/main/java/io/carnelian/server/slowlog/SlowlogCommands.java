package io.carnelian.server.slowlog;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.admin.HelpText;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;

/** SLOWLOG: the commands that took longer than {@code slowlog-log-slower-than}. */
public final class SlowlogCommands {
    private static final int FLAGS = ADMIN | LOADING | STALE;
    private static final int USUAL_COUNT = 10;
    private static final ErrorReply COUNT =
            ErrorReply.of("ERR count should be greater than or equal to -1");
    private static final String[] HELP = {
        "GET [<count>]",
        "    The latest slow commands: 10 unless told, -1 for all. Each is its id, when it",
        "    ran, microseconds, arguments, client address, client name.",
        "LEN",
        "    How many commands the log holds.",
        "RESET",
        "    Empty the log.",
    };

    private final Slowlog slowlog;

    public SlowlogCommands(Slowlog slowlog) {
        this.slowlog = slowlog;
    }

    public void addTo(CommandTable commands) {
        Command container = commands.container("slowlog", 0);
        container.sub("get", -2, FLAGS, Keys.NONE, 0, this::get);
        container.sub("len", 2, FLAGS, Keys.NONE, 0, this::len);
        container.sub("reset", 2, FLAGS, Keys.NONE, 0, this::reset);
        container.sub("help", 2, LOADING | STALE, Keys.NONE, 0, HelpText.of("SLOWLOG", HELP));
    }

    private void get(Call call) {
        if (call.argc() > 3) {
            throw Errors.words(call.shown(0), call.shown(1)).error();
        }
        long count = call.argc() == 2 ? USUAL_COUNT : call.longArg(2, -1, Long.MAX_VALUE, COUNT);
        long shown = count < 0 ? slowlog.size() : Math.min(count, slowlog.size());
        Reply reply = call.reply();
        reply.array(shown);
        for (Slowlog.Entry entry : slowlog.entries()) {
            if (shown-- == 0) {
                break;
            }
            reply.array(6);
            reply.integer(entry.id());
            reply.integer(entry.atSeconds());
            reply.integer(entry.micros());
            reply.array(entry.arguments().size());
            for (byte[] argument : entry.arguments()) {
                reply.bulk(argument);
            }
            reply.bulk(entry.address());
            reply.bulk(entry.name());
        }
    }

    private void len(Call call) {
        call.reply().integer(slowlog.size());
    }

    private void reset(Call call) {
        slowlog.clear();
        call.reply().ok();
    }
}
