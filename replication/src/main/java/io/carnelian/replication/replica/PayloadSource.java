package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.server.store.Keyspace;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How payloads are loaded.
 *
 * @param unpublished makes an empty keyspace over the same pages
 * @param deep whether values are looked through: {@code sanitize-dump-payload}
 * @param keyDelayMicros a pause after every key: {@code key-load-delay}
 */
public record PayloadSource(
        Supplier<Keyspace> unpublished,
        ValueLimits limits,
        BooleanSupplier deep,
        LongSupplier keyDelayMicros) {
    /** The database that the stream behind a payload or file is in, as that says. */
    public static int streamDb(LoadResult result, int databases) {
        String db = result.facts().getOrDefault("repl-stream-db", "0");
        int number = db.matches("[0-9]{1,6}") ? Integer.parseInt(db) : 0;
        return number < databases ? number : 0;
    }
}
