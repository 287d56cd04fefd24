package io.carnelian.server.tx;

import io.carnelian.server.client.Client;
import io.carnelian.server.info.Info;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.TouchListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which clients watch which keys. A change to a watched key marks its watchers, whose EXEC then
 * answers null. The keyspace tells of changes only while somebody watches.
 *
 * <p>Expiry is a change too, though nothing may happen when a key's time is over: EXEC looks
 * whether keys that were there at WATCH are still to be seen. A key that was not there then (or
 * expired already) is not changed by the removal of its remains.
 */
public final class Watches implements TouchListener {
    private record Name(byte[] bytes) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && Arrays.equals(bytes, name.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    private record Watched(Client client, Database db, Name name, boolean existed) {}

    /** Memory of a watched key beside its name, roughly. */
    private static final long WATCH_BYTES = 160;

    private final Keyspace keyspace;
    private final List<Map<Name, List<Watched>>> byDb = new ArrayList<>();
    private final IdentityHashMap<Client, List<Watched>> byClient = new IdentityHashMap<>();
    private final Key probe = new Key();

    public Watches(Keyspace keyspace) {
        this.keyspace = keyspace;
        keyspace.addTouchListener(this);
        for (int i = 0; i < keyspace.databases(); i++) {
            byDb.add(new HashMap<>());
        }
    }

    /** The client watches a key from now on. */
    public void watch(Client client, Key key) {
        Name name = nameOf(key);
        Database db = client.db();
        List<Watched> own = byClient.computeIfAbsent(client, c -> new ArrayList<>());
        for (Watched w : own) {
            if (w.db.index() == db.index() && w.name.equals(name)) {
                return;
            }
        }
        Watched watched = new Watched(client, db, name, db.peek(key) != 0);
        own.add(watched);
        client.registeredBytes += WATCH_BYTES + name.bytes.length;
        byDb.get(db.index()).computeIfAbsent(name, n -> new ArrayList<>()).add(watched);
        keyspace.tellTouches(this, true);
    }

    /** The client watches nothing any more, and nothing has changed for it. */
    public void unwatchAll(Client client) {
        client.watchedKeyChanged = false;
        List<Watched> own = byClient.remove(client);
        if (own == null) {
            return;
        }
        for (Watched w : own) {
            client.registeredBytes -= WATCH_BYTES + w.name.bytes.length;
            Map<Name, List<Watched>> names = byDb.get(w.db.index());
            List<Watched> watchers = names.get(w.name);
            if (watchers != null && watchers.remove(w) && watchers.isEmpty()) {
                names.remove(w.name);
            }
        }
        keyspace.tellTouches(this, !byClient.isEmpty());
    }

    @Override
    public void touched(Database db, Key key) {
        Map<Name, List<Watched>> names = byDb.get(db.index());
        if (names.isEmpty()) {
            return;
        }
        List<Watched> watchers = names.get(nameOf(key));
        if (watchers == null) {
            return;
        }
        for (Watched w : watchers) {
            if (w.existed || db.peek(key) != 0) {
                w.client.watchedKeyChanged = true;
            }
        }
    }

    @Override
    public void aboutToFlush(Database database) {
        aboutToReplace(database, null);
    }

    @Override
    public void aboutToSwap(Database a, Database b) {
        aboutToReplace(a, b);
        aboutToReplace(b, a);
    }

    private void aboutToReplace(Database db, @Nullable Database by) {
        for (Map.Entry<Name, List<Watched>> entry : byDb.get(db.index()).entrySet()) {
            if (isIn(db, entry.getKey()) || (by != null && isIn(by, entry.getKey()))) {
                for (Watched w : entry.getValue()) {
                    w.client.watchedKeyChanged = true;
                }
            }
        }
    }

    /** Whether a key that the client watches has expired since. */
    boolean anyExpired(Client client) {
        List<Watched> own = byClient.get(client);
        if (own == null) {
            return false;
        }
        for (Watched w : own) {
            if (w.existed && !isIn(w.db, w.name)) {
                return true;
            }
        }
        return false;
    }

    /** Writes the counts to INFO. */
    public void addTo(Info info) {
        info.write(
                "Clients",
                to -> {
                    long keys = 0;
                    for (Map<Name, List<Watched>> names : byDb) {
                        keys += names.size();
                    }
                    to.put("watching_clients", clients()).put("total_watched_keys", keys);
                });
    }

    /** Number of keys that the client watches. */
    public int count(Client client) {
        List<Watched> own = byClient.get(client);
        return own == null ? 0 : own.size();
    }

    public int clients() {
        return byClient.size();
    }

    /** Whether a key can be seen in a database; asked outside of the commands' own look-ups. */
    private boolean isIn(Database db, Name name) {
        long copy = keyspace.slabs().allocate(Math.max(1, name.bytes.length));
        Memory.copyIn(name.bytes, 0, copy, name.bytes.length);
        boolean there = db.peek(probe.set(copy, name.bytes.length)) != 0;
        keyspace.slabs().free(copy);
        return there;
    }

    private static Name nameOf(Key key) {
        byte[] bytes = new byte[key.length];
        Memory.copyOut(key.address, bytes, 0, bytes.length);
        return new Name(bytes);
    }
}
