package io.carnelian.server.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connected clients, in the order of their ids. Command thread only. */
public final class Clients {
    /** So few are all visited at each call. */
    private static final int MIN_VISITS = 5;

    private final Map<Long, Client> byId = new LinkedHashMap<>();

    /** The same ones in any order, for {@link #visit}. */
    private @Nullable Client[] places = new Client[64];

    private int next;
    private long nextId = 1;
    private long connectionsReceived;
    private long rejected;

    /** Connections ended for what their queries or replies took, or for the memory of all. */
    private long queryLimitDisconnections;

    private long outputLimitDisconnections;
    private long evicted;

    /** Ids begin at 1 and are never used again. */
    public long newId() {
        connectionsReceived++;
        return nextId++;
    }

    public void add(Client client) {
        if (byId.put(client.id(), client) == null) {
            int place = byId.size() - 1;
            if (place == places.length) {
                places = Arrays.copyOf(places, 2 * place);
            }
            places[place] = client;
            client.place = place;
        }
    }

    public void remove(Client client) {
        if (byId.remove(client.id()) != null) {
            int end = byId.size();
            Client last = places[end];
            if (last != null) {
                places[client.place] = last;
                last.place = client.place;
            }
            places[end] = null;
        }
    }

    /**
     * Visits as many of the clients as it takes to visit all of them in a second, going on where
     * the last call ended: what has to be looked at for each does not come in one piece. A visited
     * client may be closed.
     *
     * @param tickMs milliseconds between two calls
     */
    public void visit(long tickMs, Consumer<Client> visitor) {
        long part = (size() * tickMs + 999) / 1000;
        long visits = Math.min(size(), Math.max(part, MIN_VISITS));
        for (long i = 0; i < visits && size() > 0; i++) {
            if (next >= size()) {
                next = 0;
            }
            Client client = places[next++];
            if (client != null) {
                visitor.accept(client);
            }
        }
    }

    public @Nullable Client find(long id) {
        return byId.get(id);
    }

    public int size() {
        return byId.size();
    }

    public long connectionsReceived() {
        return connectionsReceived;
    }

    public long rejectedConnections() {
        return rejected;
    }

    public void countRejected() {
        rejected++;
    }

    public long queryLimitDisconnections() {
        return queryLimitDisconnections;
    }

    public void countQueryLimit() {
        queryLimitDisconnections++;
    }

    public long outputLimitDisconnections() {
        return outputLimitDisconnections;
    }

    public void countOutputLimit() {
        outputLimitDisconnections++;
    }

    public long evicted() {
        return evicted;
    }

    public void countEvicted() {
        evicted++;
    }

    public void resetStatistics() {
        queryLimitDisconnections = 0;
        outputLimitDisconnections = 0;
        evicted = 0;
        connectionsReceived = 0;
        rejected = 0;
    }

    /** A copy, so that clients may be closed while it is walked. */
    public List<Client> all() {
        return new ArrayList<>(byId.values());
    }
}
