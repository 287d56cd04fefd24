package io.carnelian.replication;

import io.carnelian.replication.stream.PsyncDecision.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sentences of replication, in Redis's words where Redis has them: operators' tools look for
 * them. A replica is named {@code ip:port} as it announced itself.
 *
 * <p>In this order: what is asked and answered, payloads, losses and limits, files of slow
 * replicas, FAILOVER, the end. The other half's sentences are in {@code replica.UpstreamLog}.
 */
public final class ReplicationLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationLog.class);
    private static final long PID = ProcessHandle.current().pid();

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

    void renamed(NodeHistory history) {
        LOG.info(
                "Changing replication IDs after receiving change-repl-id: {} now",
                history.replid());
    }

    public void backlogFreed(long seconds) {
        LOG.info("Replication backlog freed after {} seconds without connected replicas.", seconds);
    }

    public void delayed(long seconds) {
        LOG.info("Delay next BGSAVE for diskless SYNC: {} s at most", seconds);
    }

    public void transferStarts(String target, String thread) {
        LOG.info("Starting BGSAVE for SYNC with target: {}", target);
        LOG.info("Background RDB transfer started by pid {}, thread {}", PID, thread);
    }

    public void sharesFile(String replica) {
        LOG.info("Waiting for end of BGSAVE for SYNC: {} shares the file", replica);
    }

    /** All payloads that began together have ended. */
    public void roundEnded(int up) {
        if (up == 0) {
            LOG.warn("Diskless rdb transfer, last replica dropped, killing fork child.");
        } else {
            LOG.info("Diskless rdb transfer, done reading from pipe, {} replicas still up.", up);
        }
    }

    public void transferUseless(String replica) {
        LOG.info("The data set was flushed: the RDB transfer to replica {} begins anew", replica);
    }

    /** A replica said something that is not for replicas. */
    public void talks(String command, boolean ofData, String client) {
        if (ofData) {
            LOG.warn(
                    "== CRITICAL == This master is sending an error to its replica: 'Replica can't"
                            + " interact with the keyspace' after processing the command '{}'",
                    command);
        }
        LOG.warn(
                "Replica generated a reply to command '{}', disconnecting it: {}", command, client);
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
                        + " {}, repl-backlog-size {}, repl-spill-limit {}. A limit above {} bytes"
                        + " would have kept it so far.",
                replica,
                state,
                behindBytes,
                config.hardLimitBytes(),
                config.softLimitBytes(),
                config.softLimitSeconds(),
                config.backlogBytes.value,
                config.spillLimitBytes.value,
                behindBytes);
    }

    public void spills(String replica, long behindBytes, long limitBytes) {
        LOG.warn(
                "Replica {} is {} bytes behind: what it lacks goes to files in dir, up to"
                        + " repl-spill-limit {} bytes.",
                replica,
                behindBytes,
                limitBytes);
    }

    public void spillDrained(String replica) {
        LOG.info("Replica {} has taken all that waited for it in files.", replica);
    }

    public void spillFailed(String replica, Throwable why) {
        LOG.warn("What waits for replica {} in files is lost: {}", replica, why.toString());
    }

    public void removedLeftover(Path file) {
        LOG.info("Removed {}, which a server has left that was killed.", file);
    }

    public void cannotRemoveLeftovers(Path directory, IOException why) {
        LOG.warn("Can't look for leftovers in {}: {}", directory, why.toString());
    }

    public void state(String replica, Object from, Object to, String reason) {
        LOG.debug("Replica {}: {} -> {} ({})", replica, from, to, reason);
    }

    void failoverRequested(@Nullable InetSocketAddress to) {
        if (to == null) {
            LOG.info("FAILOVER requested.");
        } else {
            LOG.info("FAILOVER requested to {}:{}.", to.getHostString(), to.getPort());
        }
    }

    void failoverSynced(InetSocketAddress to) {
        LOG.info(
                "Failover target {}:{} is synced, failing over.", to.getHostString(), to.getPort());
    }

    void failoverForced(InetSocketAddress to) {
        LOG.info(
                "Failover to {}:{} time out exceeded, failing over.",
                to.getHostString(),
                to.getPort());
    }

    void failoverAborted(@Nullable InetSocketAddress to, String state, String why) {
        if (to == null) {
            LOG.info("Aborting failover while {}: {}", state, why);
        } else {
            LOG.info(
                    "Aborting failover to {}:{} while {}: {}",
                    to.getHostString(),
                    to.getPort(),
                    state,
                    why);
        }
    }

    public void failoverAsked(String replid) {
        LOG.warn("Failover request received for replid {}.", replid);
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
