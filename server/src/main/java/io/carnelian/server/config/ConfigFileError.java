package io.carnelian.server.config;

import io.carnelian.server.Version;

/**
 * The configuration can't be loaded: the server says why and ends. Either a line is wrong, which is
 * told in a block on standard error, or a file can't be read, which is a line of the log.
 */
public final class ConfigFileError extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean block;

    private ConfigFileError(String text, boolean block) {
        super(text);
        this.block = block;
    }

    /** {@code where} names the file when it is not the only place that lines come from. */
    static ConfigFileError atLine(int number, String where, String line, String why) {
        return new ConfigFileError(
                head()
                        + ("Reading the configuration file, at line " + number + where + "\n")
                        + (">>> '" + line + "'\n")
                        + why
                        + "\n",
                true);
    }

    /** The lines are well-formed, but what they say together can't be done. */
    public static ConfigFileError whole(String why) {
        return new ConfigFileError(head() + why + "\n", true);
    }

    private static String head() {
        return "\n*** FATAL CONFIG FILE ERROR ("
                + Version.NAME
                + " "
                + Version.CARNELIAN
                + ") ***\n";
    }

    static ConfigFileError unreadable(String path, String why) {
        return new ConfigFileError(
                "Fatal error, can't open config file '" + path + "': " + why, false);
    }

    /** Whether {@link #text} is a block for standard error; otherwise it is a line for the log. */
    public boolean isBlock() {
        return block;
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
