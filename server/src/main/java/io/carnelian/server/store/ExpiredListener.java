package io.carnelian.server.store;

/** Hears of keys that were deleted because their time was over, or because memory was short. */
@FunctionalInterface
public interface ExpiredListener {
    /**
     * Called after the key left the database and before its memory is freed. It must not change the
     * keyspace.
     *
     * @param key its bytes are readable during the call only
     */
    void onExpired(Database database, Key key);
}
