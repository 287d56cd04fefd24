package io.carnelian.server.info;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The fields of one section while it is being written. A field keeps the place of its first setting
 * and the value of its last: so a section can begin with the fields that tools expect, and a module
 * overrides those that it knows.
 */
public final class Fields {
    private static final String[] UNITS = {"B", "K", "M", "G", "T", "P"};

    private final Map<String, String> values = new LinkedHashMap<>();

    public Fields put(String name, String value) {
        values.put(name, value);
        return this;
    }

    public Fields put(String name, long value) {
        return put(name, Long.toString(value));
    }

    /** Sets all of the fields to the same value: what has no content yet. */
    public Fields putAll(String value, String... names) {
        for (String name : names) {
            put(name, value);
        }
        return this;
    }

    /** Forgets what is there: the writer that follows knows the whole section. */
    public void clear() {
        values.clear();
    }

    /** A number with two decimals. */
    public Fields putRatio(String name, double value) {
        return put(name, fixed(value, 2));
    }

    /** A share of a whole, as {@code 12.34%}. */
    public Fields putPercent(String name, long part, long whole) {
        return put(name, fixed(whole == 0 ? 0 : 100.0 * part / whole, 2) + "%");
    }

    /** A number of bytes, and the same with a unit in {@code name_human}. */
    public Fields putBytes(String name, long bytes) {
        return put(name, bytes).put(name + "_human", human(bytes));
    }

    /** {@code 943.17K}: a number of bytes with a unit of 1024. */
    public static String human(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        double v = bytes;
        int unit = 0;
        while (v >= 1024 && unit < UNITS.length - 1) {
            v /= 1024;
            unit++;
        }
        return fixed(v, 2) + UNITS[unit];
    }

    /** A number with so many decimals, as C's {@code %.2f}. */
    public static String fixed(double v, int decimals) {
        long factor = 1;
        for (int i = 0; i < decimals; i++) {
            factor *= 10;
        }
        long scaled = Math.round(Math.abs(v) * factor);
        String digits = Long.toString(scaled / factor);
        String rest = Long.toString(factor + scaled % factor).substring(1);
        return (v < 0 && scaled != 0 ? "-" : "") + digits + "." + rest;
    }

    void appendTo(StringBuilder text) {
        for (Map.Entry<String, String> e : values.entrySet()) {
            text.append(e.getKey()).append(':').append(e.getValue()).append("\r\n");
        }
    }

    boolean isEmpty() {
        return values.isEmpty();
    }
}
