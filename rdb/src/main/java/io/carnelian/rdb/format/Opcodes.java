package io.carnelian.rdb.format;

import org.jspecify.annotations.Nullable;

/**
 * The bytes that stand where an entry's type could stand, the types, and the special string
 * encodings.
 */
public final class Opcodes {
    public static final String MAGIC = "REDIS";

    /** What Valkey 9 writes in front of its version 80; both are nine bytes with the version. */
    static final String VALKEY_MAGIC = "VALKEY";

    public static final int VALKEY_VERSION = 80;

    /**
     * The version that redis-server 7.0 writes and reads; no newer one is needed for any type that
     * we hold.
     */
    public static final int VERSION = 10;

    /** The least version that {@link RdbWriter} writes. */
    public static final int MIN_WRITTEN_VERSION = 9;

    /** The greatest version that {@link RdbWriter} writes. */
    public static final int MAX_WRITTEN_VERSION = 11;

    /** The newest version of Redis that is read. */
    public static final int MAX_VERSION = 12;

    /** Files below this version have no checksum. */
    static final int CHECKSUM_VERSION = 5;

    /** Slot, its keys, its keys with an expiry: what Redis 7.4 says in a cluster. */
    public static final int SLOT_INFO = 0xF4;

    /** The source of a library of functions. */
    public static final int FUNCTION2 = 0xF5;

    public static final int FUNCTION_PRE_GA = 0xF6;
    public static final int MODULE_AUX = 0xF7;

    /** Seconds since the last access of the entry that follows, as a length. */
    public static final int IDLE = 0xF8;

    /** The LFU counter of the entry that follows, one byte. */
    public static final int FREQ = 0xF9;

    public static final int AUX = 0xFA;
    public static final int RESIZEDB = 0xFB;
    public static final int EXPIRETIME_MS = 0xFC;

    /** Four bytes, seconds: before Redis 2.6. */
    public static final int EXPIRETIME = 0xFD;

    public static final int SELECTDB = 0xFE;
    public static final int EOF = 0xFF;

    public static final int TYPE_STRING = 0;

    /** A count, and so many strings. */
    public static final int TYPE_LIST = 1;

    /** A count, and so many strings. */
    public static final int TYPE_SET = 2;

    /** A count, and so many members with their scores as text. */
    public static final int TYPE_ZSET = 3;

    /** A count, and so many fields with their values. */
    public static final int TYPE_HASH = 4;

    /** A count, and so many members with their scores as eight bytes. */
    public static final int TYPE_ZSET_2 = 5;

    public static final int TYPE_MODULE_PRE_GA = 6;
    public static final int TYPE_MODULE_2 = 7;

    /** A zipmap as one string: before Redis 2.6. */
    public static final int TYPE_HASH_ZIPMAP = 9;

    /** A ziplist as one string: before Redis 3.2. */
    public static final int TYPE_LIST_ZIPLIST = 10;

    /** An intset as one string. */
    public static final int TYPE_SET_INTSET = 11;

    /** A ziplist of members and scores as one string: before Redis 7. */
    public static final int TYPE_ZSET_ZIPLIST = 12;

    /** A ziplist of fields and values as one string: before Redis 7. */
    public static final int TYPE_HASH_ZIPLIST = 13;

    /** A count of nodes, and each a ziplist as a string: before Redis 7. */
    public static final int TYPE_LIST_QUICKLIST = 14;

    public static final int TYPE_STREAM = 15;

    /** A listpack of fields and values as one string. */
    public static final int TYPE_HASH_LISTPACK = 16;

    /** A listpack of members and scores as one string. */
    public static final int TYPE_ZSET_LISTPACK = 17;

    /** A count of nodes, and for each its container and its contents as a string. */
    public static final int TYPE_LIST_QUICKLIST_2 = 18;

    public static final int TYPE_STREAM_2 = 19;

    /** A listpack of members as one string: Redis 7.2. */
    public static final int TYPE_SET_LISTPACK = 20;

    public static final int TYPE_STREAM_3 = 21;

    /** Hashes whose fields may have expiries: 22 and 23 of Redis 7.4's candidates. */
    public static final int TYPE_HASH_EXPIRIES_PRE_GA = 22;

    public static final int TYPE_HASH_LISTPACK_EXPIRIES_PRE_GA = 23;

    /** The least expiry, a count, and for each field its expiry relative to that, field, value. */
    public static final int TYPE_HASH_EXPIRIES = 24;

    /** The least expiry, and a listpack of field, value, expiry as one string. */
    public static final int TYPE_HASH_LISTPACK_EXPIRIES = 25;

    /** The container of a node that is one element. */
    public static final int QUICKLIST_PLAIN = 1;

    /** The container of a node that is a listpack. */
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

    /** Strings longer than this are tried with LZF. */
    static final int MAX_PLAIN_CHARS = 20;

    private Opcodes() {}

    /** How Redis calls the type of an entry, for messages and counts; null if there is none. */
    public static @Nullable String typeName(int type) {
        return switch (type) {
            case TYPE_STRING -> "string";
            case TYPE_LIST -> "list-linked";
            case TYPE_SET -> "set-hashtable";
            case TYPE_ZSET -> "zset-v1";
            case TYPE_HASH -> "hash-hashtable";
            case TYPE_ZSET_2 -> "zset-v2";
            case TYPE_MODULE_PRE_GA -> "module-pre-release";
            case TYPE_MODULE_2 -> "module-value";
            case TYPE_HASH_ZIPMAP -> "hash-zipmap";
            case TYPE_LIST_ZIPLIST -> "list-ziplist";
            case TYPE_SET_INTSET -> "set-intset";
            case TYPE_ZSET_ZIPLIST -> "zset-ziplist";
            case TYPE_HASH_ZIPLIST -> "hash-ziplist";
            case TYPE_LIST_QUICKLIST -> "quicklist";
            case TYPE_STREAM -> "stream";
            case TYPE_HASH_LISTPACK -> "hash-listpack";
            case TYPE_ZSET_LISTPACK -> "zset-listpack";
            case TYPE_LIST_QUICKLIST_2 -> "quicklist-v2";
            case TYPE_STREAM_2 -> "stream-v2";
            case TYPE_SET_LISTPACK -> "set-listpack";
            case TYPE_STREAM_3 -> "stream-v3";
            case TYPE_HASH_EXPIRIES_PRE_GA, TYPE_HASH_EXPIRIES -> "hash-hashtable-md";
            case TYPE_HASH_LISTPACK_EXPIRIES_PRE_GA, TYPE_HASH_LISTPACK_EXPIRIES ->
                    "hash-listpack-md";
            default -> null;
        };
    }
}
