package io.carnelian.replication.primary;

import io.carnelian.replication.ReplicationLog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of what is spilled, and what a server that was killed has left of it. */
public final class SpillFiles {
    private static final String PREFIX = "temp-repl-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "([0-9]{1,10})-[0-9]+-[0-9]+");
    private static final long PID = ProcessHandle.current().pid();

    private static final AtomicLong PAYLOADS = new AtomicLong();

    private SpillFiles() {}

    /** A name of this process; the number tells its spills apart. */
    static String name(long number) {
        return PREFIX + PID + "-" + number;
    }

    /** A new one for a payload; spills are counted from 1. */
    static String payloadName() {
        return PREFIX + PID + "-0-" + PAYLOADS.incrementAndGet();
    }

    /** Removes what processes have left that are not there any more. */
    public static void clean(Path directory, ReplicationLog log) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path file : files) {
                Matcher matcher = NAME.matcher(file.getFileName().toString());
                if (matcher.matches() && isOfTheDead(Long.parseLong(matcher.group(1)))) {
                    Files.deleteIfExists(file);
                    log.removedLeftover(file);
                }
            }
        } catch (IOException e) {
            log.cannotRemoveLeftovers(directory, e);
        }
    }

    private static boolean isOfTheDead(long pid) {
        return pid == PID || ProcessHandle.of(pid).isEmpty();
    }
}
