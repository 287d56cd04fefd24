package io.carnelian.server.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connected clients, in the order of their ids. Command thread only. */
public final class Clients {
    private final Map<Long, Client> byId = new LinkedHashMap<>();
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
        byId.put(client.id(), client);
    }

    public void remove(Client client) {
        byId.remove(client.id());
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
