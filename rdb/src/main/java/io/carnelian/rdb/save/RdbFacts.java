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
 * @param origin where in which history the process went on when it started; empty: nowhere
 */
public record RdbFacts(
        long createdAtMs,
        long usedMemoryBytes,
        @Nullable String replid,
        long offset,
        int streamDb,
        boolean aofBase,
        String origin) {
    private static final String ORIGIN = "carnelian-restarted-from";

    /** The version that we act as; readers only log it. */
    private static final String REDIS_VERSION = "7.2.4";

    public static RdbFacts of(long createdAtMs, long usedMemoryBytes) {
        return new RdbFacts(createdAtMs, usedMemoryBytes, null, 0, 0, false, "");
    }

    /**
     * With the position in a history of writes.
     *
     * @param db the database that what follows there is meant for, until it selects one
     */
    public RdbFacts at(String id, long position, int db) {
        return new RdbFacts(createdAtMs, usedMemoryBytes, id, position, db, aofBase, origin);
    }

    /** With the place that a primary went on from, as {@code replid:offset}. */
    public RdbFacts from(String place) {
        return new RdbFacts(createdAtMs, usedMemoryBytes, replid, offset, streamDb, aofBase, place);
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
        if (!origin.isEmpty()) {
            writer.aux(ORIGIN, origin);
        }
    }
}
