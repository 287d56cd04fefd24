package io.carnelian.server.info;

import io.carnelian.server.command.ExecutorStats;
import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.feed.StreamPosition;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;

/**
 * INFO Persistence, Replication, Latencystats and Cluster as they are without the modules that own
 * them: a server that saves nothing and has no peers. The modules' writers override what they know.
 */
public final class FeatureSections {
    private final Identity identity;
    private final Keyspace keyspace;
    private final ExecutorStats stats;
    private final WriteStream stream;
    private final String replid = Identity.randomId();

    public FeatureSections(
            Identity identity, Keyspace keyspace, ExecutorStats stats, WriteStream stream) {
        this.identity = identity;
        this.keyspace = keyspace;
        this.stats = stats;
        this.stream = stream;
    }

    public void addTo(Info info) {
        info.write("Persistence", this::persistence);
        info.write("Replication", this::replication);
        info.write("Cluster", to -> to.put("cluster_enabled", 0));
    }

    private void persistence(Fields to) {
        to.putAll("0", "loading", "async_loading", "current_cow_peak", "current_cow_size");
        to.put("current_cow_size_age", 0).put("current_fork_perc", "0.00");
        to.putAll("0", "current_save_keys_processed", "current_save_keys_total");
        to.put("rdb_changes_since_last_save", stats.changes());
        to.put("rdb_bgsave_in_progress", 0);
        to.put("rdb_last_save_time", identity.startedAtMs() / 1000);
        to.put("rdb_last_bgsave_status", "ok");
        to.putAll("-1", "rdb_last_bgsave_time_sec", "rdb_current_bgsave_time_sec");
        to.putAll("0", "rdb_saves", "rdb_last_cow_size", "rdb_last_load_keys_expired");
        to.putAll("0", "rdb_last_load_keys_loaded", "aof_enabled", "aof_rewrite_in_progress");
        to.put("aof_rewrite_scheduled", 0);
        to.putAll("-1", "aof_last_rewrite_time_sec", "aof_current_rewrite_time_sec");
        to.put("aof_last_bgrewrite_status", "ok");
        to.putAll("0", "aof_rewrites", "aof_rewrites_consecutive_failures");
        to.put("aof_last_write_status", "ok").put("aof_last_cow_size", 0);
        to.putAll("0", "module_fork_in_progress", "module_fork_last_cow_size");
        Epochs epochs = keyspace.epochs();
        to.put("snapshots_live", epochs.liveCuts()).put("snapshots_total", epochs.cutsTotal());
        to.put("snapshot_last_cut_us", keyspace.lastCutNanos() / 1000);
        to.put("snapshot_limbo_bytes", epochs.limboBytes());
        to.put("snapshot_nodes_copied", epochs.nodesCopied());
        to.put("snapshot_bytes_copied", epochs.bytesCopied());
    }

    private void replication(Fields to) {
        to.put("role", "master").put("connected_slaves", 0);
        to.put("master_failover_state", "no-failover");
        to.put("master_replid", replid).put("master_replid2", StreamPosition.NO_ID);
        to.put("master_repl_offset", stream.offset()).put("second_repl_offset", -1);
        to.put("repl_backlog_active", 0).put("repl_backlog_size", 1 << 20);
        to.putAll("0", "repl_backlog_first_byte_offset", "repl_backlog_histlen");
    }
}
