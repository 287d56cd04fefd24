package io.carnelian.server.memory;

/**
 * 64-bit integers as decimal text in memory, in the one canonical form: no sign but a minus, no
 * leading zero, no minus zero.
 */
public final class Decimal {
    /** The longest text: {@code -9223372036854775808}. */
    public static final int MAX_BYTES = 20;

    private Decimal() {}

    /** True if the text is the canonical form of a 64-bit integer. */
    public static boolean isCanonical(long address, int bytes) {
        if (bytes <= 0 || bytes > MAX_BYTES) {
            return false;
        }
        int first = Memory.getByte(address);
        int sign = first == '-' ? 1 : 0;
        if (sign == 1 && bytes > 1) {
            first = Memory.getByte(address + 1);
        }
        int digits = bytes - sign;
        if (first < '1' || first > '9') {
            return first == '0' && bytes == 1;
        }
        for (int i = sign + 1; i < bytes; i++) {
            int c = Memory.getByte(address + i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return digits < 19 || (digits == 19 && fits(address + sign, sign));
    }

    /** The value of a text for which {@link #isCanonical} holds. */
    public static long parse(long address, int bytes) {
        int sign = Memory.getByte(address) == '-' ? 1 : 0;
        long value = 0;
        for (int i = sign; i < bytes; i++) {
            value = value * 10 + (Memory.getByte(address + i) - '0');
        }
        return sign == 1 ? -value : value;
    }

    /** Length of the text of {@code value}, 1 to 20. */
    public static int length(long value) {
        if (value == Long.MIN_VALUE) {
            return MAX_BYTES;
        }
        int sign = value < 0 ? 1 : 0;
        long magnitude = Math.abs(value);
        int digits = 1;
        for (long limit = 10; digits < 19 && magnitude >= limit; limit *= 10) {
            digits++;
        }
        return digits + sign;
    }

    /** Writes the text of {@code value}, which is {@code length(value)} bytes long. */
    public static void write(long value, long address, int length) {
        long rest = value;
        for (int i = length - 1; i >= 0; i--) {
            long quotient = rest / 10;
            Memory.putByte(address + i, (byte) ('0' + Math.abs((int) (rest - quotient * 10))));
            rest = quotient;
        }
        if (value < 0) {
            Memory.putByte(address, (byte) '-');
        }
    }

    /** 19 digits: at most 9223372036854775807, or one more with a minus sign. */
    private static boolean fits(long address, int sign) {
        long head = 0;
        for (int i = 0; i < 18; i++) {
            head = head * 10 + (Memory.getByte(address + i) - '0');
        }
        int last = Memory.getByte(address + 18) - '0';
        return head < 922337203685477580L || (head == 922337203685477580L && last <= 7 + sign);
    }
}
