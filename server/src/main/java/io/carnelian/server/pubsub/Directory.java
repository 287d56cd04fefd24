package io.carnelian.server.pubsub;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Registrations;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who has subscribed to what, for one kind of name (channels, patterns or shard channels): by name
 * and by client, each in the order of subscription.
 */
final class Directory {
    /** Memory of a subscription beside the name, when nobody else has it, in bytes. */
    private static final long SUBSCRIPTION_BYTES = 250;

    private final Map<Channel, Set<Client>> byName = new LinkedHashMap<>();
    private final IdentityHashMap<Client, Set<Channel>> byClient = new IdentityHashMap<>();
    private final Registrations registrations;

    Directory(Registrations registrations) {
        this.registrations = registrations;
    }

    /** False if the client had this subscription already. */
    boolean add(Client client, Channel channel) {
        if (!byClient.computeIfAbsent(client, c -> new LinkedHashSet<>()).add(channel)) {
            return false;
        }
        registrations.add(client, bytesOf(channel.name().length));
        return byName.computeIfAbsent(channel, c -> new LinkedHashSet<>(1)).add(client);
    }

    /** False if the client had no such subscription. */
    boolean remove(Client client, Channel channel) {
        Set<Channel> own = byClient.get(client);
        if (own == null || !own.remove(channel)) {
            return false;
        }
        registrations.add(client, -bytesOf(channel.name().length));
        if (own.isEmpty()) {
            byClient.remove(client);
        }
        Set<Client> subscribers = byName.get(channel);
        if (subscribers != null) {
            subscribers.remove(client);
            if (subscribers.isEmpty()) {
                byName.remove(channel);
            }
        }
        return true;
    }

    /** A copy of the client's subscriptions. */
    Collection<Channel> of(Client client) {
        Set<Channel> own = byClient.get(client);
        return own == null ? Collections.emptyList() : new LinkedHashSet<>(own);
    }

    int count(Client client) {
        Set<Channel> own = byClient.get(client);
        return own == null ? 0 : own.size();
    }

    @Nullable Set<Client> subscribers(Channel channel) {
        return byName.get(channel);
    }

    int subscriberCount(Channel channel) {
        Set<Client> subscribers = byName.get(channel);
        return subscribers == null ? 0 : subscribers.size();
    }

    Map<Channel, Set<Client>> all() {
        return byName;
    }

    int names() {
        return byName.size();
    }

    /** Memory of a subscription, roughly, in bytes. */
    static long bytesOf(int nameLength) {
        return SUBSCRIPTION_BYTES + nameLength;
    }
}
