package io.carnelian.server.config;

import java.util.List;
import java.util.Locale;

/**
 * A number with a unit and bounds. The bounds are those that the error names; a row may also have
 * closer ones, to which a value is moved without a word: {@code hz 0} means 1. The value is a long
 * in the smallest unit, whatever the way of writing it.
 */
public final class Amount extends Parameter {
    /** How the number is written. */
    public enum Unit {
        /** {@code -12}. */
        PLAIN,
        /** Bytes: {@code 100}, {@code 64k} (1000), {@code 64kb} (1024), {@code m mb g gb b}. */
        BYTES,
        /** Bytes, or {@code 5%} of something: kept as -5. */
        BYTES_OR_PERCENT,
        /** File permissions: {@code 700}. */
        OCTAL
    }

    private final Unit unit;
    private final long min;
    private final long max;
    private long clampMin = Long.MIN_VALUE;
    private long clampMax = Long.MAX_VALUE;

    public long value;

    public Amount(String names, int flags, Unit unit, long byDefault, long min, long max) {
        super(names, flags);
        this.unit = unit;
        this.value = byDefault;
        this.min = min;
        this.max = max;
    }

    /** A plain number. */
    public static Amount of(String names, int flags, long byDefault, long min, long max) {
        return new Amount(names, flags, Unit.PLAIN, byDefault, min, max);
    }

    /** A number of bytes, {@code min} or more. */
    public static Amount bytes(String names, int flags, long byDefault, long min) {
        return new Amount(names, flags, Unit.BYTES, byDefault, min, Long.MAX_VALUE);
    }

    /**
     * Values between the bounds that are accepted but not meant are silently moved to the nearest
     * that is.
     */
    public Amount clamped(long low, long high) {
        clampMin = low;
        clampMax = high;
        return this;
    }

    /** The value where the bounds of the row fit into an int. */
    public int intValue() {
        return Math.toIntExact(value);
    }

    @Override
    public void parse(List<String> words, boolean fromFile) throws BadValue {
        String word = words.getFirst();
        long parsed =
                switch (unit) {
                    case PLAIN -> plain(word);
                    case BYTES -> bytes(word, "argument must be a memory value");
                    case BYTES_OR_PERCENT -> bytesOrPercent(word);
                    case OCTAL -> octal(word);
                };
        boolean percent = unit == Unit.BYTES_OR_PERCENT && parsed < 0;
        if (!percent && (parsed < min || parsed > max)) {
            throw new BadValue(
                    "argument must be between " + shown(min) + " and " + shown(max) + " inclusive");
        }
        value = Math.clamp(parsed, clampMin, clampMax);
    }

    private String shown(long bound) {
        return unit == Unit.OCTAL ? Long.toOctalString(bound) : Long.toString(bound);
    }

    /** Redis's strict form: no blanks, no plus, no leading zeros. */
    private static long plain(String word) throws BadValue {
        int from = word.startsWith("-") ? 1 : 0;
        int digits = word.length() - from;
        boolean wellFormed = digits > 0 && digits <= 19 && allDigits(word, from, word.length());
        boolean zeros = (digits > 1 && word.charAt(from) == '0') || word.equals("-0");
        if (!wellFormed || zeros) {
            throw new BadValue("argument couldn't be parsed into an integer");
        }
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new BadValue("argument couldn't be parsed into an integer");
        }
    }

    private static long bytes(String word, String otherwise) throws BadValue {
        int digits = 0;
        while (digits < word.length() && isDigit(word.charAt(digits))) {
            digits++;
        }
        long factor =
                switch (word.substring(digits).toLowerCase(Locale.ROOT)) {
                    case "", "b" -> 1;
                    case "k" -> 1000;
                    case "kb" -> 1024;
                    case "m" -> 1000_000;
                    case "mb" -> 1024 * 1024;
                    case "g" -> 1000_000_000L;
                    case "gb" -> 1024L * 1024 * 1024;
                    default -> throw new BadValue(otherwise);
                };
        return saturatingProduct(word.substring(0, digits), factor);
    }

    /** A number of bytes as in the file, or -1 if it is none. */
    public static long parseBytes(String word) {
        try {
            return bytes(word, "");
        } catch (BadValue bad) {
            return -1;
        }
    }

    /** No digits count as zero; too many as the largest number. */
    private static long saturatingProduct(String digits, long factor) {
        long v = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (v > (Long.MAX_VALUE - digit) / 10) {
                return Long.MAX_VALUE;
            }
            v = v * 10 + digit;
        }
        return v > Long.MAX_VALUE / factor ? Long.MAX_VALUE : v * factor;
    }

    private static long bytesOrPercent(String word) throws BadValue {
        String otherwise = "argument must be a memory or percent value";
        if (!word.endsWith("%")) {
            return bytes(word, otherwise);
        }
        int end = word.length() - 1;
        if (end == 0 || !allDigits(word, 0, end)) {
            throw new BadValue(otherwise);
        }
        long percent = saturatingProduct(word.substring(0, end), 1);
        if (percent > 100) {
            throw new BadValue("percentage argument must be less or equal to 100");
        }
        return -percent;
    }

    private static long octal(String word) throws BadValue {
        boolean negative = word.startsWith("-");
        long v = 0;
        int from = negative ? 1 : 0;
        if (from == word.length() || word.length() > 12) {
            throw notOctal();
        }
        for (int i = from; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < '0' || c > '7') {
                throw notOctal();
            }
            v = v * 8 + (c - '0');
        }
        return negative ? Long.MAX_VALUE : v;
    }

    private static BadValue notOctal() {
        return new BadValue("argument couldn't be parsed as an octal number");
    }

    private static boolean allDigits(String word, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isDigit(word.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    @Override
    public String text() {
        if (unit == Unit.OCTAL) {
            return Long.toOctalString(value);
        }
        return unit == Unit.BYTES_OR_PERCENT && value < 0 ? -value + "%" : Long.toString(value);
    }

    /** Bytes are written as a whole number of the largest unit that fits: {@code 64mb}. */
    @Override
    public List<String> lines() {
        if ((unit != Unit.BYTES && unit != Unit.BYTES_OR_PERCENT) || value <= 0) {
            return super.lines();
        }
        String[] units = {"gb", "mb", "kb"};
        for (int i = 0; i < units.length; i++) {
            int shift = 30 - 10 * i;
            if ((value & (1L << shift) - 1) == 0) {
                return List.of(name() + " " + (value >> shift) + units[i]);
            }
        }
        return super.lines();
    }

    @Override
    public Object value() {
        return value;
    }

    @Override
    public void restore(Object old) {
        value = (Long) old;
    }
}
