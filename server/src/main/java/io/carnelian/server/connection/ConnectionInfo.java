package io.carnelian.server.connection;

import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.info.Fields;
import io.carnelian.server.info.Info;
import io.carnelian.server.info.Rate;
import java.util.function.LongSupplier;

/** What INFO says of connections: the fields of Clients and Stats that this package knows. */
public final class ConnectionInfo {
    /** Bytes through the sockets since the start, counted by their loops. */
    public record Traffic(LongSupplier received, LongSupplier sent) {}

    private static final int SECONDS = 8;
    private static final double KB = 1024;

    private final Clients clients;
    private final BlockedClients blocked;
    private final Traffic traffic;
    private final Rate received;
    private final Rate sent;
    private final long[] inputPeak = new long[SECONDS];
    private final long[] outputPeak = new long[SECONDS];
    private int second;
    private long receivedBefore;
    private long sentBefore;

    public ConnectionInfo(Clients clients, BlockedClients blocked, Traffic traffic) {
        this.clients = clients;
        this.blocked = blocked;
        this.traffic = traffic;
        this.received = new Rate(traffic.received);
        this.sent = new Rate(traffic.sent);
    }

    public void addTo(Info info) {
        info.write("Clients", this::clients);
        info.write("Stats", this::stats);
        info.onReset(this::reset);
    }

    /** Takes the samples of the rates; cron calls it ten times a second. */
    public void sample(long nowMs) {
        received.sample(nowMs);
        sent.sample(nowMs);
    }

    /** The fields of the largest buffers show the most of the last eight seconds. */
    public void everySecond() {
        second = (second + 1) % SECONDS;
        inputPeak[second] = 0;
        outputPeak[second] = 0;
    }

    /** About once a second for each client: notes the largest buffers. */
    public void look(Client client) {
        long output = client.output().pendingBytes() + client.link().unsentBytes();
        inputPeak[second] = Math.max(inputPeak[second], client.link().inputBytes());
        outputPeak[second] = Math.max(outputPeak[second], output);
    }

    private void clients(Fields to) {
        int subscribers = 0;
        for (Client client : clients.all()) {
            subscribers += client.isSubscriber() ? 1 : 0;
        }
        to.put("client_recent_max_input_buffer", most(inputPeak));
        to.put("client_recent_max_output_buffer", most(outputPeak));
        to.put("blocked_clients", blocked.size());
        to.put("pubsub_clients", subscribers);
        to.put("clients_in_timeout_table", blocked.withDeadline());
    }

    private static long most(long[] samples) {
        long most = 0;
        for (long sample : samples) {
            most = Math.max(most, sample);
        }
        return most;
    }

    private void stats(Fields to) {
        to.put("total_net_input_bytes", traffic.received.getAsLong() - receivedBefore);
        to.put("total_net_output_bytes", traffic.sent.getAsLong() - sentBefore);
        to.put("instantaneous_input_kbps", Fields.fixed(received.perSecond() / KB, 2));
        to.put("instantaneous_output_kbps", Fields.fixed(sent.perSecond() / KB, 2));
        to.put("evicted_clients", clients.evicted());
        to.put("client_query_buffer_limit_disconnections", clients.queryLimitDisconnections());
        to.put("client_output_buffer_limit_disconnections", clients.outputLimitDisconnections());
    }

    private void reset() {
        receivedBefore = traffic.received.getAsLong();
        sentBefore = traffic.sent.getAsLong();
    }
}
