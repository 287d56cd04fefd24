package io.carnelian.ops.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What the server says of itself at one moment, as values that any thread may read.
 *
 * @param info the fields of INFO everything
 * @param latencies of commands that were called, each a copy
 * @param readyMaxLagMs {@code ready-max-lag-ms} at that moment
 */
record Figures(Map<String, String> info, List<Latency> latencies, long readyMaxLagMs) {
    /**
     * How long one command took.
     *
     * @param nanos a histogram of nanoseconds
     */
    record Latency(String command, Histogram nanos) {}

    /** Of the text of INFO. */
    static Figures of(String infoText, List<Latency> latencies, long readyMaxLagMs) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : infoText.split("\r?\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.charAt(0) != '#') {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return new Figures(fields, List.copyOf(latencies), readyMaxLagMs);
    }

    String text(String field) {
        return info.getOrDefault(field, "");
    }

    /** The field as a number, or -1 if it is none. */
    long number(String field) {
        String text = text(field);
        return text.matches("-?[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }
}
