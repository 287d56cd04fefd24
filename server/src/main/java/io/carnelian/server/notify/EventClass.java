package io.carnelian.server.notify;

/**
 * The classes of events as bits, a letter each in {@code notify-keyspace-events}, and the two kinds
 * of channels.
 */
public final class EventClass {
    public static final int GENERIC = 1;
    public static final int STRING = 1 << 1;
    public static final int LIST = 1 << 2;
    public static final int SET = 1 << 3;
    public static final int HASH = 1 << 4;
    public static final int ZSET = 1 << 5;
    public static final int EXPIRED = 1 << 6;
    public static final int EVICTED = 1 << 7;
    public static final int STREAM = 1 << 8;
    public static final int MODULE = 1 << 9;

    /** Events go to {@code __keyspace@0__:key} channels. */
    public static final int KEYSPACE = 1 << 10;

    /** Events go to {@code __keyevent@0__:event} channels. */
    public static final int KEYEVENT = 1 << 11;

    public static final int KEY_MISS = 1 << 12;
    public static final int NEW = 1 << 13;

    /** What the letter A stands for. */
    public static final int ALL = (1 << 10) - 1;

    private EventClass() {}
}
