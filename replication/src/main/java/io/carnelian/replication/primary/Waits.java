package io.carnelian.replication.primary;

import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Clients in WAIT: each wants a number of replicas to have acknowledged the stream up to an offset,
 * and is told how many have when there are as many, or when its time is over. Command thread only.
 */
final class Waits implements BlockedClients.Wait {
    private record Wanted(long offset, long replicas) {}

    private final BlockedClients blocked;
    private final Replicas replicas;
    private final Map<Client, Wanted> waits = new LinkedHashMap<>();

    Waits(BlockedClients blocked, Replicas replicas) {
        this.blocked = blocked;
        this.replicas = replicas;
    }

    /** Makes a client wait; {@code timeoutMs} 0: for ever. */
    void add(Client client, long offset, long wanted, long timeoutMs) {
        waits.put(client, new Wanted(offset, wanted));
        blocked.block(client, timeoutMs, this);
    }

    boolean isEmpty() {
        return waits.isEmpty();
    }

    /** Somebody acknowledged something. */
    void acknowledged() {
        if (waits.isEmpty()) {
            return;
        }
        List<Client> enough = new ArrayList<>();
        waits.forEach((client, wanted) -> {
            if (replicas.acknowledged(wanted.offset) >= wanted.replicas) {
                enough.add(client);
            }
        });
        for (Client client : enough) {
            timedOut(client, blocked.replyTo(client));
            blocked.served(client);
        }
    }

    /** Early or late, the answer is how many have it. */
    @Override
    public void timedOut(Client client, Reply reply) {
        Wanted wanted = waits.get(client);
        if (wanted != null) {
            reply.integer(replicas.acknowledged(wanted.offset));
        }
    }

    @Override
    public void left(Client client) {
        waits.remove(client);
    }
}
