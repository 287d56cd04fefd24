package io.carnelian.replication.primary;

import io.carnelian.replication.ReplicationConfig;
import io.carnelian.server.client.Client;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connections that follow us, in the order of their coming, and those that only shook hands so
 * far. Command thread only.
 */
final class Replicas {
    private final IdentityHashMap<Client, Replica> byClient = new IdentityHashMap<>();
    private final List<Replica> following = new ArrayList<>();

    /** What is known of a client as a replica; made when it first says something of the kind. */
    Replica of(Client client, Function<Client, Replica> make) {
        return byClient.computeIfAbsent(client, make);
    }

    @Nullable Replica find(Client client) {
        return byClient.get(client);
    }

    /** It has asked for the stream. */
    void follow(Replica replica) {
        following.add(replica);
    }

    /** The client's connection has ended. Returns what it was, or null. */
    @Nullable Replica remove(Client client) {
        Replica replica = byClient.remove(client);
        if (replica != null) {
            following.remove(replica);
        }
        return replica;
    }

    /** Those that asked for the stream, in any state; not to be changed while it is walked. */
    List<Replica> following() {
        return following;
    }

    /** A copy, so that some may be closed while it is walked. */
    List<Replica> copy() {
        return new ArrayList<>(following);
    }

    int size() {
        return following.size();
    }

    /** How many are online and have acknowledged the stream up to this offset. */
    int acknowledged(long offset) {
        int count = 0;
        for (int i = 0; i < following.size(); i++) {
            Replica replica = following.get(i);
            if (replica.isOnline() && replica.ackedOffset >= offset) {
                count++;
            }
        }
        return count;
    }

    /** How many are online and have the stream up to this offset on their disks. */
    int stored(long offset) {
        int count = 0;
        for (int i = 0; i < following.size(); i++) {
            Replica replica = following.get(i);
            if (replica.isOnline() && replica.storedOffset >= offset) {
                count++;
            }
        }
        return count;
    }

    /** How many are online and have acknowledged something within so many seconds. */
    int heardOf(long nowMs, long maxLagSeconds) {
        int count = 0;
        for (int i = 0; i < following.size(); i++) {
            Replica replica = following.get(i);
            if (replica.isOnline() && (nowMs - replica.ackedAtMs) / 1000 <= maxLagSeconds) {
                count++;
            }
        }
        return count;
    }

    void pump() {
        for (int i = 0; i < following.size(); i++) {
            following.get(i).pump();
        }
    }

    /** Whether somebody is too far behind. */
    boolean anyBeyond(ReplicationConfig config, long nowMs) {
        for (int i = 0; i < following.size(); i++) {
            Replica replica = following.get(i);
            if (replica.isFollowing()
                    && !replica.isSpilling()
                    && replica.limits.exceeded(config, replica.inMemoryBytes(), nowMs)) {
                return true;
            }
        }
        return false;
    }
}
