package io.carnelian.rdb.format;

/** Hears what an {@link RdbReader} finds, in the order of the file. */
public interface RdbEvents {
    /** Expiry of an entry that has none. */
    long NEVER = -1;

    void aux(byte[] name, byte[] value);

    void selectDb(int db);

    /** What the file says about the size of the database that follows; a hint. */
    void resizeDb(long keys, long expires);

    /** An entry of type string; {@code expireAtMs} in milliseconds since 1970 or {@link #NEVER}. */
    void string(byte[] key, byte[] value, long expireAtMs);
}
