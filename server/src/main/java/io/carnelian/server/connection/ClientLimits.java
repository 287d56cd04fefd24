package io.carnelian.server.connection;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.config.Amount;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.settings.OutputLimits;
import io.carnelian.server.store.Keyspace;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
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
 *   <li>{@code maxmemory-clients}: the largest clients go until the rest fits. The sum of all is
 *       kept up to date for whoever runs a command, gets a chunk of output or sends a part of a
 *       request, and is looked at before each command; ten times a second it is formed anew, for
 *       what shrinks by itself.
 *   <li>{@code timeout}: who has been idle for so long goes; not who waits or listens.
 * </ul>
 *
 * Command thread only.
 */
public final class ClientLimits {
    private static final Logger LOG = LoggerFactory.getLogger(ClientLimits.class);

    private final Clients clients;
    private final Keyspace keyspace;
    private final Mailbox mailbox;
    private final OutputLimits outputLimits;
    private final LongSupplier memoryLimit;
    private final Amount timeoutSeconds;
    private final Amount queryLimit;

    /** Memory of all clients that count, as far as it is known; see {@link #recount}. */
    private long sum;

    /** Whether the limit has changed since the sum was compared with it. */
    private boolean stale;

    /** Whose command was let through last, and what its arguments take. */
    private @Nullable Client running;

    private long runningBytes;

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
        client.output()
                .watch(() -> {
                    checkOutput(client);
                    recount(client);
                });
    }

    /** Installs the gate; {@link #limitChanged} arms it. */
    public void addTo(Gates gates) {
        gates.install(Gate.CLIENT_MEMORY, this::check);
    }

    /** {@code maxmemory-clients} has a new value; who has to go for it goes after this command. */
    public void limitChanged() {
        stale = true;
    }

    /** More of a client's request waits to be whole. */
    public void inputGrew(Client client) {
        recount(client);
        if (sum > memoryLimit.getAsLong()) {
            evict();
        }
    }

    /** A client has gone. */
    public void forget(Client client) {
        sum -= client.countedBytes;
        client.countedBytes = 0;
        if (client.equals(running)) {
            running = null;
        }
    }

    private void recount(Client client) {
        long bytes = 0;
        if (counts(client)) {
            bytes = client.memoryBytes() + (client.equals(running) ? runningBytes : 0);
        }
        sum += bytes - client.countedBytes;
        client.countedBytes = bytes;
    }

    private void isRunning(@Nullable Client client, long argumentBytes) {
        Client before = running;
        running = client;
        runningBytes = argumentBytes;
        if (before != null) {
            recount(before);
        }
        if (client != null) {
            recount(client);
        }
    }

    /** Makes room before a command; who had to go for its own request is not answered. */
    private @Nullable ErrorReply check(Call call) {
        long limit = memoryLimit.getAsLong();
        if (limit == 0) {
            return null;
        }
        isRunning(call.client(), call.argumentBytes());
        if (stale || sum > limit) {
            evict();
        }
        return call.client().closing ? Gates.HANDLED : null;
    }

    /** Looks at the output of one client now. */
    void checkOutput(Client client) {
        if (client.output().isStarved() && !client.closing) {
            LOG.warn("Closing client, no memory for its reply: {}", line(client));
            end(client);
        }
        if (client.replica || client.gone || client.output().isDropping()) {
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

    /**
     * Nobody sees it any more and its further requests are passed over; the connection ends in the
     * next turn.
     */
    private void end(Client client) {
        client.closing = true;
        client.gone = true;
        clients.remove(client);
        mailbox.post(client::kill);
    }

    private String line(Client client) {
        StringBuilder line = new StringBuilder();
        ClientLine.append(line, client, keyspace.nowMs());
        return line.toString();
    }

    /** About once a second for each client: what no event tells of. */
    public void look(Client client) {
        checkOutput(client);
        long idleMs = timeoutSeconds.value * 1000;
        boolean exempt =
                client.replica || client.primary || client.waiting || client.isSubscriber();
        if (idleMs > 0 && !exempt && keyspace.nowMs() - client.lastInteractionMs() > idleMs) {
            LOG.debug("Closing idle client");
            client.kill();
        } else if (client.unansweredBytes() > queryLimit.value && !client.closing) {
            LOG.warn("Closing client that reached max query buffer length: {}", line(client));
            clients.countQueryLimit();
            client.kill();
        }
    }

    /** At the end of a turn. Replies count once the socket has had its chance to take them. */
    public void endOfTurn() {
        long limit = memoryLimit.getAsLong();
        if (limit != 0) {
            isRunning(null, 0);
            if (stale || sum > limit) {
                mailbox.post(this::evict);
            }
        }
    }

    /** Ends the largest clients until the others are within {@code maxmemory-clients}. */
    public void evict() {
        long limit = memoryLimit.getAsLong();
        stale = false;
        if (limit == 0) {
            return;
        }
        List<Client> all = clients.all();
        for (Client client : all) {
            recount(client);
        }
        if (sum <= limit) {
            return;
        }
        all.removeIf(client -> !counts(client));
        all.sort(Comparator.comparingLong(client -> -client.countedBytes));
        for (Client largest : all) {
            if (sum <= limit) {
                return;
            }
            LOG.info("Evicting client: {}", line(largest));
            clients.countEvicted();
            end(largest);
            recount(largest);
        }
    }

    private static boolean counts(Client client) {
        return !client.gone && !client.replica && !client.primary && !client.noEvict;
    }
}
