package io.carnelian.server.log;

import java.time.LocalDate;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * One line of the log: {@code 1234:M 22 Nov 2026 09:17:13.660 * Ready to accept connections}.
 * Written by hand, since {@code DateTimeFormatter} takes a tenth of the start-up budget the first
 * time.
 */
final class LogLine {
    private static final long DAY_MS = 86_400_000;
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private LogLine() {}

    /**
     * Appends a line with its end.
     *
     * @param epochMs wall-clock time in milliseconds since 1970
     * @param zone null for UTC
     * @param role M primary, S replica, C before the server runs, X sentinel
     */
    static void append(
            StringBuilder to,
            long pid,
            char role,
            long epochMs,
            @Nullable TimeZone zone,
            char mark,
            String message) {
        to.append(pid).append(':').append(role).append(' ');
        long local = zone == null ? epochMs : epochMs + zone.getOffset(epochMs);
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(local, DAY_MS));
        digits(to, day.getDayOfMonth(), 2).append(' ').append(MONTHS[day.getMonthValue() - 1]);
        to.append(' ').append(day.getYear()).append(' ');
        int ms = (int) Math.floorMod(local, DAY_MS);
        digits(to, ms / 3_600_000, 2).append(':');
        digits(to, ms / 60_000 % 60, 2).append(':');
        digits(to, ms / 1000 % 60, 2).append('.');
        digits(to, ms % 1000, 3).append(' ');
        to.append(mark).append(' ').append(message).append('\n');
    }

    private static StringBuilder digits(StringBuilder to, int v, int width) {
        String text = Integer.toString(v);
        return to.append("000", 0, width - text.length()).append(text);
    }
}
