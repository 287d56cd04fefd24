package io.carnelian.server.admin;

import io.carnelian.server.command.CommandTable;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFileError;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code rename-command <name> <new name>}, where an empty new name takes the command away. The
 * file is read before there are commands, so the lines are kept and obeyed once every module has
 * added its own.
 */
public final class RenamedCommands {
    private final List<List<String>> lines = new ArrayList<>();

    public void addTo(Config config) {
        config.directive("rename-command", 2, 2, lines::add);
    }

    /** Renames, in the order of the lines; the first that can't be obeyed ends it. */
    public void apply(CommandTable commands) throws ConfigFileError {
        for (List<String> line : lines) {
            String name = line.get(0);
            String to = line.get(1);
            if (commands.find(name) == null) {
                throw refused(line, "No such command in rename-command");
            }
            if (!to.isEmpty() && commands.find(to) != null) {
                throw refused(line, "Target command name already exists");
            }
            commands.rename(name, to);
        }
    }

    private static ConfigFileError refused(List<String> line, String why) {
        return ConfigFileError.whole(">>> 'rename-command " + String.join(" ", line) + "'\n" + why);
    }
}
