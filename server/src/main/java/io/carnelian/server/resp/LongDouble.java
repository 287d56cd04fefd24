package io.carnelian.server.resp;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A floating-point number with 64 bits of mantissa and 15 of exponent: the {@code long double} that
 * redis-server on x86-64 computes INCRBYFLOAT and HINCRBYFLOAT with. A double would answer
 * 5.2000000000000002 where Redis says 5.2, and a decimal would keep digits that Redis drops; both
 * would let a replica and its AOF drift from a Redis primary.
 *
 * <p>Finite values are sign × mantissa × 2^exponent with a mantissa of at most 64 bits and an
 * exponent of at least {@value #MIN_EXPONENT}; every operation rounds half to even, as the hardware
 * does. Arithmetic is by BigInteger: about a microsecond, on a command that formats a number
 * anyway.
 *
 * @param negative sign; zero has one too
 * @param mantissa not negative
 * @param infinite then mantissa and exponent mean nothing
 */
public record LongDouble(boolean negative, BigInteger mantissa, int exponent, boolean infinite) {
    public static final LongDouble ZERO = new LongDouble(false, BigInteger.ZERO, 0, false);

    private static final int MANTISSA_BITS = 64;
    private static final int MIN_EXPONENT = -16445;
    private static final int END_EXPONENT = 16384;

    /** Redis parses in a buffer of 5 KiB; longer text is no number. */
    private static final int MAX_TEXT_BYTES = 5119;

    private static final int FRACTION_DIGITS = 17;
    private static final BigInteger TEN_TO_17 = BigInteger.TEN.pow(FRACTION_DIGITS);

    /**
     * Beyond these powers of ten every value overflows or vanishes; larger exponents are not worked
     * out.
     */
    private static final int MAX_POWER = 4940;

    private static final int MIN_POWER = -4960;

    /**
     * The number that the whole text spells, as C's {@code strtold} reads it (decimal or
     * hexadecimal, {@code inf} too), or null: blanks, trailing bytes, NaN, a value too large, or
     * one too small to differ from 0.
     */
    public static @Nullable LongDouble parse(byte[] text) {
        if (text.length == 0 || text.length > MAX_TEXT_BYTES) {
            return null;
        }
        boolean negative = text[0] == '-';
        int at = negative || text[0] == '+' ? 1 : 0;
        String rest = new String(text, at, text.length - at, StandardCharsets.ISO_8859_1);
        if (rest.equalsIgnoreCase("inf") || rest.equalsIgnoreCase("infinity")) {
            return new LongDouble(negative, BigInteger.ZERO, 0, true);
        }
        boolean hex = rest.startsWith("0x") || rest.startsWith("0X");
        LongDouble parsed =
                hex
                        ? digits(rest.substring(2), 16, 'p', negative)
                        : digits(rest, 10, 'e', negative);
        return parsed == null || parsed.infinite ? null : parsed;
    }

    /** The same number; only of finite ones. */
    public static LongDouble of(double v) {
        long bits = Double.doubleToRawLongBits(Math.abs(v));
        int exponent = (int) (bits >>> 52);
        long fraction = bits & ((1L << 52) - 1);
        long mantissa = exponent == 0 ? fraction : fraction | 1L << 52;
        int scale = Math.max(exponent, 1) - 1075;
        return new LongDouble(v < 0, BigInteger.valueOf(mantissa), scale, false);
    }

    /** {@code digits[.digits][e[±]digits]}, with at least one digit before the exponent. */
    private static @Nullable LongDouble digits(
            String text, int radix, char exponentMark, boolean negative) {
        StringBuilder digits = new StringBuilder(text.length());
        int fraction = -1;
        int at = 0;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '.' && fraction < 0) {
                fraction = 0;
            } else if (isDigit(c, radix)) {
                digits.append(c);
                fraction += fraction >= 0 ? 1 : 0;
            } else {
                break;
            }
        }
        if (digits.isEmpty()) {
            return null;
        }
        int exponent = 0;
        if (at < text.length()) {
            if ((text.charAt(at) | 0x20) != exponentMark || !isExponent(text, at + 1)) {
                return null;
            }
            exponent = exponent(text, at + 1);
        }
        BigInteger value = new BigInteger(digits.toString(), radix);
        if (value.signum() == 0) {
            return new LongDouble(negative, BigInteger.ZERO, 0, false);
        }
        LongDouble scaled =
                radix == 16
                        ? round(negative, value, exponent - 4 * Math.max(fraction, 0))
                        : scale(negative, value, exponent - Math.max(fraction, 0));
        return scaled.mantissa.signum() == 0 && !scaled.infinite ? null : scaled;
    }

    private static boolean isDigit(char c, int radix) {
        return c < 128 && Character.digit(c, radix) >= 0;
    }

    private static boolean isExponent(String text, int from) {
        int at =
                from < text.length() && (text.charAt(from) == '-' || text.charAt(from) == '+')
                        ? from + 1
                        : from;
        if (at == text.length()) {
            return false;
        }
        for (; at < text.length(); at++) {
            if (!isDigit(text.charAt(at), 10)) {
                return false;
            }
        }
        return true;
    }

    /** Saturates far outside the range of any value. */
    private static int exponent(String text, int from) {
        boolean negative = text.charAt(from) == '-';
        int value = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isDigit(c, 10)) {
                value = Math.min(10 * value + (c - '0'), 1_000_000);
            }
        }
        return negative ? -value : value;
    }

    /** {@code value × 10^power}, rounded. */
    private static LongDouble scale(boolean negative, BigInteger value, int power) {
        double log10 = value.bitLength() * 0.30103;
        if (power + log10 > MAX_POWER) {
            return new LongDouble(negative, BigInteger.ZERO, 0, true);
        }
        if (power + log10 < MIN_POWER) {
            return new LongDouble(negative, BigInteger.ZERO, 0, false);
        }
        if (power >= 0) {
            return round(negative, value.multiply(BigInteger.TEN.pow(power)), 0);
        }
        // Two bits more than the mantissa, and one that says whether something was cut off: enough
        // to round rightly.
        BigInteger divisor = BigInteger.TEN.pow(-power);
        int shift = Math.max(0, MANTISSA_BITS + 2 + divisor.bitLength() - value.bitLength());
        BigInteger[] parts = value.shiftLeft(shift).divideAndRemainder(divisor);
        BigInteger quotient = parts[0].shiftLeft(1);
        return round(negative, parts[1].signum() == 0 ? quotient : quotient.setBit(0), -shift - 1);
    }

    /**
     * {@code value × 2^exponent} to 64 bits of mantissa, fewer near zero, infinite beyond the
     * range.
     */
    private static LongDouble round(boolean negative, BigInteger value, int exponent) {
        int drop = Math.max(value.bitLength() - MANTISSA_BITS, MIN_EXPONENT - exponent);
        BigInteger mantissa = drop > 0 ? shiftRightHalfEven(value, drop) : value;
        int scaled = exponent + Math.max(drop, 0);
        boolean tooLarge =
                mantissa.signum() != 0 && mantissa.bitLength() + (long) scaled > END_EXPONENT;
        return new LongDouble(
                negative, tooLarge ? BigInteger.ZERO : mantissa, tooLarge ? 0 : scaled, tooLarge);
    }

    private static BigInteger shiftRightHalfEven(BigInteger value, int bits) {
        BigInteger floor = value.shiftRight(bits);
        if (!value.testBit(bits - 1)) {
            return floor;
        }
        boolean half = value.getLowestSetBit() == bits - 1;
        return half && !floor.testBit(0) ? floor : floor.add(BigInteger.ONE);
    }

    /** The sum, or null when it is infinite or not a number. */
    public @Nullable LongDouble plus(LongDouble other) {
        if (infinite || other.infinite) {
            return null;
        }
        int common = Math.min(exponent, other.exponent);
        BigInteger sum = signed(common).add(other.signed(common));
        if (sum.signum() == 0) {
            return ZERO;
        }
        LongDouble rounded = round(sum.signum() < 0, sum.abs(), common);
        return rounded.infinite ? null : rounded;
    }

    /** The product, which may be infinite. */
    public LongDouble times(long factor) {
        boolean negated = factor < 0 != negative;
        BigInteger product = mantissa.multiply(BigInteger.valueOf(factor).abs());
        return infinite ? this : round(negated, product, exponent);
    }

    /** The smallest integer that is not less; only of finite values. */
    public BigInteger ceiling() {
        return exponent >= 0 ? signed(0) : signed(exponent).negate().shiftRight(-exponent).negate();
    }

    private BigInteger signed(int atExponent) {
        BigInteger shifted = mantissa.shiftLeft(exponent - atExponent);
        return negative ? shifted.negate() : shifted;
    }

    /**
     * C's {@code %.17Lf} without the zeros at the end: never an exponent, never {@code -0}. Only of
     * finite values.
     */
    public String toText() {
        if (exponent >= 0) {
            return signed(0).toString();
        }
        BigInteger scaled = shiftRightHalfEven(mantissa.multiply(TEN_TO_17), -exponent);
        if (scaled.signum() == 0) {
            return "0";
        }
        String digits = scaled.toString();
        StringBuilder text = new StringBuilder(digits.length() + FRACTION_DIGITS + 3);
        text.append("0".repeat(Math.max(0, FRACTION_DIGITS + 1 - digits.length()))).append(digits);
        int point = text.length() - FRACTION_DIGITS;
        int end = text.length();
        while (end > point && text.charAt(end - 1) == '0') {
            end--;
        }
        text.setLength(end);
        if (end > point) {
            text.insert(point, '.');
        }
        return negative ? text.insert(0, '-').toString() : text.toString();
    }
}
