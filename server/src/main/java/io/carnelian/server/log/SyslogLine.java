package io.carnelian.server.log;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Lines in the form that {@code /dev/log} takes.
 *
 * <pre>
 *   &lt;133&gt;Nov 22 12:00:05 redis[4711]: Ready to accept connections
 * </pre>
 *
 * <p>Source: RFC 3164.
 */
record SyslogLine(String ident, int facility, long pid) {
    private static final List<String> LOCAL =
            List.of("local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ENGLISH)
                    .withZone(ZoneId.systemDefault());
    private static final int USER = 1;
    private static final int FIRST_LOCAL = 16;

    /** {@code facility}: user, local0 to local7. */
    static SyslogLine of(String ident, String facility, long pid) {
        int local = LOCAL.indexOf(facility);
        return new SyslogLine(ident, local < 0 ? USER : FIRST_LOCAL + local, pid);
    }

    byte[] format(LogLevel level, long atMs, String message) {
        String time = TIME.format(Instant.ofEpochMilli(atMs));
        String line =
                "<"
                        + (facility * 8 + severity(level))
                        + ">"
                        + time
                        + " "
                        + ident
                        + "["
                        + pid
                        + "]: "
                        + message;
        return line.getBytes(StandardCharsets.UTF_8);
    }

    private static int severity(LogLevel level) {
        return switch (level) {
            case DEBUG -> 7;
            case VERBOSE -> 6;
            case NOTICE -> 5;
            case WARNING, NOTHING -> 4;
        };
    }
}
