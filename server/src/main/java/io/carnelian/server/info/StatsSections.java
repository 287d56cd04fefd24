package io.carnelian.server.info;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.ExecutorStats;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import java.util.Map;

/**
 * INFO Clients, Stats, Commandstats, Errorstats and Keyspace: what was done, by whom and to what.
 * Fields of modules that are not there (replication, pub/sub, defragmentation) stand at zero,
 * because monitoring agents expect them.
 */
public final class StatsSections {
    private final Clients clients;
    private final Executor executor;
    private final Keyspace keyspace;
    private final ServerSettings settings;
    private final Rate operations;

    public StatsSections(
            Clients clients, Executor executor, Keyspace keyspace, ServerSettings settings) {
        this.clients = clients;
        this.executor = executor;
        this.keyspace = keyspace;
        this.settings = settings;
        this.operations = new Rate(executor.stats()::commands);
    }

    public void addTo(Info info) {
        info.write("Clients", this::clients);
        info.write("Stats", this::stats);
        info.write("Commandstats", this::commandStats);
        info.write("Errorstats", this::errorStats);
        info.write("Keyspace", this::databases);
        info.onReset(this::reset);
    }

    /** Takes the samples of the rates; cron calls it ten times a second. */
    public void sample(long nowMs) {
        operations.sample(nowMs);
    }

    private void reset() {
        executor.stats().reset();
        clients.resetStatistics();
        keyspace.resetStats();
        for (Command command : executor.commands().withSubcommands()) {
            command.resetStatistics();
        }
    }

    private void clients(Fields to) {
        int replicas = 0;
        int waiting = 0;
        long input = 0;
        long output = 0;
        for (Client client : clients.all()) {
            replicas += client.replica ? 1 : 0;
            waiting += client.waiting ? 1 : 0;
            input = Math.max(input, client.link().unparsedBytes());
            output = Math.max(output, client.output().heldBytes());
        }
        to.put("connected_clients", clients.size() - replicas).put("cluster_connections", 0);
        to.put("maxclients", settings.net.maxclients.value);
        to.put("client_recent_max_input_buffer", input);
        to.put("client_recent_max_output_buffer", output);
        to.put("blocked_clients", waiting);
        to.putAll("0", "tracking_clients", "pubsub_clients", "watching_clients");
        to.putAll("0", "clients_in_timeout_table", "total_watched_keys", "total_blocking_keys");
        to.put("total_blocking_keys_on_nokey", 0);
    }

    private void stats(Fields to) {
        ExecutorStats stats = executor.stats();
        to.put("total_connections_received", clients.connectionsReceived());
        to.put("total_commands_processed", stats.commands());
        to.put("instantaneous_ops_per_sec", Math.round(operations.perSecond()));
        to.putAll("0", "total_net_input_bytes", "total_net_output_bytes");
        to.putAll("0", "total_net_repl_input_bytes", "total_net_repl_output_bytes");
        to.putAll("0.00", "instantaneous_input_kbps", "instantaneous_output_kbps");
        to.putAll("0.00", "instantaneous_input_repl_kbps", "instantaneous_output_repl_kbps");
        to.put("rejected_connections", clients.rejectedConnections());
        to.putAll("0", "sync_full", "sync_partial_ok", "sync_partial_err");
        to.put("expired_keys", keyspace.expiredTotal());
        to.put("expired_stale_perc", "0.00");
        to.putAll("0", "expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds");
        to.putAll("0", "evicted_keys", "evicted_clients", "total_eviction_exceeded_time");
        to.put("current_eviction_exceeded_time", 0);
        to.put("keyspace_hits", keyspace.hits()).put("keyspace_misses", keyspace.misses());
        to.putAll("0", "pubsub_channels", "pubsub_patterns", "pubsubshard_channels");
        to.putAll("0", "latest_fork_usec", "total_forks", "migrate_cached_sockets");
        to.putAll("0", "slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses");
        to.putAll("0", "active_defrag_key_hits", "active_defrag_key_misses");
        to.putAll("0", "total_active_defrag_time", "current_active_defrag_time");
        to.putAll("0", "tracking_total_keys", "tracking_total_items", "tracking_total_prefixes");
        to.put("unexpected_error_replies", 0);
        to.put("total_error_replies", stats.errors());
        to.putAll("0", "dump_payload_sanitizations", "total_reads_processed");
        to.putAll("0", "total_writes_processed", "io_threaded_reads_processed");
        to.putAll("0", "io_threaded_writes_processed", "reply_buffer_shrinks");
        to.put("reply_buffer_expands", 0);
        to.putAll("0", "client_query_buffer_limit_disconnections");
        to.putAll("0", "client_output_buffer_limit_disconnections", "acl_access_denied_auth");
        to.putAll(
                "0", "acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel");
    }

    private void commandStats(Fields to) {
        for (Command command : executor.commands().withSubcommands()) {
            long calls = command.calls();
            if (calls == 0 && command.rejectedCalls() == 0) {
                continue;
            }
            double each = calls == 0 ? 0 : (double) command.microseconds() / calls;
            // No format string: for a hundred commands it takes ten times as long, while clients
            // wait.
            String value =
                    "calls="
                            + calls
                            + ",usec="
                            + command.microseconds()
                            + ",usec_per_call="
                            + Fields.fixed(each, 2)
                            + ",rejected_calls="
                            + command.rejectedCalls()
                            + ",failed_calls="
                            + command.failedCalls();
            to.put("cmdstat_" + command.fullName(), value);
        }
    }

    private void errorStats(Fields to) {
        for (Map.Entry<String, long[]> e : executor.stats().errorsByCode().entrySet()) {
            to.put("errorstat_" + e.getKey(), "count=" + e.getValue()[0]);
        }
    }

    private void databases(Fields to) {
        for (int i = 0; i < keyspace.databases(); i++) {
            Database db = keyspace.db(i);
            if (db.size() > 0) {
                String value =
                        "keys="
                                + db.size()
                                + ",expires="
                                + db.expires()
                                + ",avg_ttl="
                                + db.averageTtlMs();
                to.put("db" + i, value);
            }
        }
    }
}
