package io.carnelian.server.command;

/**
 * ACL categories, as ACL CAT lists them. A command's row adds up those that do not follow from its
 * flags.
 */
public final class Categories {
    public static final int KEYSPACE = 1;
    public static final int READ = 1 << 1;
    public static final int WRITE = 1 << 2;
    public static final int SET = 1 << 3;
    public static final int SORTEDSET = 1 << 4;
    public static final int LIST = 1 << 5;
    public static final int HASH = 1 << 6;
    public static final int STRING = 1 << 7;
    public static final int BITMAP = 1 << 8;
    public static final int HYPERLOGLOG = 1 << 9;
    public static final int GEO = 1 << 10;
    public static final int STREAM = 1 << 11;
    public static final int PUBSUB = 1 << 12;
    public static final int ADMIN = 1 << 13;
    public static final int FAST = 1 << 14;
    public static final int SLOW = 1 << 15;
    public static final int BLOCKING = 1 << 16;
    public static final int DANGEROUS = 1 << 17;
    public static final int CONNECTION = 1 << 18;
    public static final int TRANSACTION = 1 << 19;
    public static final int SCRIPTING = 1 << 20;

    /** In the order of the bits. */
    private static final String[] NAMES = {
        "keyspace",
        "read",
        "write",
        "set",
        "sortedset",
        "list",
        "hash",
        "string",
        "bitmap",
        "hyperloglog",
        "geo",
        "stream",
        "pubsub",
        "admin",
        "fast",
        "slow",
        "blocking",
        "dangerous",
        "connection",
        "transaction",
        "scripting"
    };

    private Categories() {}

    /**
     * What follows from the flags: write, read, admin with dangerous, pubsub, fast or slow,
     * blocking.
     */
    static int implied(int flags) {
        int implied = (flags & Flags.FAST) != 0 ? FAST : SLOW;
        if ((flags & Flags.WRITE) != 0) {
            implied |= WRITE;
        }
        if ((flags & Flags.READONLY) != 0) {
            implied |= READ;
        }
        if ((flags & Flags.ADMIN) != 0) {
            implied |= ADMIN | DANGEROUS;
        }
        if ((flags & Flags.PUBSUB) != 0) {
            implied |= PUBSUB;
        }
        if ((flags & Flags.BLOCKING) != 0) {
            implied |= BLOCKING;
        }
        return implied;
    }

    public static String name(int bit) {
        return NAMES[bit];
    }

    public static int count() {
        return NAMES.length;
    }
}
