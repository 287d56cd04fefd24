package io.carnelian.server.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads, writes, copies and compares memory by address: records, table nodes, network buffers. All
 * values are little-endian and need no alignment.
 *
 * <p>In the <em>checked mode</em> ({@code -Dcarnelian.memory.checked=true}, in every test run) an
 * access to an address that belongs to {@link Pages} must lie as a whole in one live allocation;
 * otherwise a {@link MemoryFault} tells what happened. Other addresses (network buffers, the stack
 * of a native call) pass. Outside that mode the checks cost nothing: the flag is a constant and the
 * JIT removes them.
 *
 * <p>Copies and compares up to 64 bytes are made of plain loads and stores, since {@code
 * MemorySegment.copy} and {@code mismatch} cost several nanoseconds before the first byte. All
 * loads of such a copy come before its stores, so source and target may overlap in any way.
 */
public final class Memory {
    /** True when every access is checked. */
    public static final boolean CHECKED = Boolean.getBoolean("carnelian.memory.checked");

    private static final int BY_HAND_BYTES = 64;

    private Memory() {}

    public static byte getByte(long address) {
        if (CHECKED) {
            Pages.check(address, 1);
        }
        return Raw.getByte(address);
    }

    public static short getShort(long address) {
        if (CHECKED) {
            Pages.check(address, 2);
        }
        return Raw.getShort(address);
    }

    public static int getInt(long address) {
        if (CHECKED) {
            Pages.check(address, 4);
        }
        return Raw.getInt(address);
    }

    public static long getLong(long address) {
        if (CHECKED) {
            Pages.check(address, 8);
        }
        return Raw.getLong(address);
    }

    public static void putByte(long address, byte value) {
        if (CHECKED) {
            Pages.check(address, 1);
        }
        Raw.putByte(address, value);
    }

    public static void putShort(long address, short value) {
        if (CHECKED) {
            Pages.check(address, 2);
        }
        Raw.putShort(address, value);
    }

    public static void putInt(long address, int value) {
        if (CHECKED) {
            Pages.check(address, 4);
        }
        Raw.putInt(address, value);
    }

    public static void putLong(long address, long value) {
        if (CHECKED) {
            Pages.check(address, 8);
        }
        Raw.putLong(address, value);
    }

    /** Copies {@code bytes} bytes; the ranges may overlap. */
    public static void copy(long from, long to, long bytes) {
        if (CHECKED) {
            Pages.check(from, bytes);
            Pages.check(to, bytes);
        }
        if (bytes <= BY_HAND_BYTES) {
            copyShort(from, to, (int) bytes);
        } else {
            MemorySegment.copy(Raw.ALL, from, Raw.ALL, to, bytes);
        }
    }

    /** Copies from a Java array to memory. */
    public static void copyIn(byte[] from, int offset, long to, int bytes) {
        if (CHECKED) {
            Pages.check(to, bytes);
        }
        MemorySegment.copy(from, offset, Raw.ALL, ValueLayout.JAVA_BYTE, to, bytes);
    }

    /** Copies from memory to a Java array. */
    public static void copyOut(long from, byte[] to, int offset, int bytes) {
        if (CHECKED) {
            Pages.check(from, bytes);
        }
        MemorySegment.copy(Raw.ALL, ValueLayout.JAVA_BYTE, from, to, offset, bytes);
    }

    public static void fill(long address, long bytes, byte value) {
        if (CHECKED) {
            Pages.check(address, bytes);
        }
        Raw.fill(address, bytes, value);
    }

    /** True if the two ranges hold the same bytes. */
    public static boolean equal(long a, long b, long bytes) {
        if (CHECKED) {
            Pages.check(a, bytes);
            Pages.check(b, bytes);
        }
        if (bytes >= 8) {
            return bytes <= BY_HAND_BYTES ? equalByLongs(a, b, bytes) : mismatch(a, b, bytes) < 0;
        }
        if (bytes >= 4) {
            long tail = bytes - 4;
            return ((Raw.getInt(a) ^ Raw.getInt(b)) | (Raw.getInt(a + tail) ^ Raw.getInt(b + tail)))
                    == 0;
        }
        return bytes == 0 || tinyWord(a, (int) bytes) == tinyWord(b, (int) bytes);
    }

    /**
     * Compares as {@code memcmp} does, unsigned byte by byte, then by length.
     *
     * @return negative, zero or positive
     */
    public static int compare(long a, long aBytes, long b, long bBytes) {
        long common = Math.min(aBytes, bBytes);
        if (CHECKED) {
            Pages.check(a, aBytes);
            Pages.check(b, bBytes);
        }
        long i = 0;
        for (; i + 8 <= common && i < BY_HAND_BYTES; i += 8) {
            long x = Raw.getLong(a + i);
            long y = Raw.getLong(b + i);
            if (x != y) {
                return Long.compareUnsigned(Long.reverseBytes(x), Long.reverseBytes(y));
            }
        }
        if (common - i >= BY_HAND_BYTES) {
            long at = mismatch(a + i, b + i, common - i);
            i = at < 0 ? common : i + at;
        }
        for (; i < common; i++) {
            int order = Byte.compareUnsigned(Raw.getByte(a + i), Raw.getByte(b + i));
            if (order != 0) {
                return order;
            }
        }
        return Long.compare(aBytes, bBytes);
    }

    private static boolean equalByLongs(long a, long b, long bytes) {
        long last = bytes - 8;
        for (long i = 0; i < last; i += 8) {
            if (Raw.getLong(a + i) != Raw.getLong(b + i)) {
                return false;
            }
        }
        return Raw.getLong(a + last) == Raw.getLong(b + last);
    }

    private static long mismatch(long a, long b, long bytes) {
        return MemorySegment.mismatch(Raw.ALL, a, a + bytes, Raw.ALL, b, b + bytes);
    }

    /** One to three bytes as one number: first, middle, last. */
    private static int tinyWord(long address, int bytes) {
        return (Raw.getByte(address) & 0xff)
                | (Raw.getByte(address + (bytes >>> 1)) & 0xff) << 8
                | (Raw.getByte(address + bytes - 1) & 0xff) << 16;
    }

    private static void copyShort(long from, long to, int bytes) {
        if (bytes > 32) {
            copy33To64(from, to, bytes);
        } else if (bytes > 16) {
            int tail = bytes - 16;
            long a = Raw.getLong(from);
            long b = Raw.getLong(from + 8);
            long c = Raw.getLong(from + tail);
            long d = Raw.getLong(from + tail + 8);
            Raw.putLong(to, a);
            Raw.putLong(to + 8, b);
            Raw.putLong(to + tail, c);
            Raw.putLong(to + tail + 8, d);
        } else if (bytes >= 8) {
            long a = Raw.getLong(from);
            long b = Raw.getLong(from + bytes - 8);
            Raw.putLong(to, a);
            Raw.putLong(to + bytes - 8, b);
        } else {
            copyTiny(from, to, bytes);
        }
    }

    private static void copyTiny(long from, long to, int bytes) {
        if (bytes >= 4) {
            int a = Raw.getInt(from);
            int b = Raw.getInt(from + bytes - 4);
            Raw.putInt(to, a);
            Raw.putInt(to + bytes - 4, b);
        } else if (bytes > 0) {
            byte a = Raw.getByte(from);
            byte b = Raw.getByte(from + (bytes >>> 1));
            byte c = Raw.getByte(from + bytes - 1);
            Raw.putByte(to, a);
            Raw.putByte(to + (bytes >>> 1), b);
            Raw.putByte(to + bytes - 1, c);
        }
    }

    private static void copy33To64(long from, long to, int bytes) {
        int tail = bytes - 32;
        long a = Raw.getLong(from);
        long b = Raw.getLong(from + 8);
        long c = Raw.getLong(from + 16);
        long d = Raw.getLong(from + 24);
        long e = Raw.getLong(from + tail);
        long f = Raw.getLong(from + tail + 8);
        long g = Raw.getLong(from + tail + 16);
        long h = Raw.getLong(from + tail + 24);
        Raw.putLong(to, a);
        Raw.putLong(to + 8, b);
        Raw.putLong(to + 16, c);
        Raw.putLong(to + 24, d);
        Raw.putLong(to + tail, e);
        Raw.putLong(to + tail + 8, f);
        Raw.putLong(to + tail + 16, g);
        Raw.putLong(to + tail + 24, h);
    }
}
