package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;

/**
 * Decimal integers between memory and longs, by Redis's rules: no sign but a minus, no blanks, no
 * leading zeros (except the number 0 itself), the whole range of a 64-bit integer.
 */
public final class Numbers {
    /** The longest decimal of a long: a minus and 19 digits. */
    public static final int MAX_LONG_DIGITS = 20;

    /**
     * Set by {@link #parse} when the bytes are not an integer; its value is one that callers rarely
     * meet by chance.
     */
    private static final long[] POWERS = new long[19];

    private static final short[] PAIRS = new short[100];
    private static final short CRLF = (short) ('\r' | ('\n' << 8));

    /** What {@link #putLine} writes at most. */
    public static final int MAX_LINE_BYTES = 1 + MAX_LONG_DIGITS + 2;

    static {
        long p = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = p;
            p *= 10;
        }
        for (int i = 0; i < 100; i++) {
            PAIRS[i] = (short) (('0' + i / 10) | (('0' + i % 10) << 8));
        }
    }

    private Numbers() {}

    /** Whether the bytes are a canonical 64-bit integer; then {@link #parse} gives it. */
    public static boolean isLong(long address, int length) {
        if (length <= 0 || length > MAX_LONG_DIGITS) {
            return false;
        }
        int at = 0;
        if (Memory.getByte(address) == '-') {
            at = 1;
            if (length == 1) {
                return false;
            }
        }
        int first = Memory.getByte(address + at);
        if (first == '0') {
            return length == 1;
        }
        int digits = length - at;
        if (digits > 19) {
            return false;
        }
        for (int i = at; i < length; i++) {
            int d = Memory.getByte(address + i) - '0';
            if (d < 0 || d > 9) {
                return false;
            }
        }
        if (digits < 19) {
            return true;
        }
        long negated = negated(address + at, digits - 1);
        int last = Memory.getByte(address + length - 1) - '0';
        if (negated < Long.MIN_VALUE / 10) {
            return false;
        }
        if (negated > Long.MIN_VALUE / 10) {
            return true;
        }
        return last <= (at == 1 ? 8 : 7);
    }

    /** The integer of bytes for which {@link #isLong} holds. */
    public static long parse(long address, int length) {
        if (Memory.getByte(address) == '-') {
            return negated(address + 1, length - 1);
        }
        return -negated(address, length);
    }

    private static long negated(long address, int digits) {
        long v = 0;
        for (int i = 0; i < digits; i++) {
            v = v * 10 - (Memory.getByte(address + i) - '0');
        }
        return v;
    }

    /** Number of characters of {@code v} in decimal, sign included. */
    public static int digits(long v) {
        if (v >= 0 && v < 10) {
            return 1;
        }
        if (v == Long.MIN_VALUE) {
            return MAX_LONG_DIGITS;
        }
        long u = Math.abs(v);
        int n = v < 0 ? 2 : 1;
        for (int i = 1; i < POWERS.length && u >= POWERS[i]; i++) {
            n++;
        }
        return n;
    }

    /**
     * Writes {@code v} in decimal at {@code address}; returns the number of bytes, at most {@link
     * #MAX_LONG_DIGITS}.
     */
    public static int putLong(long address, long v) {
        if (v >= 0 && v < 10) {
            Memory.putByte(address, (byte) ('0' + v));
            return 1;
        }
        int n = digits(v);
        long rest = v < 0 ? v : -v;
        long at = address + n;
        while (rest <= -100) {
            long q = rest / 100;
            at -= 2;
            Memory.putShort(at, PAIRS[(int) (q * 100 - rest)]);
            rest = q;
        }
        if (rest <= -10) {
            at -= 2;
            Memory.putShort(at, PAIRS[(int) -rest]);
        } else {
            at -= 1;
            Memory.putByte(at, (byte) ('0' - rest));
        }
        if (v < 0) {
            Memory.putByte(address, (byte) '-');
        }
        return n;
    }

    /**
     * Writes a line of RESP, {@code $12\r\n}: one store where it is short, as most are. Returns the
     * number of bytes, at most {@link #MAX_LINE_BYTES}.
     */
    public static int putLine(long address, byte prefix, long v) {
        if (v >= 0 && v < 10) {
            Memory.putInt(address, prefix | ('0' + (int) v) << 8 | CRLF << 16);
            return 4;
        }
        if (v >= 10 && v < 100) {
            Memory.putInt(address, prefix | PAIRS[(int) v] << 8 | '\r' << 24);
            Memory.putByte(address + 4, (byte) '\n');
            return 5;
        }
        Memory.putByte(address, prefix);
        int digits = putLong(address + 1, v);
        Memory.putShort(address + 1 + digits, CRLF);
        return 3 + digits;
    }
}
