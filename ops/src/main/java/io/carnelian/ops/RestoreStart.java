package io.carnelian.ops;

import io.carnelian.aof.restore.Restore;
import io.carnelian.aof.restore.RestoreFailure;
import io.carnelian.aof.restore.RestoreGoal;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFileError;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A start that makes an earlier state of the configured AOF in a fresh directory, and ends: {@code
 * --restore-to-time T} or {@code --restore-to-offset N}, with {@code --restore-into DIR}. The
 * options are no parameters; what else stands in the command line is configuration, which says
 * where the files are.
 *
 * @param options of the command line without these
 */
record RestoreStart(RestoreGoal goal, Path into, List<String> options) {
    private static final String TIME = "--restore-to-time";
    private static final String OFFSET = "--restore-to-offset";
    private static final String INTO = "--restore-into";

    /** What the options want; null if there are none. */
    static @Nullable RestoreStart find(String[] args, ZoneId zone) throws RestoreFailure {
        RestoreGoal goal = null;
        Path into = null;
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            String option = args[i];
            if (!option.equals(TIME) && !option.equals(OFFSET) && !option.equals(INTO)) {
                rest.add(option);
                continue;
            }
            if (++i == args.length) {
                throw new RestoreFailure(option + " needs a value");
            }
            if (option.equals(INTO)) {
                into = Path.of(args[i]).toAbsolutePath().normalize();
            } else if (goal != null) {
                throw new RestoreFailure("one of " + TIME + " and " + OFFSET + ", once");
            } else {
                goal = option.equals(TIME) ? time(args[i], zone) : offset(args[i]);
            }
        }
        if (goal == null && into == null) {
            return null;
        }
        if (goal == null || into == null) {
            throw new RestoreFailure(
                    goal == null
                            ? INTO + " needs " + TIME + " or " + OFFSET
                            : INTO + " says which empty directory the state goes to");
        }
        return new RestoreStart(goal, into, List.copyOf(rest));
    }

    private static RestoreGoal offset(String text) throws RestoreFailure {
        if (!text.matches("[0-9]{1,18}")) {
            throw new RestoreFailure("not an offset: " + text);
        }
        return new RestoreGoal.Offset(Long.parseLong(text));
    }

    /** Seconds since 1970, or a date and time: with its offset, or that of this machine. */
    private static RestoreGoal time(String text, ZoneId zone) throws RestoreFailure {
        if (text.matches("[0-9]{1,12}")) {
            return new RestoreGoal.Time(Long.parseLong(text));
        }
        String iso = text.replace(' ', 'T');
        try {
            boolean placed = iso.matches(".*T.*(Z|[+-][0-9:]+)");
            Instant instant =
                    placed
                            ? OffsetDateTime.parse(iso).toInstant()
                            : LocalDateTime.parse(iso).atZone(zone).toInstant();
            return new RestoreGoal.Time(instant.getEpochSecond());
        } catch (DateTimeException e) {
            throw new RestoreFailure(
                    "not a time: "
                            + text
                            + ". Seconds since 1970, or like 2026-11-22T20:15:00Z, or like"
                            + " 2026-11-22T20:15:00 in the time of this machine");
        }
    }

    /** Does it, and tells. */
    void run(InputStream input, PrintStream out)
            throws ConfigFileError, IOException, RestoreFailure {
        CommandLine line = CommandLine.parse(options.toArray(String[]::new));
        Settings settings = Settings.read(new Config(), line, input);
        Path folder = settings.aof().folder();
        String name = String.valueOf(folder.getFileName());
        out.printf("Restoring from %s to %s%n", folder, described());
        Restore restore = new Restore(folder, settings.aof().names(), System.currentTimeMillis());
        out.println("Restored " + restore.run(goal, into, name).described());
        out.printf(
                "Start a server with it: --dir %s --appendonly yes, and not as a replica, which"
                        + " would take its primary's data%n",
                into);
    }

    private String described() {
        return switch (goal) {
            case RestoreGoal.Time time ->
                    "the end of second " + time.seconds() + ", " + instant(time.seconds());
            case RestoreGoal.Offset offset -> "offset " + offset.offset();
        };
    }

    private static Instant instant(long seconds) {
        return Instant.ofEpochSecond(seconds);
    }
}
