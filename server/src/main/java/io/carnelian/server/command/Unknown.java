package io.carnelian.server.command;

import io.carnelian.server.log.ServerLog;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Token;
import java.util.Locale;

/**
 * What stands in the table's place when a name is in no table: commands that accept no number of
 * arguments, so that they are refused where a wrong number is, before any gate: without password
 * too, and never queued by MULTI.
 */
final class Unknown {
    private static final int SHOWN_BYTES = 128;
    static final int NEVER = 0;
    private static final Token POST = Token.of("post");
    private static final Token HOST = Token.of("host:");

    static final Command COMMAND =
            new Command("unknown", NEVER, 0, Keys.NONE, 0, Unknown::neverRuns, null);
    static final Command SUBCOMMAND =
            new Command("unknown", NEVER, 0, Keys.NONE, 0, Unknown::neverRuns, null);

    private Unknown() {}

    private static void neverRuns(Call call) {
        throw new IllegalStateException("an unknown command was run: " + call.string(0));
    }

    /**
     * Why a command that does not accept its arguments is refused, in Redis's words. Who speaks
     * HTTP is sent away at once, so that no web page can have a browser send commands in the body.
     */
    static ErrorReply refusal(Call call) {
        if (call.command() == COMMAND) {
            if (call.is(0, POST) || call.is(0, HOST)) {
                ServerLog.crossProtocol(call.client().toString());
                call.client().kill();
                return Gates.HANDLED;
            }
            return command(call);
        }
        return call.command() == SUBCOMMAND ? subcommand(call) : call.command().arityError();
    }

    private static ErrorReply command(Call call) {
        StringBuilder args = new StringBuilder();
        for (int i = 1; i < call.argc() && args.length() < SHOWN_BYTES; i++) {
            String arg = shown(call, i, SHOWN_BYTES - args.length());
            args.append('\'').append(arg).append("' ");
        }
        return ErrorReply.of(
                "ERR unknown command '"
                        + shown(call, 0, SHOWN_BYTES)
                        + "', with args beginning with: "
                        + args);
    }

    private static ErrorReply subcommand(Call call) {
        String container = shown(call, 0, SHOWN_BYTES).toUpperCase(Locale.ROOT);
        return ErrorReply.of(
                "ERR unknown subcommand '"
                        + shown(call, 1, SHOWN_BYTES)
                        + "'. Try "
                        + container
                        + " HELP.");
    }

    /** At most {@code bytes} bytes of an argument; it ends at a zero byte, as C's %.*s does. */
    private static String shown(Call call, int i, int bytes) {
        String text = call.shown(i);
        return text.length() <= bytes ? text : text.substring(0, bytes);
    }
}
