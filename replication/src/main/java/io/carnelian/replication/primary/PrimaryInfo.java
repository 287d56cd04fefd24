package io.carnelian.replication.primary;

import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.server.command.Call;
import java.util.ArrayList;
import java.util.List;

/** What a primary says of itself: INFO replication and ROLE. */
public final class PrimaryInfo {
    private final Primary primary;
    private final NodeHistory history;
    private final ReplicationConfig config;

    public PrimaryInfo(Primary primary, NodeHistory history, ReplicationConfig config) {
        this.primary = primary;
        this.history = history;
        this.config = config;
    }

    /** The lines of INFO replication, each with CRLF. */
    public void lines(StringBuilder to, long nowMs) {
        to.append("role:master\r\n");
        List<Replica> following = primary.following();
        to.append("connected_slaves:").append(following.size()).append("\r\n");
        int number = 0;
        for (Replica replica : following) {
            if (replica.isFollowing()) {
                replicaLine(to, number++, replica, nowMs);
            }
        }
        to.append("master_failover_state:no-failover\r\n");
        to.append("master_replid:").append(history.replid()).append("\r\n");
        to.append("master_replid2:").append(history.replid2()).append("\r\n");
        to.append("master_repl_offset:").append(primary.position()).append("\r\n");
        to.append("second_repl_offset:").append(history.secondOffset()).append("\r\n");
        Backlog backlog = primary.backlog();
        to.append("repl_backlog_active:").append(backlog == null ? 0 : 1).append("\r\n");
        to.append("repl_backlog_size:").append(config.backlogBytes.value).append("\r\n");
        to.append("repl_backlog_first_byte_offset:")
                .append(backlog == null ? 0 : backlog.firstPosition() + 1)
                .append("\r\n");
        to.append("repl_backlog_histlen:")
                .append(backlog == null ? 0 : backlog.bytes())
                .append("\r\n");
    }

    private static void replicaLine(StringBuilder to, int number, Replica replica, long nowMs) {
        long lagSeconds = replica.isOnline() ? Math.max(0, nowMs - replica.ackedAtMs) / 1000 : 0;
        to.append("slave").append(number);
        to.append(":ip=").append(replica.ip());
        to.append(",port=").append(replica.listeningPort);
        to.append(",state=").append(replica.state().infoName());
        to.append(",offset=").append(replica.ackedOffset);
        to.append(",lag=").append(lagSeconds).append("\r\n");
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
