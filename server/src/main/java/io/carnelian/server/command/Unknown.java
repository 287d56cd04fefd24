package io.carnelian.server.command;

import io.carnelian.server.resp.ErrorReply;

/**
 * What stands in the table's place when a name is in no table: commands whose handlers say so, in
 * Redis's words.
 */
final class Unknown {
    private static final int SHOWN_BYTES = 128;

    static final Command COMMAND =
            new Command(
                    "unknown",
                    -1,
                    Flags.LOADING | Flags.STALE,
                    Keys.NONE,
                    0,
                    Unknown::command,
                    null);
    static final Command SUBCOMMAND =
            new Command(
                    "unknown",
                    -1,
                    Flags.LOADING | Flags.STALE,
                    Keys.NONE,
                    0,
                    Unknown::subcommand,
                    null);

    private Unknown() {}

    private static void command(Call call) {
        StringBuilder args = new StringBuilder();
        for (int i = 1; i < call.argc() && args.length() < SHOWN_BYTES; i++) {
            args.append('\'').append(shown(call, i, SHOWN_BYTES - args.length())).append("' ");
        }
        throw ErrorReply.of(
                        "ERR unknown command '"
                                + shown(call, 0, SHOWN_BYTES)
                                + "', with args beginning with: "
                                + args)
                .error();
    }

    private static void subcommand(Call call) {
        String container = shown(call, 0, SHOWN_BYTES).toUpperCase(java.util.Locale.ROOT);
        throw ErrorReply.of(
                        "ERR unknown subcommand '"
                                + shown(call, 1, SHOWN_BYTES)
                                + "'. Try "
                                + container
                                + " HELP.")
                .error();
    }

    /** At most {@code bytes} bytes of an argument; it ends at a zero byte, as C's %.*s does. */
    private static String shown(Call call, int i, int bytes) {
        String whole = call.string(i);
        int zero = whole.indexOf(0);
        String text = zero < 0 ? whole : whole.substring(0, zero);
        return text.length() <= bytes ? text : text.substring(0, bytes);
    }
}
