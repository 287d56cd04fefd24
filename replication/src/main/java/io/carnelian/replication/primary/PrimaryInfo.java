package io.carnelian.replication.primary;

import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.server.command.Call;
import io.carnelian.server.info.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What a primary says of itself: INFO replication and ROLE. */
public final class PrimaryInfo {
    private final Primary primary;
    private final NodeHistory history;
    private final ReplicationConfig config;
    private final Supplier<String> failoverState;

    /**
     * @param failoverState the word for how far a FAILOVER is
     */
    public PrimaryInfo(
            Primary primary,
            NodeHistory history,
            ReplicationConfig config,
            Supplier<String> failoverState) {
        this.failoverState = failoverState;
        this.primary = primary;
        this.history = history;
        this.config = config;
    }

    /** The fields of INFO replication behind those of the role, in Redis's order. */
    public void replication(Fields to, long nowMs) {
        List<Replica> following = primary.following();
        to.put("connected_slaves", following.size());
        if (config.needsReplicas()) {
            to.put("min_slaves_good_slaves", primary.goodReplicas(nowMs));
        }
        int number = 0;
        for (Replica replica : following) {
            if (replica.isFollowing()) {
                String text = described(replica, nowMs) + progress(replica, nowMs);
                to.put("slave" + number++, text);
            }
        }
        to.put("master_failover_state", failoverState.get());
        to.put("master_replid", history.replid()).put("master_replid2", history.replid2());
        to.put("master_repl_offset", primary.position());
        to.put("second_repl_offset", history.secondOffset());
        Backlog backlog = primary.backlog();
        to.put("repl_backlog_active", backlog == null ? 0 : 1);
        to.put("repl_backlog_size", config.backlogBytes.value);
        to.put("repl_backlog_first_byte_offset", backlog == null ? 0 : backlog.firstPosition() + 1);
        to.put("repl_backlog_histlen", backlog == null ? 0 : backlog.bytes());
    }

    /** What Redis does not tell: finer, and how long it will take. */
    private String progress(Replica replica, long nowMs) {
        long position = primary.position();
        long lagMs = replica.isOnline() ? Math.max(0, nowMs - replica.ackedAtMs) : 0;
        return ",lag_ms="
                + lagMs
                + ",sync="
                + replica.state().syncName()
                + ",left_bytes="
                + replica.leftBytes(position)
                + ",eta_ms="
                + replica.etaMs(position, nowMs)
                + (replica.isSpilling() ? ",spilled_bytes=" + replica.spilledBytes() : "");
    }

    /** INFO persistence: a payload counts as the background save that it is in Redis. */
    public void persistence(Fields to) {
        if (primary.transfers() > 0) {
            to.put("rdb_bgsave_in_progress", 1);
        }
    }

    private static String described(Replica replica, long nowMs) {
        long silentMs = replica.isOnline() ? Math.max(0, nowMs - replica.ackedAtMs) : 0;
        return "ip="
                + replica.ip()
                + ",port="
                + replica.listeningPort
                + ",state="
                + infoState(replica)
                + ",offset="
                + replica.ackedOffset
                + ",lag="
                + silentMs / 1000;
    }

    /** To Redis a payload without a length is a save that has not ended. */
    private static String infoState(Replica replica) {
        return replica.isSentMarked() ? "wait_bgsave" : replica.state().infoName();
    }

    /** The fields of INFO stats that count synchronizations. */
    public void stats(Fields to) {
        SyncStats stats = primary.stats();
        to.put("sync_full", stats.full).put("sync_partial_ok", stats.partialOk);
        to.put("sync_partial_err", stats.partialRefused);
    }

    /**
     * ROLE: {@code master}, the offset, and for each replica that is online its address and
     * acknowledged offset.
     */
    public void role(Call call) {
        List<Replica> online = new ArrayList<>();
        for (Replica replica : primary.following()) {
            if (replica.isOnline()) {
                online.add(replica);
            }
        }
        call.reply().array(3);
        call.reply().bulk("master");
        call.reply().integer(primary.position());
        call.reply().array(online.size());
        for (Replica replica : online) {
            call.reply().array(3);
            call.reply().bulk(replica.ip());
            call.reply().bulk(Integer.toString(replica.listeningPort));
            call.reply().bulk(Long.toString(replica.ackedOffset));
        }
    }
}
