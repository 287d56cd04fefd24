package io.carnelian.ops;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many clients the process's limit of open files allows. The JVM has raised the soft limit to
 * the hard one already, so there is nothing to be raised here.
 */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    /** Descriptors that are not clients: files, listening sockets, event loops. */
    private static final long RESERVED = 32;

    private static final String LINE = "Max open files";

    private OpenFiles() {}

    /** The limit, or the largest number where it can't be read or there is none. */
    static long limit() {
        try {
            return limit(Files.readAllLines(Path.of("/proc/self/limits")));
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The soft limit in the lines of {@code /proc/self/limits}. */
    static long limit(List<String> lines) {
        for (String line : lines) {
            if (line.startsWith(LINE)) {
                String soft = line.substring(LINE.length()).trim().split("\\s+")[0];
                return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
            }
        }
        return Long.MAX_VALUE;
    }

    /** At start: fewer clients than asked for, if there can't be as many, with a warning. */
    static void reduce(Amount maxclients, long limit) {
        long wanted = maxclients.value;
        if (wanted + RESERVED <= limit) {
            return;
        }
        fit(maxclients, limit);
        LOG.warn(
                "You requested maxclients of {} requiring at least {} max file descriptors.",
                wanted,
                wanted + RESERVED);
        LOG.warn(
                "Current maximum open files is {}. maxclients has been reduced to {} to compensate"
                        + " for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
                limit,
                maxclients.value);
    }

    /** As many clients as there can be, without a word. */
    static void fit(Amount maxclients, long limit) {
        maxclients.value = Math.max(1, Math.min(maxclients.value, limit - RESERVED));
    }

    /** CONFIG SET maxclients: refuses what the limit does not allow. */
    static void check(Amount maxclients, long limit) throws BadValue {
        if (maxclients.value + RESERVED > limit) {
            throw new BadValue(
                    "The operating system is not able to handle the specified number of clients,"
                            + " try with "
                            + (limit - RESERVED));
        }
    }
}
