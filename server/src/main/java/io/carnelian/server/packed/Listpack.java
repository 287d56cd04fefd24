package io.carnelian.server.packed;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;

/**
 * A listpack: strings and integers packed one behind the other, readable in both directions.
 *
 * <pre>
 *   | total bytes 4 | count 2 | entry | entry | ... | FF |       all numbers little-endian
 *
 *   entry = encoding and data | length of the two before it, backwards
 *
 *   0xxxxxxx                      0..127            11110001 + 2    16-bit integer
 *   110xxxxx xxxxxxxx             13-bit integer    11110010 + 3    24-bit integer
 *   10llllll + data               string &lt; 64       11110011 + 4    32-bit integer
 *   1110llll llllllll + data      string &lt; 4096     11110100 + 8    64-bit integer
 *   11110000 + 4 bytes + data     longer string
 *
 *   back length: 7 bits a byte, read from the last byte to the left while bit 7 is set
 * </pre>
 *
 * <p>A count of 65535 means that it is not known and entries must be counted. Text that is the
 * canonical decimal of a 64-bit integer is kept as an integer.
 *
 * <p>An entry is named by its address; {@link #end} is the place behind the last. Reading allocates
 * nothing. Edits work in place: whoever calls them has made sure that the memory has room, {@link
 * #entryBytes} says for how much. Bytes from outside must pass {@link #isValid} first; nothing else
 * here checks.
 *
 * <p>Source: https://github.com/antirez/listpack/blob/master/listpack.md.
 */
public final class Listpack {
    public static final int HEADER_BYTES = 6;

    /** Bytes of a listpack without entries. */
    public static final int EMPTY_BYTES = 7;

    private static final int COUNT = 4;
    private static final int COUNT_UNKNOWN = 0xffff;
    private static final int END = 0xff;

    private static final int STRING_32 = 0xf0;
    private static final int INT_16 = 0xf1;
    private static final int INT_24 = 0xf2;
    private static final int INT_32 = 0xf3;
    private static final int INT_64 = 0xf4;
    private static final int MAX_6 = 63;
    private static final int MAX_12 = 4095;

    /** A bit pattern that no entry starts with. */
    private static final int INVALID = -1;

    private Listpack() {}

    /** Writes an empty listpack: {@link #EMPTY_BYTES}. */
    public static void create(long pack) {
        Memory.putInt(pack, EMPTY_BYTES);
        Memory.putShort(pack + COUNT, (short) 0);
        Memory.putByte(pack + HEADER_BYTES, (byte) END);
    }

    /** Bytes of the whole, header and end included. */
    public static int bytes(long pack) {
        return Memory.getInt(pack);
    }

    public static int count(long pack) {
        int count = Memory.getShort(pack + COUNT) & 0xffff;
        return count == COUNT_UNKNOWN ? countEntries(pack) : count;
    }

    /** The first entry, or {@link #end}. */
    public static long first(long pack) {
        return pack + HEADER_BYTES;
    }

    /** The place behind the last entry. */
    public static long end(long pack) {
        return pack + bytes(pack) - 1;
    }

    /** The entry behind this one, or {@link #end}. */
    public static long next(long entry) {
        int data = dataBytes(entry);
        return entry + data + backBytes(data);
    }

    /** The entry before this one or before the end; there must be one. */
    public static long previous(long entry) {
        long at = entry - 1;
        int b = Memory.getByte(at) & 0xff;
        int data = b & 0x7f;
        int bytes = 1;
        for (int shift = 7; (b & 0x80) != 0; shift += 7) {
            b = Memory.getByte(--at) & 0xff;
            data |= (b & 0x7f) << shift;
            bytes++;
        }
        return entry - bytes - data;
    }

    /**
     * The entry at an index, 0 ≤ index ≤ count, read from the nearer end.
     *
     * @param count entries of the listpack
     */
    public static long seek(long pack, int index, int count) {
        if (index <= count >>> 1) {
            long entry = first(pack);
            for (int i = 0; i < index; i++) {
                entry = next(entry);
            }
            return entry;
        }
        long entry = end(pack);
        for (int i = count; i > index; i--) {
            entry = previous(entry);
        }
        return entry;
    }

    public static boolean isInteger(long entry) {
        int b = Memory.getByte(entry) & 0xff;
        return b < 0x80 || (b & 0xe0) == 0xc0 || b > STRING_32;
    }

    /** The value of an entry that {@link #isInteger}. */
    public static long integer(long entry) {
        int b = Memory.getByte(entry) & 0xff;
        if (b < 0x80) {
            return b;
        }
        if ((b & 0xe0) == 0xc0) {
            int v = (b & 0x1f) << 8 | (Memory.getByte(entry + 1) & 0xff);
            return v < 4096 ? v : v - 8192;
        }
        return switch (b) {
            case INT_16 -> Memory.getShort(entry + 1);
            case INT_24 -> (Memory.getShort(entry + 1) & 0xffff) | Memory.getByte(entry + 3) << 16;
            case INT_32 -> Memory.getInt(entry + 1);
            case INT_64 -> Memory.getLong(entry + 1);
            default -> throw new IllegalStateException("no integer: encoding " + b);
        };
    }

    /** Where the bytes of an entry that is no integer are. */
    public static long stringAddress(long entry) {
        int b = Memory.getByte(entry) & 0xff;
        return entry + (b < 0xc0 ? 1 : b < STRING_32 ? 2 : 5);
    }

    /** How many bytes an entry that is no integer has. */
    public static int stringLength(long entry) {
        int b = Memory.getByte(entry) & 0xff;
        if (b < 0xc0) {
            return b & 0x3f;
        }
        if (b < STRING_32) {
            return (b & 0xf) << 8 | (Memory.getByte(entry + 1) & 0xff);
        }
        return Memory.getInt(entry + 1);
    }

    /** Bytes of the entry as text, whatever it is kept as. */
    public static int textLength(long entry) {
        return isInteger(entry) ? Decimal.length(integer(entry)) : stringLength(entry);
    }

    /**
     * True if the entry has this text.
     *
     * @param canonical whether the text is {@link Decimal#isCanonical}, asked once for a search
     */
    public static boolean matches(long entry, long text, int length, boolean canonical) {
        if (isInteger(entry)) {
            return canonical && integer(entry) == Decimal.parse(text, length);
        }
        return stringLength(entry) == length && Memory.equal(stringAddress(entry), text, length);
    }

    /** Bytes that a text takes as an entry. */
    public static int entryBytes(long text, int length) {
        if (Decimal.isCanonical(text, length)) {
            return entryBytes(Decimal.parse(text, length));
        }
        int data = length + (length <= MAX_6 ? 1 : length <= MAX_12 ? 2 : 5);
        return data + backBytes(data);
    }

    /** Bytes that an integer takes as an entry. */
    public static int entryBytes(long value) {
        return integerBytes(value) + 1;
    }

    /** Puts a text before an entry, or at the end. */
    public static void insert(long pack, long entry, long text, int length) {
        openGap(pack, entry, entryBytes(text, length));
        write(entry, text, length);
        addCount(pack, 1);
    }

    /** Puts an integer before an entry, or at the end. */
    public static void insert(long pack, long entry, long value) {
        openGap(pack, entry, entryBytes(value));
        writeInteger(entry, value);
        addCount(pack, 1);
    }

    /** Gives an entry another text. */
    public static void replace(long pack, long entry, long text, int length) {
        openGap(pack, entry, entryBytes(text, length) - (int) (next(entry) - entry));
        write(entry, text, length);
    }

    /** Gives an entry another value. */
    public static void replace(long pack, long entry, long value) {
        openGap(pack, entry, entryBytes(value) - (int) (next(entry) - entry));
        writeInteger(entry, value);
    }

    /** Takes one entry out; what was behind it is then at its address. */
    public static void remove(long pack, long entry) {
        remove(pack, entry, next(entry), 1);
    }

    /** Takes the entries of a range out. */
    public static void remove(long pack, long from, long to, int entries) {
        long end = pack + bytes(pack);
        Memory.copy(to, from, end - to);
        Memory.putInt(pack, (int) (end - (to - from) - pack));
        addCount(pack, -entries);
    }

    /** Adds a range of entries of another listpack at the end. */
    public static void append(long pack, long from, long to, int entries) {
        long end = end(pack);
        openGap(pack, end, (int) (to - from));
        Memory.copy(from, end, to - from);
        addCount(pack, entries);
    }

    /** True if {@code bytes} bytes are one whole, sound listpack: all of them were looked at. */
    public static boolean isValid(long pack, long bytes) {
        return longest(pack, bytes) >= 0;
    }

    /**
     * How long the longest entry is as text, 0 without any; -1 if the bytes are not one whole,
     * sound listpack, of which this looks at all.
     */
    public static int longest(long pack, long bytes) {
        if (bytes < EMPTY_BYTES
                || (bytes(pack) & 0xffffffffL) != bytes
                || bytes > Integer.MAX_VALUE
                || (Memory.getByte(pack + bytes - 1) & 0xff) != END) {
            return -1;
        }
        long end = pack + bytes - 1;
        long entry = pack + HEADER_BYTES;
        int entries = 0;
        int longest = 0;
        while (entry < end) {
            long data = boundedDataBytes(entry, end);
            if (data == INVALID || data + backBytes((int) data) > end - entry) {
                return -1;
            }
            if (!isBackLength(entry + data, (int) data)) {
                return -1;
            }
            // The text of an integer is longer than what it is kept as.
            if (data > longest || isInteger(entry)) {
                longest = Math.max(longest, textLength(entry));
            }
            entry += data + backBytes((int) data);
            entries++;
        }
        int count = Memory.getShort(pack + COUNT) & 0xffff;
        return count == COUNT_UNKNOWN || count == entries ? longest : -1;
    }

    /** Bytes of encoding and data of what may be an entry, of which not all may be there. */
    private static long boundedDataBytes(long entry, long end) {
        int b = Memory.getByte(entry) & 0xff;
        int header = b < 0xc0 ? 1 : b < STRING_32 ? 2 : b == STRING_32 ? 5 : 1;
        if (b > INT_64 || end - entry < header) {
            return INVALID;
        }
        long data =
                b == STRING_32 ? 5 + (Memory.getInt(entry + 1) & 0xffffffffL) : dataBytes(entry);
        return data < end - entry ? data : INVALID;
    }

    private static boolean isBackLength(long at, int data) {
        int bytes = backBytes(data);
        if (bytes == 1) {
            return Memory.getByte(at) == (byte) data;
        }
        for (int i = 0; i < bytes; i++) {
            if (Memory.getByte(at + i) != backByte(data, bytes, i)) {
                return false;
            }
        }
        return true;
    }

    private static int countEntries(long pack) {
        int entries = 0;
        long end = end(pack);
        for (long entry = first(pack); entry != end; entry = next(entry)) {
            entries++;
        }
        return entries;
    }

    private static void addCount(long pack, int more) {
        int count = Memory.getShort(pack + COUNT) & 0xffff;
        if (count != COUNT_UNKNOWN) {
            int sum = Math.min(count + more, COUNT_UNKNOWN);
            Memory.putShort(pack + COUNT, (short) sum);
        } else if (more < 0) {
            int counted = Math.min(countEntries(pack), COUNT_UNKNOWN);
            Memory.putShort(pack + COUNT, (short) counted);
        }
    }

    /** Moves an entry and all behind it. */
    private static void openGap(long pack, long entry, int gap) {
        int bytes = bytes(pack);
        long from = gap < 0 ? entry - gap : entry;
        Memory.copy(from, from + gap, pack + bytes - from);
        Memory.putInt(pack, bytes + gap);
    }

    /** Bytes of encoding and data. */
    private static int dataBytes(long entry) {
        int b = Memory.getByte(entry) & 0xff;
        if (b < 0x80) {
            return 1;
        }
        if (b < 0xc0) {
            return 1 + (b & 0x3f);
        }
        if (b < 0xe0) {
            return 2;
        }
        if (b <= STRING_32) {
            return (b < STRING_32 ? 2 : 5) + stringLength(entry);
        }
        return b == INT_64 ? 9 : b - INT_16 + 3;
    }

    private static int integerBytes(long v) {
        if (v >= 0 && v <= 127) {
            return 1;
        }
        if (v >= -4096 && v <= 4095) {
            return 2;
        }
        if (v == (short) v) {
            return 3;
        }
        if (v == (int) v) {
            return v == (int) v << 8 >> 8 ? 4 : 5;
        }
        return 9;
    }

    private static void write(long entry, long text, int length) {
        if (Decimal.isCanonical(text, length)) {
            writeInteger(entry, Decimal.parse(text, length));
            return;
        }
        int header;
        if (length <= MAX_6) {
            header = 1;
            Memory.putByte(entry, (byte) (0x80 | length));
        } else if (length <= MAX_12) {
            header = 2;
            Memory.putByte(entry, (byte) (0xe0 | length >>> 8));
            Memory.putByte(entry + 1, (byte) length);
        } else {
            header = 5;
            Memory.putByte(entry, (byte) STRING_32);
            Memory.putInt(entry + 1, length);
        }
        Memory.copy(text, entry + header, length);
        writeBack(entry + header + length, header + length);
    }

    private static void writeInteger(long entry, long v) {
        int data = integerBytes(v);
        switch (data) {
            case 1 -> Memory.putByte(entry, (byte) v);
            case 2 -> {
                Memory.putByte(entry, (byte) (0xc0 | (v >>> 8 & 0x1f)));
                Memory.putByte(entry + 1, (byte) v);
            }
            case 3 -> {
                Memory.putByte(entry, (byte) INT_16);
                Memory.putShort(entry + 1, (short) v);
            }
            case 4 -> {
                Memory.putByte(entry, (byte) INT_24);
                Memory.putShort(entry + 1, (short) v);
                Memory.putByte(entry + 3, (byte) (v >>> 16));
            }
            case 5 -> {
                Memory.putByte(entry, (byte) INT_32);
                Memory.putInt(entry + 1, (int) v);
            }
            default -> {
                Memory.putByte(entry, (byte) INT_64);
                Memory.putLong(entry + 1, v);
            }
        }
        Memory.putByte(entry + data, (byte) data);
    }

    /** Bytes of a back length. The limits are one below the powers of 128, as Redis has them. */
    private static int backBytes(int data) {
        if (data <= 127) {
            return 1;
        }
        if (data < 16383) {
            return 2;
        }
        if (data < 2097151) {
            return 3;
        }
        return data < 268435455 ? 4 : 5;
    }

    private static void writeBack(long at, int data) {
        int bytes = backBytes(data);
        for (int i = 0; i < bytes; i++) {
            Memory.putByte(at + i, backByte(data, bytes, i));
        }
    }

    private static byte backByte(int data, int bytes, int i) {
        int bits = (data >>> (7 * (bytes - 1 - i))) & 0x7f;
        return (byte) (i == 0 ? bits : bits | 0x80);
    }
}
