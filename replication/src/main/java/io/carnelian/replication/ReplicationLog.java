package io.carnelian.replication;

import io.carnelian.replication.stream.PsyncDecision.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sentences of replication, in Redis's words where Redis has them: operators' tools look for
 * them. A replica is named {@code ip:port} as it announced itself.
 */
public final class ReplicationLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationLog.class);

    public void asksForSync(String replica) {
        LOG.info("Replica {} asks for synchronization", replica);
    }

    public void wrongOffset(String replica) {
        LOG.warn("Replica {} asks for synchronization but with a wrong offset", replica);
    }

    /** Why a replica that asked to go on is sent everything. */
    public void notContinued(
            Reason why, String replica, String askedId, long askedByte, NodeHistory history) {
        switch (why) {
            case ASKED_FOR -> LOG.info("Full resync requested by replica {}", replica);
            case OTHER_HISTORY ->
                    LOG.info(
                            "Partial resynchronization not accepted: Replication ID mismatch"
                                    + " (Replica asked for '{}', my replication IDs are '{}' and"
                                    + " '{}')",
                            askedId,
                            history.replid(),
                            history.replid2());
            case BEYOND_SECOND_OFFSET ->
                    LOG.info(
                            "Partial resynchronization not accepted: Requested offset for second ID"
                                    + " was {}, but I can reply up to {}",
                            askedByte,
                            history.secondOffset());
            case NO_BACKLOG, BEFORE_BACKLOG -> lackOfBacklog(replica, askedByte);
            case AHEAD -> {
                lackOfBacklog(replica, askedByte);
                LOG.warn(
                        "Warning: replica {} tried to PSYNC with an offset that is greater than"
                                + " the master replication offset.",
                        replica);
            }
        }
    }

    private static void lackOfBacklog(String replica, long askedByte) {
        LOG.info(
                "Unable to partial resync with replica {} for lack of backlog"
                        + " (Replica request was: {}).",
                replica,
                askedByte);
    }

    public void continued(String replica, long bytes, long fromByte) {
        LOG.info(
                "Partial resynchronization request from {} accepted. Sending {} bytes of backlog"
                        + " starting from offset {}.",
                replica,
                bytes,
                fromByte);
    }

    public void backlogCreated(NodeHistory history) {
        LOG.info(
                "Replication backlog created, my new replication IDs are '{}' and '{}'",
                history.replid(),
                history.replid2());
    }

    public void backlogFreed(long seconds) {
        LOG.info("Replication backlog freed after {} seconds without connected replicas.", seconds);
    }

    public void transferStarts(String thread) {
        LOG.info("Starting BGSAVE for SYNC with target: replicas sockets");
        LOG.info("Background RDB transfer started by thread {}", thread);
    }

    public void transferEnded(long keys, long bytes, long ms) {
        LOG.info("Background RDB transfer terminated with success");
        LOG.info("Sent {} keys, {} bytes in {} ms", keys, bytes, ms);
    }

    public void transferFailed(String replica, String why) {
        LOG.warn("Background RDB transfer to replica {} terminated: {}", replica, why);
    }

    public void transferBroke(String replica, Throwable cause) {
        LOG.warn("Background RDB transfer to replica {} failed", replica, cause);
    }

    public void waitsForAck(String replica) {
        LOG.info(
                "Streamed RDB transfer with replica {} succeeded (socket). Waiting for REPLCONF ACK"
                        + " from replica to enable streaming",
                replica);
    }

    public void synced(String replica) {
        LOG.info("Synchronization with replica {} succeeded", replica);
    }

    public void rdbOnlyDone(String replica) {
        LOG.info(
                "RDB transfer completed, rdb only replica ({}) should be disconnected asap",
                replica);
    }

    public void lost(String replica) {
        LOG.warn("Connection with replica {} lost.", replica);
    }

    public void timedOutInTransfer(String replica) {
        LOG.warn("Disconnecting timedout replica (full sync): {}", replica);
    }

    public void timedOutInStream(String replica) {
        LOG.warn("Disconnecting timedout replica (streaming sync): {}", replica);
    }

    /**
     * A replica is dropped because too much waits for it: how much, and the limits that would have
     * kept it.
     */
    public void tooFarBehind(
            String client,
            String replica,
            String state,
            long behindBytes,
            ReplicationConfig config) {
        LOG.warn(
                "Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
                client);
        LOG.warn(
                "Replica {} ({}) was {} bytes behind; client-output-buffer-limit replica is {} {}"
                        + " {}, repl-backlog-size {}. A limit above {} bytes would have kept it"
                        + " so far.",
                replica,
                state,
                behindBytes,
                config.hardLimitBytes(),
                config.softLimitBytes(),
                config.softLimitSeconds(),
                config.backlogBytes.value,
                behindBytes);
    }

    public void state(String replica, Object from, Object to, String reason) {
        LOG.debug("Replica {}: {} -> {} ({})", replica, from, to, reason);
    }

    public void lagging(String replica, long bytes, long seconds, String state) {
        LOG.info(
                "Lagging replica {} reported offset {} behind master, lag={}, state={}.",
                replica,
                bytes,
                seconds,
                state);
    }

    public void inSync(int good, int all) {
        LOG.info("{} of {} replicas are in sync when shutting down.", good, all);
    }
}
