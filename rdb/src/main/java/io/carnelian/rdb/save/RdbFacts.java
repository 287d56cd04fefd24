package io.carnelian.rdb.save;

import io.carnelian.rdb.format.RdbWriter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a file says about itself in its AUX fields, taken at the cut.
 *
 * @param createdAtMs milliseconds since 1970
 * @param usedMemoryBytes memory that the data set took
 * @param replid history that the data set belongs to, or null when nobody follows it
 * @param offset where in that history it stands
 * @param streamDb the database that the history is in there
 * @param aofBase whether it is the base of an append-only file
 */
public record RdbFacts(
        long createdAtMs,
        long usedMemoryBytes,
        @Nullable String replid,
        long offset,
        int streamDb,
        boolean aofBase) {
    /** The version that we act as; readers only log it. */
    private static final String REDIS_VERSION = "7.2.4";

    public static RdbFacts of(long createdAtMs, long usedMemoryBytes) {
        return new RdbFacts(createdAtMs, usedMemoryBytes, null, 0, 0, false);
    }

    /**
     * With the position in a history of writes.
     *
     * @param db the database that what follows there is meant for, until it selects one
     */
    public RdbFacts at(String id, long position, int db) {
        return new RdbFacts(createdAtMs, usedMemoryBytes, id, position, db, aofBase);
    }

    void write(RdbWriter writer) throws IOException {
        writer.aux("redis-ver", REDIS_VERSION);
        writer.aux("redis-bits", "64");
        writer.aux("ctime", Long.toString(createdAtMs / 1000));
        writer.aux("used-mem", Long.toString(usedMemoryBytes));
        if (replid != null) {
            writer.aux("repl-stream-db", Integer.toString(streamDb));
            writer.aux("repl-id", replid);
            writer.aux("repl-offset", Long.toString(offset));
        }
        writer.aux("aof-base", aofBase ? "1" : "0");
    }
}
