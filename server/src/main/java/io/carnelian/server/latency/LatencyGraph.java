package io.carnelian.server.latency;

/**
 * An event's samples as text: a column each, the newest on the right, with its age below.
 *
 * <pre>
 *   command - high 500 ms, low 300 ms (all time high 500 ms)
 *      #
 *     _#
 *   _o##
 *   3210
 *   ssss
 * </pre>
 */
final class LatencyGraph {
    private static final int COLUMNS = 80;
    private static final int ROWS = 4;
    private static final String TOPS = "_o#";

    private LatencyGraph() {}

    static String of(LatencyEvent event, long nowSeconds) {
        long high = event.highMs();
        long low = event.lowMs();
        StringBuilder text = new StringBuilder();
        text.append(event.name()).append(" - high ").append(high).append(" ms, low ");
        text.append(low).append(" ms (all time high ").append(event.worstMs()).append(" ms)\n");
        text.append("-".repeat(COLUMNS)).append('\n');
        int first = Math.max(0, event.count() - COLUMNS);
        for (int row = ROWS - 1; row >= 0; row--) {
            for (int i = first; i < event.count(); i++) {
                text.append(mark(level(event.ms(i), low, high) - row * TOPS.length()));
            }
            text.append('\n');
        }
        text.append('\n');
        appendAges(text, event, first, nowSeconds);
        return text.toString();
    }

    /** The height of a column, 0 to 11 in thirds of a row. */
    private static int level(long ms, long low, long high) {
        int most = ROWS * TOPS.length() - 1;
        return high == low ? 0 : (int) ((ms - low) * most / (high - low));
    }

    private static char mark(int aboveRow) {
        if (aboveRow < 0) {
            return ' ';
        }
        return aboveRow >= TOPS.length() ? '|' : TOPS.charAt(aboveRow);
    }

    private static void appendAges(StringBuilder to, LatencyEvent event, int from, long now) {
        for (int line = 0; ; line++) {
            boolean more = false;
            for (int i = from; i < event.count(); i++) {
                String age = age(now - event.seconds(i));
                to.append(line < age.length() ? age.charAt(line) : ' ');
                more |= line + 1 < age.length();
            }
            to.append('\n');
            if (!more) {
                return;
            }
        }
    }

    private static String age(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m";
        }
        return seconds < 86_400 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
    }
}
