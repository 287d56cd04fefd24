package io.carnelian.server.reclaim;

import io.carnelian.server.command.Executor;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.TouchListener;
import io.carnelian.server.table.Record;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Keys that clients have written on a replica, and that expire. No primary will ever delete them,
 * so the replica does: it remembers their names, looks at some in each tick, and forgets those that
 * have no expiry after all.
 *
 * <p>What is beyond {@link #MAX_KEYS} names, or a very long name, stays hidden until this server is
 * a primary.
 */
public final class OwnExpiries implements TouchListener {
    private static final int MAX_KEYS = 100_000;
    private static final int MAX_NAME_BYTES = 1024;
    private static final int KEYS_A_TICK = 1000;

    private record Name(int db, String text) {}

    private final Keyspace keyspace;
    private final Executor executor;
    private final Set<Name> names = new LinkedHashSet<>();
    private final Key key = new Key();

    public OwnExpiries(Keyspace keyspace, Executor executor) {
        this.keyspace = keyspace;
        this.executor = executor;
        keyspace.addTouchListener(this);
    }

    /**
     * Whether this server is a replica, and whether its clients may write. What commands change by
     * themselves on one that only reads, as PFCOUNT does, is no write of a client.
     */
    public void follow(boolean replica, boolean writable) {
        keyspace.tellTouches(this, replica && writable);
        if (!replica) {
            names.clear();
        }
    }

    /** Keys that are remembered. */
    public int size() {
        return names.size();
    }

    @Override
    public void touched(Database database, Key changed) {
        boolean byPrimary = keyspace.expiredKeys() != Keyspace.EXPIRED_HIDE;
        if (byPrimary || changed.length > MAX_NAME_BYTES || names.size() >= MAX_KEYS) {
            return;
        }
        byte[] bytes = new byte[changed.length];
        Memory.copyOut(changed.address, bytes, 0, bytes.length);
        names.add(new Name(database.index(), new String(bytes, StandardCharsets.ISO_8859_1)));
    }

    @Override
    public void aboutToFlush(Database database) {}

    @Override
    public void aboutToSwap(Database a, Database b) {}

    /** Once a tick. */
    public void tick() {
        boolean hides = keyspace.expiredKeys() == Keyspace.EXPIRED_HIDE;
        if (names.isEmpty() || !hides || keyspace.isFrozen()) {
            return;
        }
        Slabs slabs = keyspace.slabs();
        long place = slabs.allocate(MAX_NAME_BYTES);
        try {
            for (int n = Math.min(names.size(), KEYS_A_TICK); n > 0; n--) {
                Iterator<Name> first = names.iterator();
                Name name = first.next();
                first.remove();
                if (isKept(name, place)) {
                    names.add(name);
                }
            }
        } finally {
            keyspace.expiredKeys(Keyspace.EXPIRED_HIDE);
            slabs.free(place);
        }
        executor.propagateEffects();
    }

    /** Deletes the key if its time is over; whether it has to be looked at again. */
    private boolean isKept(Name name, long place) {
        byte[] bytes = name.text.getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyIn(bytes, 0, place, bytes.length);
        key.set(place, bytes.length);
        Database db = keyspace.db(name.db);
        keyspace.expiredKeys(Keyspace.EXPIRED_IGNORE);
        long record = db.peek(key);
        if (record == 0 || !Record.hasExpiry(record)) {
            return false;
        }
        keyspace.expiredKeys(Keyspace.EXPIRED_DELETE);
        return db.peek(key) != 0;
    }
}
