package io.carnelian.server.resp;

import java.nio.charset.StandardCharsets;

/**
 * A double as C's {@code strtod} reads it, if that takes the whole text: blanks before it, a sign,
 * decimal or hexadecimal digits with an exponent, {@code inf}, {@code infinity}.
 */
public final class FloatText {
    private FloatText() {}

    /**
     * The number, or NaN: bytes left over, {@code nan}, a value out of the range of normal doubles.
     */
    public static double parse(byte[] text) {
        int at = 0;
        while (at < text.length && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) {
            at++;
        }
        boolean negative = at < text.length && text[at] == '-';
        at += at < text.length && (negative || text[at] == '+') ? 1 : 0;
        String digits = new String(text, at, text.length - at, StandardCharsets.ISO_8859_1);
        double value = unsigned(digits);
        return negative ? -value : value;
    }

    private static double unsigned(String digits) {
        if (digits.equalsIgnoreCase("inf") || digits.equalsIgnoreCase("infinity")) {
            return Double.POSITIVE_INFINITY;
        }
        boolean hex = digits.startsWith("0x") || digits.startsWith("0X");
        boolean[] zero = {true};
        int end = mantissaEnd(digits, hex, zero);
        if (end < 0 || !isExponent(digits, end, hex)) {
            return Double.NaN;
        }
        // Java wants an exponent behind every hexadecimal number.
        double value = Double.parseDouble(hex && end == digits.length() ? digits + "p0" : digits);
        boolean inRange = value >= Double.MIN_NORMAL && value <= Double.MAX_VALUE;
        return inRange || zero[0] ? value : Double.NaN;
    }

    /** Where the digits end, or -1 if there are none. */
    private static int mantissaEnd(String text, boolean hex, boolean[] zero) {
        int radix = hex ? 16 : 10;
        boolean point = false;
        int digits = 0;
        int at = hex ? 2 : 0;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '.' && !point) {
                point = true;
            } else if (c < 128 && Character.digit(c, radix) >= 0) {
                digits++;
                zero[0] &= c == '0';
            } else {
                break;
            }
        }
        return digits == 0 ? -1 : at;
    }

    /** Whether nothing stands from here on, or an exponent and no more. */
    private static boolean isExponent(String text, int from, boolean hex) {
        if (from == text.length()) {
            return true;
        }
        if ((text.charAt(from) | 0x20) != (hex ? 'p' : 'e')) {
            return false;
        }
        int at = from + 1;
        if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
            at++;
        }
        int first = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at > first && at == text.length();
    }
}
