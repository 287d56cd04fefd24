package io.carnelian.server.latency;

import java.util.Locale;

/** What a person should know of the spikes: LATENCY DOCTOR, in words. */
final class LatencyDoctor {
    private LatencyDoctor() {}

    /** {@code slowlogMicros} is {@code slowlog-log-slower-than}. */
    static String report(LatencyMonitor monitor, long slowlogMicros, long nowSeconds) {
        if (monitor.thresholdMs() == 0) {
            return "Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds>"
                    + " switches it on; then this report has something to tell.\n";
        }
        if (monitor.events().isEmpty()) {
            return "No latency spike of "
                    + monitor.thresholdMs()
                    + " ms or more was seen since the monitor was switched on or reset."
                    + " All is well, as far as the server can see.\n";
        }
        StringBuilder text = new StringBuilder("Latency spikes were seen:\n\n");
        int number = 1;
        boolean commands = false;
        for (LatencyEvent event : monitor.events()) {
            text.append(number++).append(". ").append(line(event, nowSeconds)).append('\n');
            commands |= event.name().endsWith(LatencyMonitor.COMMAND);
        }
        text.append("\nAdvice:\n\n");
        if (commands) {
            adviseOnCommands(text, monitor, slowlogMicros);
        }
        for (LatencyEvent event : monitor.events()) {
            text.append(advice(event.name()));
        }
        return text.toString();
    }

    private static String line(LatencyEvent event, long nowSeconds) {
        return String.format(
                Locale.ROOT,
                "%s: %d latency spikes (average %.0fms, mean deviation %.0fms, period %.2f sec)."
                        + " Worst all time event %dms.",
                event.name(),
                event.count(),
                event.averageMs(),
                event.deviationMs(),
                event.periodSeconds(nowSeconds),
                event.worstMs());
    }

    private static void adviseOnCommands(
            StringBuilder text, LatencyMonitor monitor, long slowlogMicros) {
        if (slowlogMicros < 0 || slowlogMicros > monitor.thresholdMs() * 1000) {
            text.append("- The slow log misses some of them: CONFIG SET slowlog-log-slower-than ");
            text.append(monitor.thresholdMs() * 1000).append(" makes it see all.\n");
        }
        text.append("- SLOWLOG GET names the slow commands: smaller steps (SCAN, ranges, smaller");
        text.append(" values) take the thread for a shorter time each.\n");
    }

    private static String advice(String event) {
        return switch (event) {
            case LatencyMonitor.EXPIRE_CYCLE ->
                    "- Many keys expire at the same time: spread their times to live.\n";
            case LatencyMonitor.EVICTION_CYCLE ->
                    "- Eviction frees a lot at once: give maxmemory more room.\n";
            default -> "";
        };
    }
}
