package io.carnelian.server.table;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * The layout of a record: a key, or an element of a collection, with its value, in one allocation.
 *
 * <pre>
 *    0          4       6     7      8
 *   | value len | key len | t|e | flags | [clock 4] | [expiry 8] | [long key len 4] | key | value |
 *      int        short    byte   byte     CLOCK       EXPIRY         LONG_KEY
 *
 *   t|e    type << 4 | encoding
 *   flags  1 CLOCK, 2 EXPIRY, 4 LONG_KEY: so the key starts at 8 + 4*CLOCK + 8*EXPIRY + 4*LONG_KEY;
 *          8 SPARE: there is room behind the value (of a string that is appended to)
 * </pre>
 *
 * <p>A key of 65535 bytes or more has the short at 0xFFFF and its length as an int right before the
 * key. Entries of a database carry the clock (see {@code AccessClock}), elements do not. The clock,
 * and whether a string is called embstr or raw, which no file tells, are the only things that may
 * be written in a record that a snapshot can see.
 *
 * <p>A string of encoding {@link #INT} holds its value as eight raw bytes; all others hold the
 * bytes.
 */
@SuppressWarnings("AvoidCommonTypeNames") // a record of memory: nobody needs java.lang.Record here
public final class Record {
    public static final int STRING = 0;
    public static final int LIST = 1;
    public static final int SET = 2;
    public static final int ZSET = 3;
    public static final int HASH = 4;
    public static final int STREAM = 6;

    /** Encodings of a string. */
    public static final int RAW = 0;

    public static final int EMBSTR = 1;
    public static final int INT = 2;

    /** Packed forms of collections: the value is the whole of it. */
    public static final int INTSET = 3;

    public static final int LISTPACK = 4;

    /** From here on the value is a handle: its first word leads to a structure that lies apart. */
    public static final int HASHTABLE = 8;

    public static final int QUICKLIST = 9;
    public static final int SKIPLIST = 10;

    private static final int STRUCTURE = 8;

    /** Longest string that {@code OBJECT ENCODING} calls embstr. */
    public static final int EMBSTR_MAX_BYTES = 44;

    public static final int CLOCK = 1;
    public static final int EXPIRY = 2;
    public static final int LONG_KEY = 4;
    public static final int SPARE = 8;

    /** No expiry. */
    public static final long NEVER = -1;

    static final int HEADER_BYTES = 8;
    public static final int CLOCK_OFFSET = 8;
    private static final int LONG_KEY_MARK = 0xffff;

    private Record() {}

    public static int valueLength(long record) {
        return Memory.getInt(record);
    }

    public static int keyLength(long record) {
        return keyLength(record, Memory.getLong(record));
    }

    public static int type(long record) {
        return (Memory.getByte(record + 6) & 0xff) >>> 4;
    }

    public static int encoding(long record) {
        return Memory.getByte(record + 6) & 0xf;
    }

    /** True if the value is a handle, so that more than the record's own memory hangs on it. */
    public static boolean hasStructure(long record) {
        return (Memory.getByte(record + 6) & STRUCTURE) != 0;
    }

    public static int flags(long record) {
        return Memory.getByte(record + 7);
    }

    public static boolean hasExpiry(long record) {
        return (flags(record) & EXPIRY) != 0;
    }

    /** When the record expires, in ms since 1970, or {@link #NEVER}. */
    public static long expireAt(long record) {
        int flags = flags(record);
        return (flags & EXPIRY) == 0 ? NEVER : Memory.getLong(expiryAddress(record, flags));
    }

    public static long keyAddress(long record) {
        return record + keyOffset(flags(record));
    }

    public static long valueAddress(long record) {
        long header = Memory.getLong(record);
        return record + keyOffset((int) (header >>> 56)) + keyLength(record, header);
    }

    /** The number of a string of encoding {@link #INT}. */
    public static long number(long record) {
        return Memory.getLong(valueAddress(record));
    }

    public static void setNumber(long record, long value) {
        Memory.putLong(valueAddress(record), value);
    }

    public static int clock(long record) {
        return Memory.getInt(record + CLOCK_OFFSET);
    }

    public static void setClock(long record, int clock) {
        Memory.putInt(record + CLOCK_OFFSET, clock);
    }

    public static void setEncoding(long record, int encoding) {
        Memory.putByte(record + 6, (byte) (type(record) << 4 | encoding));
    }

    public static void setValueLength(long record, int length) {
        Memory.putInt(record, length);
    }

    public static void setExpireAt(long record, long atMs, int flags) {
        Memory.putLong(expiryAddress(record, flags), atMs);
    }

    /** Notes that the record's memory is larger than its size asks for. */
    public static void setSpare(long record) {
        Memory.putByte(record + 7, (byte) (flags(record) | SPARE));
    }

    /** Bytes that this record uses, without spare room. */
    public static long size(long record) {
        long header = Memory.getLong(record);
        int flags = (int) (header >>> 56);
        return size(keyLength(record, header), flags, valueLength(record));
    }

    /** Bytes that a record needs. */
    public static long size(int keyLength, int flags, long valueLength) {
        return keyOffset(flags) + (long) keyLength + valueLength;
    }

    /** The flags given plus what the key's length asks for. */
    public static int flagsFor(int flags, int keyLength) {
        return keyLength >= LONG_KEY_MARK ? flags | LONG_KEY : flags;
    }

    /**
     * Writes header and key of a new record. The caller writes clock, expiry and value, as the
     * flags ask for.
     *
     * @param flags out of {@link #flagsFor}
     */
    public static void write(
            long record,
            long keyAddress,
            int keyLength,
            int type,
            int encoding,
            int flags,
            int valueLength) {
        write(record, header(type, encoding, flags, keyLength, valueLength), keyAddress, keyLength);
    }

    public static long header(int type, int encoding, int flags, int keyLength, int valueLength) {
        long shortLength = Math.min(keyLength, LONG_KEY_MARK);
        return (valueLength & 0xffffffffL)
                | shortLength << 32
                | (long) (type << 4 | encoding) << 48
                | (long) flags << 56;
    }

    public static void write(long record, long header, long keyAddress, int keyLength) {
        Memory.putLong(record, header);
        int flags = (int) (header >>> 56);
        long key = record + keyOffset(flags);
        if ((flags & LONG_KEY) != 0) {
            Memory.putInt(key - 4, keyLength);
        }
        Memory.copy(keyAddress, key, keyLength);
    }

    /**
     * True if a record of the same key with this other header has the same offsets and takes memory
     * of the same size. It never has while there is spare room, since that shall be given up.
     */
    public static boolean isSameRoom(long record, long header) {
        long before = Memory.getLong(record);
        if ((before ^ header) >>> 56 != 0 || ((before ^ header) >>> 52 & 0xf) != 0) {
            return false;
        }
        if ((int) before == (int) header) {
            return true;
        }
        long rest = size(keyLength(record, before), (int) (header >>> 56), 0);
        return Slabs.roundUp(rest + (int) before) == Slabs.roundUp(rest + (int) header);
    }

    /** True if the record's key has these bytes. */
    public static boolean keyEquals(long record, long keyAddress, int keyLength) {
        long header = Memory.getLong(record);
        if (keyLength(record, header) != keyLength) {
            return false;
        }
        return Memory.equal(record + keyOffset((int) (header >>> 56)), keyAddress, keyLength);
    }

    static int keyOffset(int flags) {
        return HEADER_BYTES + ((flags & CLOCK) << 2) + ((flags & EXPIRY) << 2) + (flags & LONG_KEY);
    }

    private static int keyLength(long record, long header) {
        int length = (int) (header >>> 32) & LONG_KEY_MARK;
        return length == LONG_KEY_MARK ? longKeyLength(record, header) : length;
    }

    private static int longKeyLength(long record, long header) {
        return Memory.getInt(record + keyOffset((int) (header >>> 56)) - 4);
    }

    private static long expiryAddress(long record, int flags) {
        return record + HEADER_BYTES + ((flags & CLOCK) << 2);
    }
}
