package io.carnelian.rdb.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum at the end of an RDB file and of a DUMP payload: CRC-64 by Jones, polynomial
 * ad93d23594c935a9, reflected, starting at 0, nothing added at the end. The sum of the ASCII bytes
 * {@code 123456789} is e9c6d914c4b8d9ca.
 *
 * <p>Sliced by eight: a step takes eight bytes through eight tables at once; {@code TABLE[k * 256 +
 * b]} is the sum of byte b followed by k zero bytes, 16 KiB that stay in the first-level cache. A
 * step still waits for the one before it, so long ranges go two lanes at a time:
 *
 * <pre>
 *   │ lane a, 4 KiB │ lane b, 4 KiB │     sum(ab) = sum(a followed by 4 KiB of zeros) ^ sum(b)
 *     from the sum    from zero
 *     so far
 * </pre>
 *
 * See M. Kounavis, F. Berry: A Systematic Approach to Building High Performance Software-based CRC
 * Generators (2005); for the lanes, V. Gopal and others: Fast CRC Computation for iSCSI Polynomial
 * (2011).
 */
public final class Crc64 {
    private static final long REFLECTED_POLYNOMIAL = 0x95AC9329AC4BC9B5L;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LANE_BYTES = 4096;
    private static final long[] TABLE = table();
    private static final long[] ZEROS = zeros();

    private Crc64() {}

    private static long[] table() {
        long[] table = new long[8 * 256];
        for (int b = 0; b < 256; b++) {
            long crc = b;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ REFLECTED_POLYNOMIAL : crc >>> 1;
            }
            table[b] = crc;
        }
        for (int i = 256; i < table.length; i++) {
            long previous = table[i - 256];
            table[i] = table[(int) previous & 0xFF] ^ previous >>> 8;
        }
        return table;
    }

    /** {@code ZEROS[k * 256 + b]}: the sum b &lt;&lt; 8k followed by a lane of zero bytes. */
    private static long[] zeros() {
        long[] zeros = new long[8 * 256];
        byte[] lane = new byte[LANE_BYTES];
        for (int k = 0; k < 8; k++) {
            for (int bit = 0; bit < 8; bit++) {
                long basis = oneLane(1L << (8 * k + bit), lane, 0, LANE_BYTES);
                for (int b = 1 << bit; b < 256; b++) {
                    if ((b & 1 << bit) != 0) {
                        zeros[k * 256 + b] ^= basis;
                    }
                }
            }
        }
        return zeros;
    }

    /** Continues a checksum over bytes [from, to); a new one starts at 0. */
    public static long update(long crc, byte[] bytes, int from, int to) {
        long c = crc;
        int i = from;
        for (; to - i >= 2 * LANE_BYTES; i += 2 * LANE_BYTES) {
            c = twoLanes(c, bytes, i);
        }
        return oneLane(c, bytes, i, to);
    }

    private static long twoLanes(long crc, byte[] bytes, int from) {
        long[] t = TABLE;
        long a = crc;
        long b = 0;
        for (int i = from; i < from + LANE_BYTES; i += 8) {
            a = step(t, a ^ (long) LONGS.get(bytes, i));
            b = step(t, b ^ (long) LONGS.get(bytes, i + LANE_BYTES));
        }
        return step(ZEROS, Long.reverseBytes(a)) ^ b;
    }

    private static long oneLane(long crc, byte[] bytes, int from, int to) {
        long[] t = TABLE;
        long c = crc;
        int i = from;
        for (; i + 8 <= to; i += 8) {
            c = step(t, c ^ (long) LONGS.get(bytes, i));
        }
        for (; i < to; i++) {
            c = t[((int) c ^ bytes[i]) & 0xFF] ^ c >>> 8;
        }
        return c;
    }

    /** Eight bytes through eight tables: the first byte through the last one. */
    private static long step(long[] t, long v) {
        return t[7 * 256 + ((int) v & 0xFF)]
                ^ t[6 * 256 + ((int) (v >>> 8) & 0xFF)]
                ^ t[5 * 256 + ((int) (v >>> 16) & 0xFF)]
                ^ t[4 * 256 + ((int) (v >>> 24) & 0xFF)]
                ^ t[3 * 256 + ((int) (v >>> 32) & 0xFF)]
                ^ t[2 * 256 + ((int) (v >>> 40) & 0xFF)]
                ^ t[256 + ((int) (v >>> 48) & 0xFF)]
                ^ t[(int) (v >>> 56)];
    }
}
