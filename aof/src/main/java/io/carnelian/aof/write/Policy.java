package io.carnelian.aof.write;

/** When what is written is synced: {@code appendfsync}. */
public enum Policy {
    /** At least once a second, beside the writing. */
    EVERYSEC,
    /** Before anybody is told of the write. */
    ALWAYS,
    /** When the system likes to. */
    NO
}
