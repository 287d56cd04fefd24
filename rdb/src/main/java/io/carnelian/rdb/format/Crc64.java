package io.carnelian.rdb.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum at the end of an RDB file and of a DUMP payload: CRC-64 by Jones, polynomial
 * ad93d23594c935a9, reflected, starting at 0, nothing added at the end. The sum of the ASCII bytes
 * {@code 123456789} is e9c6d914c4b8d9ca.
 *
 * <p>Sliced by eight: a step takes eight bytes through eight tables at once, so that the loads of a
 * step do not wait for each other. {@code TABLE[k * 256 + b]} is the sum of byte b followed by k
 * zero bytes; 16 KiB, which stays in the first-level cache. See M. Kounavis, F. Berry: A Systematic
 * Approach to Building High Performance Software-based CRC Generators (2005).
 */
public final class Crc64 {
    private static final long REFLECTED_POLYNOMIAL = 0x95AC9329AC4BC9B5L;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long[] TABLE = table();

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

    /** Continues a checksum over bytes [from, to); a new one starts at 0. */
    public static long update(long crc, byte[] bytes, int from, int to) {
        long[] t = TABLE;
        long c = crc;
        int i = from;
        for (; i + 8 <= to; i += 8) {
            c ^= (long) LONGS.get(bytes, i);
            c =
                    t[7 * 256 + ((int) c & 0xFF)]
                            ^ t[6 * 256 + ((int) (c >>> 8) & 0xFF)]
                            ^ t[5 * 256 + ((int) (c >>> 16) & 0xFF)]
                            ^ t[4 * 256 + ((int) (c >>> 24) & 0xFF)]
                            ^ t[3 * 256 + ((int) (c >>> 32) & 0xFF)]
                            ^ t[2 * 256 + ((int) (c >>> 40) & 0xFF)]
                            ^ t[256 + ((int) (c >>> 48) & 0xFF)]
                            ^ t[(int) (c >>> 56)];
        }
        for (; i < to; i++) {
            c = t[((int) c ^ bytes[i]) & 0xFF] ^ c >>> 8;
        }
        return c;
    }
}
