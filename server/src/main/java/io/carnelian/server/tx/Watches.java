package io.carnelian.server.tx;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Call;
import io.carnelian.server.info.Info;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Keyspace.Presence;
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
 * whether the time of a watched key is over. One that had expired already at WATCH is not changed
 * by the removal of its remains. Watching only looks: an expired key stays where it is.
 */
public final class Watches implements TouchListener {
    private record Name(byte[] bytes) implements Comparable<Name> {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && Arrays.equals(bytes, name.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        /** Names made to collide are still found in logarithmic time. */
        @Override
        public int compareTo(Name other) {
            return Arrays.compare(bytes, other.bytes);
        }
    }

    /** One client's watch over one key. */
    private static final class Watched {
        final Client client;
        final Database db;
        final Name name;

        /** The key is there, but its time was over when the watch began: as if it were not. */
        boolean expired;

        /** Its place among the key's watchers. */
        int place;

        Watched(Client client, Database db, Name name, boolean expired) {
            this.client = client;
            this.db = db;
            this.name = name;
            this.expired = expired;
        }
    }

    /** Memory of a watched key beside its name, in bytes. */
    private static final long WATCH_BYTES = 200;

    private final Keyspace keyspace;
    private final Registrations registrations;
    private final List<Map<Name, List<Watched>>> byDb = new ArrayList<>();
    private final IdentityHashMap<Client, List<Watched>> byClient = new IdentityHashMap<>();
    private final Key probe = new Key();

    public Watches(Keyspace keyspace, Registrations registrations) {
        this.keyspace = keyspace;
        this.registrations = registrations;
        keyspace.addTouchListener(this);
        for (int i = 0; i < keyspace.databases(); i++) {
            byDb.add(new HashMap<>());
        }
    }

    /** Throws the error for the client if there is no room for the keys of its command. */
    void requireRoom(Call call) {
        call.requireCopies(1);
        long bytes = 0;
        for (int i = 1; i < call.argc(); i++) {
            bytes += WATCH_BYTES + call.length(i);
        }
        registrations.require(bytes);
    }

    /** The client watches a key from now on. */
    public void watch(Client client, Key key) {
        Name name = nameOf(key);
        Database db = client.db();
        List<Watched> own = byClient.computeIfAbsent(client, c -> new ArrayList<>());
        List<Watched> watchers =
                byDb.get(db.index()).computeIfAbsent(name, n -> new ArrayList<>(1));
        if (isAmong(own, watchers, client, db, name)) {
            return;
        }
        boolean expired = keyspace.look(db, key) == Presence.EXPIRED;
        Watched watched = new Watched(client, db, name, expired);
        watched.place = watchers.size();
        watchers.add(watched);
        own.add(watched);
        registrations.add(client, WATCH_BYTES + name.bytes.length);
        keyspace.tellTouches(this, true);
    }

    /** Looks through the shorter list: what the client watches, or who watches the key. */
    private static boolean isAmong(
            List<Watched> own, List<Watched> watchers, Client client, Database db, Name name) {
        if (own.size() < watchers.size()) {
            for (Watched w : own) {
                if (w.db == db && w.name.equals(name)) {
                    return true;
                }
            }
            return false;
        }
        for (Watched w : watchers) {
            if (w.client == client) {
                return true;
            }
        }
        return false;
    }

    /** The client watches nothing any more, and nothing has changed for it. */
    public void unwatchAll(Client client) {
        client.watchedKeyChanged = false;
        List<Watched> own = byClient.remove(client);
        if (own == null) {
            return;
        }
        for (Watched w : own) {
            registrations.add(client, -(WATCH_BYTES + w.name.bytes.length));
            Map<Name, List<Watched>> names = byDb.get(w.db.index());
            List<Watched> watchers = names.get(w.name);
            if (watchers != null && remove(watchers, w)) {
                names.remove(w.name);
            }
        }
        keyspace.tellTouches(this, !byClient.isEmpty());
    }

    /** The last of the watchers takes the place of the one that leaves; true if none is left. */
    private static boolean remove(List<Watched> watchers, Watched leaving) {
        Watched last = watchers.removeLast();
        if (last != leaving) {
            watchers.set(leaving.place, last);
            last.place = leaving.place;
        }
        return watchers.isEmpty();
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
        Presence now = keyspace.look(db, key);
        for (Watched w : watchers) {
            if (!w.expired || now == Presence.LIVE) {
                w.client.watchedKeyChanged = true;
            } else if (now == Presence.ABSENT) {
                w.expired = false;
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
            Presence before = look(db, entry.getKey());
            Presence after = by == null ? Presence.ABSENT : look(by, entry.getKey());
            for (Watched w : entry.getValue()) {
                boolean unseenBefore = w.expired || before == Presence.ABSENT;
                if (unseenBefore && after != Presence.LIVE) {
                    w.expired = after == Presence.EXPIRED;
                } else {
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
            if (!w.expired && look(w.db, w.name) == Presence.EXPIRED) {
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

    private Presence look(Database db, Name name) {
        long copy = keyspace.slabs().allocate(Math.max(1, name.bytes.length));
        Memory.copyIn(name.bytes, 0, copy, name.bytes.length);
        Presence presence = keyspace.look(db, probe.set(copy, name.bytes.length));
        keyspace.slabs().free(copy);
        return presence;
    }

    private static Name nameOf(Key key) {
        byte[] bytes = new byte[key.length];
        Memory.copyOut(key.address, bytes, 0, bytes.length);
        return new Name(bytes);
    }
}
