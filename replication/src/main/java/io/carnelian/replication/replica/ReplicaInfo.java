package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadProgress;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.server.command.Call;
import io.carnelian.server.info.Fields;

/** What a replica says of its link: INFO replication and ROLE. */
public final class ReplicaInfo {
    private final Upstream upstream;
    private final ReplicationConfig config;

    public ReplicaInfo(Upstream upstream, ReplicationConfig config) {
        this.upstream = upstream;
        this.config = config;
    }

    /** The fields of INFO replication that only a replica has, in Redis's order. */
    public void replication(Fields to, long nowMs) {
        boolean up = upstream.isOnline();
        Receiving payload = upstream.receiving();
        to.put("role", "slave");
        to.put("master_host", upstream.host()).put("master_port", upstream.port());
        to.put("master_link_status", up ? "up" : "down");
        to.put("master_last_io_seconds_ago", up ? seconds(nowMs - upstream.lastIoMs()) : -1);
        to.put("master_sync_in_progress", upstream.state().isSync() ? 1 : 0);
        to.put("slave_read_repl_offset", upstream.readPosition());
        to.put("slave_repl_offset", upstream.position());
        if (upstream.state().isSync()) {
            long total = payload == null ? 0 : payload.totalBytes();
            long read = payload == null ? 0 : payload.receivedBytes();
            to.put("master_sync_total_bytes", total).put("master_sync_read_bytes", read);
            to.put("master_sync_left_bytes", total - read);
            to.put("master_sync_perc", Fields.fixed(total == 0 ? 0 : 100.0 * read / total, 2));
            to.put("master_sync_last_io_seconds_ago", seconds(nowMs - upstream.lastIoMs()));
        }
        if (!up) {
            long since = upstream.downSinceMs();
            to.put("master_link_down_since_seconds", since == 0 ? -1 : seconds(nowMs - since));
        }
        to.put("slave_priority", config.priority.value);
        to.put("slave_read_only", config.readOnly.on ? 1 : 0);
        to.put("replica_announced", config.announced.on ? 1 : 0);
        to.put("replica_full_sync_guard", upstream.guard().state());
    }

    /**
     * INFO persistence: a payload that is being loaded. As in Redis it is an asynchronous loading
     * if it will replace data of the same history and {@code repl-diskless-load} is swapdb; here
     * clients are served by the same rules in both cases.
     */
    public void persistence(Fields to) {
        Receiving payload = upstream.receiving();
        if (payload == null) {
            return;
        }
        boolean async = isLoadingAside();
        to.put("loading", async ? 0 : 1).put("async_loading", async ? 1 : 0);
        LoadProgress progress = payload.progress();
        long total = payload.totalBytes();
        long loaded = progress.bytes();
        to.put("loading_start_time", progress.startedAtMs() / 1000);
        to.put("loading_total_bytes", total);
        to.put("loading_rdb_used_mem", progress.usedMemoryBytes());
        to.put("loading_loaded_bytes", loaded);
        to.put("loading_loaded_perc", Fields.fixed(total == 0 ? 0 : 100.0 * loaded / total, 2));
        long tookMs = System.currentTimeMillis() - progress.startedAtMs();
        long leftBytes = Math.max(0, total - loaded);
        to.put("loading_eta_seconds", loaded == 0 ? 1 : leftBytes * tookMs / loaded / 1000);
    }

    /**
     * Whether a payload of the history that is served is being loaded, as {@code swapdb} has it.
     */
    public boolean isLoadingAside() {
        return upstream.receiving() != null
                && config.disklessLoad.is("swapdb")
                && upstream.receivesOwnHistory();
    }

    private static long seconds(long ms) {
        return Math.max(0, ms) / 1000;
    }

    /** ROLE: {@code slave}, the primary's address, the link's state, the offset. */
    public void role(Call call) {
        call.reply().array(5);
        call.reply().bulk("slave");
        call.reply().bulk(upstream.host());
        call.reply().integer(upstream.port());
        call.reply().bulk(upstream.state().roleName());
        call.reply().integer(upstream.isOnline() ? upstream.position() : -1);
    }
}
