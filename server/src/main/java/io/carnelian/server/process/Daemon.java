package io.carnelian.server.process;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code daemonize}: a JVM can't fork, so this process starts itself once more, with the same
 * command line, away from the terminal (a session of its own through setsid, no standard input and
 * output), and then ends. The pid file holds the id of the one that stays.
 */
public final class Daemon {
    private static final String MARK = "CARNELIAN_DAEMON";
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private Daemon() {}

    /** Whether this process is the one that was started to stay. */
    public static boolean isDaemon() {
        return System.getenv(MARK) != null;
    }

    /**
     * Starts the process that stays.
     *
     * @param input what it is to read from standard input
     */
    public static void start(byte[] input) throws IOException {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SETSID)) {
            command.add(SETSID.toString());
        }
        String line = Files.readString(COMMAND_LINE, StandardCharsets.UTF_8);
        for (String word : line.substring(0, line.length() - 1).split("\0", -1)) {
            command.add(word);
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put(MARK, "yes");
        builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        try (OutputStream to = builder.start().getOutputStream()) {
            to.write(input);
        }
    }
}
