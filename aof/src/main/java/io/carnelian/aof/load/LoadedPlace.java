package io.carnelian.aof.load;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Where the stream stood at the end of the files.
 *
 * @param replid name of the history, empty if the files do not say
 * @param offset behind the last byte that was loaded
 * @param db the database that the stream is in
 * @param tail the last bytes before the offset, as they were in the stream; whoever gets them
 *     releases them
 */
public record LoadedPlace(String replid, long offset, int db, List<ByteBuf> tail) {
    public boolean isKnown() {
        return !replid.isEmpty();
    }

    /** Gives the tail back. */
    public void release() {
        tail.forEach(ByteBuf::release);
    }
}
