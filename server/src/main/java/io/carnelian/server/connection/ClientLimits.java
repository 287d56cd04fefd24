package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.config.Amount;
import io.carnelian.server.settings.OutputLimits;
import io.carnelian.server.store.Keyspace;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client may cost. Three rules, none of which can close a connection under a running
 * command: the client is marked as closing, and its connection ended in a turn of its own.
 *
 * <ul>
 *   <li>{@code client-output-buffer-limit}: looked at whenever a chunk of replies is full, and when
 *       replies are given to the socket. What is written beyond the limit is dropped, so memory
 *       stays bounded inside one command too. Replicas have their own rule in replication.
 *   <li>{@code maxmemory-clients}: at the end of a turn, and ten times a second, the largest
 *       clients go until the rest fits.
 *   <li>{@code timeout}: who has been idle for so long goes; not who waits or listens.
 * </ul>
 *
 * Command thread only.
 */
public final class ClientLimits {
    private static final Logger LOG = LoggerFactory.getLogger(ClientLimits.class);
    private static final long SUM_EVERY_MS = 10;

    private final Clients clients;
    private final Keyspace keyspace;
    private final Mailbox mailbox;
    private final OutputLimits outputLimits;
    private final LongSupplier memoryLimit;
    private final Amount timeoutSeconds;
    private final Amount queryLimit;
    private long lastSumMs;

    /**
     * @param memoryLimit bytes that all clients together may take, 0: no limit
     * @param timeoutSeconds {@code timeout}
     * @param queryLimit {@code client-query-buffer-limit}
     */
    public ClientLimits(
            Clients clients,
            Keyspace keyspace,
            Mailbox mailbox,
            OutputLimits outputLimits,
            LongSupplier memoryLimit,
            Amount timeoutSeconds,
            Amount queryLimit) {
        this.clients = clients;
        this.keyspace = keyspace;
        this.mailbox = mailbox;
        this.outputLimits = outputLimits;
        this.memoryLimit = memoryLimit;
        this.timeoutSeconds = timeoutSeconds;
        this.queryLimit = queryLimit;
    }

    /** Watches what is written for a new client. */
    public void watch(Client client) {
        client.output().watch(() -> checkOutput(client));
    }

    /** Looks at the output of one client now. */
    void checkOutput(Client client) {
        if (client.output().isStarved() && !client.closing) {
            LOG.warn("Closing client, no memory for its reply: {}", line(client));
            end(client);
        }
        if (client.replica || client.closing || client.output().isDropping()) {
            return;
        }
        int kind = client.isSubscriber() ? OutputLimits.PUBSUB : OutputLimits.NORMAL;
        long hard = outputLimits.hardBytes[kind];
        long soft = outputLimits.softBytes[kind];
        if (hard == 0 && soft == 0) {
            return;
        }
        long bytes = client.output().pendingBytes() + client.link().unsentBytes();
        boolean over = hard > 0 && bytes > hard;
        if (soft == 0 || bytes <= soft) {
            client.softLimitSinceMs = 0;
        } else if (client.softLimitSinceMs == 0) {
            client.softLimitSinceMs = keyspace.nowMs();
        } else {
            long forMs = keyspace.nowMs() - client.softLimitSinceMs;
            over |= forMs > 1000 * outputLimits.softSeconds[kind];
        }
        if (over) {
            LOG.warn(
                    "Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
                    line(client));
            clients.countOutputLimit();
            client.output().drop();
            end(client);
        }
    }

    /** Its further requests are passed over; the connection ends in the next turn. */
    private void end(Client client) {
        client.closing = true;
        mailbox.post(client::kill);
    }

    private String line(Client client) {
        StringBuilder line = new StringBuilder();
        ClientLine.append(line, client, keyspace.nowMs());
        return line.toString();
    }

    /** Once a second: what no event tells of. */
    public void everySecond() {
        long now = keyspace.nowMs();
        long idleMs = timeoutSeconds.value * 1000;
        for (Client client : clients.all()) {
            checkOutput(client);
            boolean exempt =
                    client.replica || client.primary || client.waiting || client.isSubscriber();
            if (idleMs > 0 && !exempt && now - client.lastInteractionMs() > idleMs) {
                LOG.debug("Closing idle client");
                client.kill();
            } else if (client.unansweredBytes() > queryLimit.value && !client.closing) {
                LOG.warn("Closing client that reached max query buffer length: {}", line(client));
                clients.countQueryLimit();
                client.kill();
            }
        }
    }

    /** At the end of a turn: the sum of all clients is formed at most a hundred times a second. */
    public void endOfTurn() {
        if (memoryLimit.getAsLong() != 0) {
            long now = System.currentTimeMillis();
            if (now - lastSumMs >= SUM_EVERY_MS) {
                lastSumMs = now;
                evict();
            }
        }
    }

    /** Ends the largest clients until the others are within {@code maxmemory-clients}. */
    public void evict() {
        long limit = memoryLimit.getAsLong();
        if (limit == 0) {
            return;
        }
        long sum = 0;
        for (Client client : clients.all()) {
            sum += counts(client) ? client.memoryBytes() : 0;
        }
        while (sum > limit) {
            Client largest = null;
            long most = -1;
            for (Client client : clients.all()) {
                long bytes = counts(client) ? client.memoryBytes() : -1;
                if (bytes > most) {
                    most = bytes;
                    largest = client;
                }
            }
            if (largest == null) {
                return;
            }
            LOG.info("Evicting client: {}", line(largest));
            clients.countEvicted();
            sum -= most;
            end(largest);
        }
    }

    private static boolean counts(Client client) {
        return !client.closing && !client.replica && !client.primary && !client.noEvict;
    }
}
