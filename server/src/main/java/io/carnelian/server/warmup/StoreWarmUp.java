package io.carnelian.server.warmup;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;

/**
 * Runs the store's rare paths (split, cut, copy on write, limbo, walk, release) on a scratch
 * keyspace until the JIT has compiled them or the time is over.
 *
 * <p>Without it the first snapshot of a server's life runs in the interpreter while clients wait:
 * measured in a prototype, p99.9 37 µs and stalls of 12 ms in the first snapshot; after half a
 * second of this, 7 µs and 1.8 ms. Meant for a background thread; it has slabs of its own and
 * leaves nothing behind.
 */
public final class StoreWarmUp {
    /** Reads a snapshot to its end, in the way that the server's snapshots will be read. */
    @FunctionalInterface
    public interface Reader {
        void read(Snapshot snapshot);
    }

    private static final int KEYS = 20_000;
    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 32;
    private static final int ROUNDS = 30;
    private static final int CLOCK_STEP_MASK = 0xff;
    private static final int RELEASES = 64;

    private final Slabs slabs;
    private final Keyspace keyspace;
    private final Database database;
    private final Key key = new Key();
    private final long keyBytes;
    private final long valueBytes;
    private final long endNanos;
    private final Reader reader;
    private long seen;

    private StoreWarmUp(Pages pages, long maxMs, Reader reader) {
        this.reader = reader;
        endNanos = System.nanoTime() + maxMs * 1_000_000;
        slabs = new Slabs(pages);
        keyspace = new Keyspace(slabs, 1);
        database = keyspace.db(0);
        keyBytes = slabs.allocate(KEY_BYTES);
        valueBytes = slabs.allocate(VALUE_BYTES);
        Memory.fill(keyBytes, KEY_BYTES, (byte) 'k');
        Memory.fill(valueBytes, VALUE_BYTES, (byte) 'v');
    }

    /** Works for at most about {@code maxMs} milliseconds; returns how many rounds were done. */
    public static int run(Pages pages, long maxMs, Reader reader) {
        StoreWarmUp work = new StoreWarmUp(pages, maxMs, reader);
        int rounds = 0;
        try {
            while (rounds < ROUNDS && work.round()) {
                rounds++;
            }
        } finally {
            work.close();
        }
        return rounds;
    }

    /** Fills the keyspace, changes it while a snapshot lives, empties it; false if time is over. */
    private boolean round() {
        if (!change(0, KEYS, 1, 0)) {
            return false;
        }
        Snapshot snapshot = keyspace.cut();
        boolean inTime = change(0, KEYS + KEYS / 2, 3, 0) && change(1, KEYS, 7, 1);
        if (inTime) {
            reader.read(snapshot);
        }
        keyspace.end(snapshot);
        inTime = inTime && change(0, KEYS, 3, 2);
        keyspace.flushAll();
        releaseAll();
        return inTime;
    }

    /** Sets (0), deletes (1) or reads (2) every {@code step}-th key; false if time is over. */
    private boolean change(int from, int to, int step, int what) {
        for (int i = from; i < to; i += step) {
            Memory.putLong(keyBytes, i);
            key.set(keyBytes, KEY_BYTES);
            seen ^= database.touchSlots(key.hash) ^ database.touchRecord(key.hash);
            switch (what) {
                case 0 -> database.setString(key, valueBytes, VALUE_BYTES - (i & 7), 0);
                case 1 -> database.delete(key);
                default -> seen += database.lookupRead(key);
            }
            keyspace.releaseSome(1);
            if ((i & CLOCK_STEP_MASK) == 0 && System.nanoTime() - endNanos > 0) {
                return false;
            }
        }
        return true;
    }

    private void releaseAll() {
        while (keyspace.epochs().hasReleases()) {
            keyspace.releaseSome(RELEASES);
        }
    }

    private void close() {
        keyspace.epochs().keep(seen);
        keyspace.drop();
        releaseAll();
        keyspace.epochs().close();
        slabs.free(keyBytes);
        slabs.free(valueBytes);
        slabs.close();
    }
}
