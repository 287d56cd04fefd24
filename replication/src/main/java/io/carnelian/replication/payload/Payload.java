package io.carnelian.replication.payload;

import io.carnelian.rdb.format.ChunkSink;
import java.io.IOException;

/** An RDB file for a replica, wherever its bytes come from. */
public interface Payload {
    /** Puts all of it into a sink, in chunks; on the thread that sends it. */
    void put(ChunkSink sink, byte[] chunk) throws IOException;

    /** Its length in bytes; an estimate while it is not known. Any thread. */
    long bytes();

    /** Ends {@link #put} soon; from any thread. */
    void stop();

    /** Nobody needs it any more. Any thread, once. */
    void release();
}
