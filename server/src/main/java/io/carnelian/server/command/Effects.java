package io.carnelian.server.command;

import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a running command propagates besides or instead of its own words, encoded as it is said:
 * keys found expired (as DEL or UNLINK, before it), and its normalised form (SET with EX as SET
 * with PXAT). Several make a transaction in the stream, as in Redis 7.
 */
public final class Effects {
    private static final byte[] DEL = "DEL".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] UNLINK = "UNLINK".getBytes(StandardCharsets.ISO_8859_1);

    private final CommandBytes bytes;
    private int[] end = new int[16];
    private int[] db = new int[16];
    private int count;
    private int replacing;
    private boolean lazyExpire;
    private boolean lazyEviction;
    private boolean lazyUserDel;

    public Effects(ByteBufAllocator allocator) {
        this.bytes = new CommandBytes(allocator);
    }

    /** Whether removed expired keys are told as UNLINK ({@code lazyfree-lazy-expire}). */
    public void setLazyExpire(boolean unlink) {
        lazyExpire = unlink;
    }

    /**
     * Begins an effect that stands in the place of the running command; add exactly {@code argc}
     * arguments.
     */
    public CommandBytes begin(Database database, int argc) {
        replacing++;
        return next(database, argc);
    }

    /** A key was removed because its time was over. Does not replace the running command. */
    public void expired(Database database, Key key) {
        next(database, 2).arg(lazyExpire ? UNLINK : DEL).arg(key.address, key.length);
    }

    /** A key was removed because memory was short. Does not replace the running command. */
    public void evicted(Database database, Key key) {
        next(database, 2).arg(lazyEviction ? UNLINK : DEL).arg(key.address, key.length);
    }

    /** Stands in the place of the running command: it removed a key because its time is over. */
    public void removed(Database database, Key key) {
        replacing++;
        expired(database, key);
    }

    /** Stands in the place of the running command: all that it changed is that a key is gone. */
    public void deleted(Database database, Key key) {
        begin(database, 2).arg(lazyUserDel ? UNLINK : DEL).arg(key.address, key.length);
    }

    /** Whether keys that a command deleted are told as UNLINK ({@code lazyfree-lazy-user-del}). */
    public void setLazyUserDel(boolean unlink) {
        lazyUserDel = unlink;
    }

    /** Whether evicted keys are told as UNLINK ({@code lazyfree-lazy-eviction}). */
    public void setLazyEviction(boolean unlink) {
        lazyEviction = unlink;
    }

    private CommandBytes next(Database database, int argc) {
        return place(database.index()).begin(argc);
    }

    private CommandBytes place(int index) {
        seal();
        if (count == end.length) {
            end = Arrays.copyOf(end, count * 2);
            db = Arrays.copyOf(db, count * 2);
        }
        db[count++] = index;
        return bytes;
    }

    /** Takes over what another one has, for later: its commands as they are. */
    void takeFrom(Effects other) {
        for (int i = 0; i < other.count; i++) {
            place(other.db[i]).encoded(other.address(i), other.length(i));
        }
        other.clear();
    }

    /** Begins a command that some other one said in these words; replaces nothing. */
    CommandBytes copy(Database database, int argc) {
        return next(database, argc);
    }

    /** Bytes of all commands. */
    int bytes() {
        return bytes.length();
    }

    private void seal() {
        if (count > 0) {
            end[count - 1] = bytes.length();
        }
    }

    int count() {
        return count;
    }

    /** Whether the command's own words are replaced. */
    boolean replaces() {
        return replacing > 0;
    }

    int db(int i) {
        return db[i];
    }

    long address(int i) {
        return bytes.address() + (i == 0 ? 0 : end[i - 1]);
    }

    int length(int i) {
        int to = i == count - 1 ? bytes.length() : end[i];
        return to - (i == 0 ? 0 : end[i - 1]);
    }

    void clear() {
        if (count > 0) {
            bytes.clear();
            count = 0;
            replacing = 0;
        }
    }
}
