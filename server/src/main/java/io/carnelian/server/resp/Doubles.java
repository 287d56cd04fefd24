package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Doubles as text: in the form that Redis replies, which is C's {@code %.17g}, and in those that it
 * reads, which are what C's {@code strtod} takes. Both have a quick way for everyday numbers, in
 * integer arithmetic that is exact there, and leave the rest to the JDK.
 */
public final class Doubles {
    private static final Pattern HEXADECIMAL =
            Pattern.compile(
                    "[-+]?0[xX]([0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)([pP][-+]?[0-9]+)?");

    private static final MathContext DIGITS_17 = new MathContext(17, RoundingMode.HALF_EVEN);

    /** Powers of ten that are exact doubles. */
    private static final double[] EXACT_POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
    };

    /** Powers of ten up to 10^19, the last as an unsigned number. */
    private static final long[] POWERS = new long[20];

    static {
        long power = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = power;
            power *= 10;
        }
    }

    /** Digits of which every number is an exact double. */
    private static final int EXACT_DIGITS = 15;

    /** Longer text is read no further: no double needs as many digits. */
    private static final int MAX_TEXT_BYTES = 5120;

    private Doubles() {}

    /**
     * The double that the whole text spells, as redis-server reads scores: what C's {@code strtod}
     * takes, decimal or hexadecimal or infinite, but no blanks before it, no NaN, and no value that
     * is out of range. NaN stands for text that is none.
     */
    public static double parse(long address, int length) {
        double quick = parseShort(address, length);
        if (!Double.isNaN(quick)) {
            return quick;
        }
        if (length == 0 || length > MAX_TEXT_BYTES) {
            return Double.NaN;
        }
        String text = text(address, length);
        double v = parse(text);
        boolean outOfRange = Double.isInfinite(v) ? !isInfinity(text) : v == 0 && !isZero(text);
        return outOfRange ? Double.NaN : v;
    }

    /**
     * As {@link #parse(long, int)}, by the looser rules for bounds of ranges: blanks before are
     * skipped, nothing at all is 0, a zero byte ends the text, out of range is infinite or 0.
     */
    public static double parseBound(long address, int length) {
        double quick = parseShort(address, length);
        if (!Double.isNaN(quick)) {
            return quick;
        }
        String text = text(address, Math.min(length, MAX_TEXT_BYTES));
        int zero = text.indexOf(0);
        text = zero < 0 ? text : text.substring(0, zero);
        if (text.isEmpty()) {
            return 0;
        }
        int from = 0;
        while (from < text.length() && isBlank(text.charAt(from))) {
            from++;
        }
        return parse(text.substring(from));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /** Up to 15 digits, with a point among them or not: exact by one division. Else NaN. */
    private static double parseShort(long address, int length) {
        int at = length > 0 && Memory.getByte(address) == '-' ? 1 : 0;
        int first = at;
        if (length - at > EXACT_DIGITS + 1 || length == at) {
            return Double.NaN;
        }
        long digits = 0;
        int fraction = -1;
        for (; at < length; at++) {
            int d = Memory.getByte(address + at) - '0';
            if (d >= 0 && d <= 9) {
                digits = digits * 10 + d;
                fraction += fraction >= 0 ? 1 : 0;
            } else if (d == '.' - '0' && fraction < 0) {
                fraction = 0;
            } else {
                return Double.NaN;
            }
        }
        int points = fraction >= 0 ? 1 : 0;
        int count = length - first - points;
        if (count == 0 || count > EXACT_DIGITS) {
            return Double.NaN;
        }
        double v = fraction > 0 ? digits / EXACT_POWERS[fraction] : digits;
        return first == 1 ? -v : v;
    }

    private static String text(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** By strtod's grammar, of which Java's differs in suffixes, blanks and hexadecimal. */
    private static double parse(String text) {
        if (isInfinity(text)) {
            return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (isDecimal(text)) {
            return Double.parseDouble(text);
        }
        if (HEXADECIMAL.matcher(text).matches()) {
            boolean power = text.indexOf('p') >= 0 || text.indexOf('P') >= 0;
            return Double.parseDouble(power ? text : text + "p0");
        }
        return Double.NaN;
    }

    /** {@code [sign]digits[.digits][e[sign]digits]}, with a digit before or behind the point. */
    private static boolean isDecimal(String text) {
        int at = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        int whole = digitsEnd(text, at);
        int digits = whole - at;
        at = whole;
        if (at < text.length() && text.charAt(at) == '.') {
            int end = digitsEnd(text, at + 1);
            digits += end - at - 1;
            at = end;
        }
        if (digits == 0) {
            return false;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
                at++;
            }
            int end = digitsEnd(text, at);
            return end > at && end == text.length();
        }
        return at == text.length();
    }

    private static int digitsEnd(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    private static boolean isInfinity(String text) {
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String word = signed ? text.substring(1) : text;
        return word.equalsIgnoreCase("inf") || word.equalsIgnoreCase("infinity");
    }

    /** True if the digits before an exponent are all zero. */
    private static boolean isZero(String text) {
        boolean hex = text.indexOf('x') >= 0 || text.indexOf('X') >= 0;
        for (int i = hex ? text.toLowerCase(Locale.ROOT).indexOf('x') + 1 : 0;
                i < text.length();
                i++) {
            char c = text.charAt(i);
            if (c == 'p' || c == 'P' || (!hex && (c == 'e' || c == 'E'))) {
                return true;
            }
            if (c != '0' && c != '.' && c != '-' && c != '+') {
                return false;
            }
        }
        return true;
    }

    /**
     * C's {@code %.17g}: 17 significant digits, trailing zeros dropped, exponent form below 1e-4
     * and from 1e17 on.
     */
    public static String format17g(double v) {
        if (Double.isNaN(v)) {
            return "nan";
        }
        if (Double.isInfinite(v)) {
            return v > 0 ? "inf" : "-inf";
        }
        if (v == 0) {
            return 1 / v < 0 ? "-0" : "0";
        }
        if (v == Math.rint(v) && Math.abs(v) < 1e15) {
            return Long.toString((long) v);
        }
        String quick = formatQuickly(v);
        if (quick != null) {
            return quick;
        }
        BigDecimal d = new BigDecimal(v).round(DIGITS_17).stripTrailingZeros();
        int exponent = d.precision() - d.scale() - 1;
        if (exponent >= -4 && exponent < 17) {
            return d.toPlainString();
        }
        String digits = d.unscaledValue().abs().toString();
        StringBuilder text = new StringBuilder(32);
        if (v < 0) {
            text.append('-');
        }
        text.append(digits.charAt(0));
        if (digits.length() > 1) {
            text.append('.').append(digits, 1, digits.length());
        }
        text.append('e').append(exponent < 0 ? '-' : '+');
        int magnitude = Math.abs(exponent);
        if (magnitude < 10) {
            text.append('0');
        }
        return text.append(magnitude).toString();
    }

    /**
     * The text of a fraction of everyday size, 0.001 to 1e17, in 128-bit arithmetic: its mantissa
     * times a power of ten is exact there, and shifting it right leaves 17 digits and what is to be
     * rounded. Null for any other.
     */
    private static @Nullable String formatQuickly(double v) {
        double size = Math.abs(v);
        long bits = Double.doubleToRawLongBits(size);
        int shift = 1075 - (int) (bits >>> 52);
        if (size < 1e-3 || size >= 1e17 || shift < 1 || shift > 63) {
            return null;
        }
        long mantissa = (bits & ((1L << 52) - 1)) | 1L << 52;
        int scale = 16 - (int) Math.floor(Math.log10(size));
        for (int tries = 0; tries < 3 && scale >= 0 && scale <= 19; tries++) {
            long high = Math.unsignedMultiplyHigh(mantissa, POWERS[scale]);
            long low = mantissa * POWERS[scale];
            if (high >>> shift != 0) {
                return null;
            }
            long digits = high << (64 - shift) | low >>> shift;
            long rest = low & ((1L << shift) - 1);
            long half = 1L << (shift - 1);
            if (rest > half || (rest == half && (digits & 1) != 0)) {
                digits++;
            }
            if (digits >= POWERS[17]) {
                scale--;
            } else if (digits < POWERS[16]) {
                scale++;
            } else {
                return withPoint(digits, scale, v < 0);
            }
        }
        return null;
    }

    /** Seventeen digits of which {@code scale} stand behind the point; no zeros at the end. */
    private static String withPoint(long seventeen, int scale, boolean negative) {
        long digits = seventeen;
        int behind = scale;
        while (behind > 0 && digits % 10 == 0) {
            digits /= 10;
            behind--;
        }
        String text = Long.toString(digits);
        StringBuilder out = new StringBuilder(24);
        if (negative) {
            out.append('-');
        }
        int before = text.length() - behind;
        if (before <= 0) {
            out.append("0.").repeat('0', -before).append(text);
        } else {
            out.append(text, 0, before);
            if (behind > 0) {
                out.append('.').append(text, before, text.length());
            }
        }
        return out.toString();
    }
}
