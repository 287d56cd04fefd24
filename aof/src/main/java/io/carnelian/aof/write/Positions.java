package io.carnelian.aof.write;

/** Where the data set stands, as replication knows it. */
public interface Positions {
    /** Name of the history; empty while the position means nothing to others. */
    String replid();

    /** The database that the stream is in. */
    int streamDb();
}
