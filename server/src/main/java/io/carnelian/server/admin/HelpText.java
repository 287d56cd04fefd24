package io.carnelian.server.admin;

import io.carnelian.server.command.Handler;

/**
 * The answer of a container's HELP: a line of usage, what the caller gives, and how to get help.
 */
public final class HelpText {
    private HelpText() {}

    /** Handles {@code <name> HELP}; {@code lines} are an entry and its explanation in turn. */
    public static Handler of(String name, String... lines) {
        return call -> {
            call.reply().array(lines.length + 3);
            call.reply().simple(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
            for (String line : lines) {
                call.reply().simple(line);
            }
            call.reply().simple("HELP");
            call.reply().simple("    Prints this help.");
        };
    }
}
