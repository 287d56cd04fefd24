package io.carnelian.rdb.load;

import io.carnelian.server.memory.Memory;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that a loading left out because their time was over. Who follows this server has them
 * still, and has to be told. Only so much is noted: who lacks more will need everything.
 */
public final class ExpiredKeys {
    /** Most bytes that are noted. */
    static final long MAX_BYTES = 16 << 20;

    /** What a deletion has in the stream beside the name: {@code *2 $3 DEL $n}, line ends. */
    private static final int COMMAND_BYTES = 24;

    /** One of them. */
    public record ExpiredKey(int db, byte[] name) {}

    private final List<ExpiredKey> keys = new ArrayList<>();
    private long bytes;

    void add(int db, long address, int length) {
        bytes += length + COMMAND_BYTES;
        if (isWhole()) {
            byte[] name = new byte[length];
            Memory.copyOut(address, name, 0, length);
            keys.add(new ExpiredKey(db, name));
        } else {
            keys.clear();
        }
    }

    /** Whether every one was noted. */
    public boolean isWhole() {
        return bytes <= MAX_BYTES;
    }

    /** Bytes that their deletions take in a stream, roughly. */
    public long bytes() {
        return bytes;
    }

    /** All of them, in the order of the file; none if they are too many. */
    public List<ExpiredKey> keys() {
        return keys;
    }
}
