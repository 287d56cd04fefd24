package io.carnelian.rdb.format;

/**
 * The bytes that stand where an entry's type could stand, the types, and the special string
 * encodings.
 */
public final class Opcodes {
    public static final String MAGIC = "REDIS";

    /**
     * The version that redis-server 7.0 writes and reads; no newer one is needed for any type that
     * we hold.
     */
    public static final int VERSION = 10;

    public static final int AUX = 0xFA;
    public static final int RESIZEDB = 0xFB;
    public static final int EXPIRETIME_MS = 0xFC;
    public static final int SELECTDB = 0xFE;
    public static final int EOF = 0xFF;

    public static final int TYPE_STRING = 0;

    /** A count, and so many strings. */
    public static final int TYPE_SET = 2;

    /** A count, and so many fields with their values. */
    public static final int TYPE_HASH = 4;

    /** A listpack of fields and values as one string. */
    public static final int TYPE_HASH_LISTPACK = 16;

    /** An intset as one string. */
    public static final int TYPE_SET_INTSET = 11;

    /** A count of nodes, and for each its container and its contents as a string. */
    public static final int TYPE_LIST_QUICKLIST_2 = 18;

    /** The container of a node that is a listpack; a plain one, of one element, would be 1. */
    public static final int QUICKLIST_PACKED = 2;

    static final int LENGTH_14 = 0x40;
    static final int LENGTH_32 = 0x80;
    static final int LENGTH_64 = 0x81;
    static final int INT_8 = 0xC0;
    static final int INT_16 = 0xC1;
    static final int INT_32 = 0xC2;
    static final int LZF = 0xC3;

    /**
     * Strings up to this length are tried as integers: the decimal of every 32-bit integer fits.
     */
    static final int MAX_INTEGER_CHARS = 11;

    private Opcodes() {}
}
