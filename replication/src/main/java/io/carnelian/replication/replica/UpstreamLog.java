package io.carnelian.replication.replica;

import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.stream.Handshake.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sentences of the replica's half, in Redis's words where Redis has them: operators and their
 * tools search for those. What has none there says what happened, and what becomes of the link or
 * the data. The states of the link are told at the level debug, each step with its reason.
 */
final class UpstreamLog {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamLog.class);

    void follows(String host, int port, String who) {
        LOG.info("REPLICAOF {}:{} enabled (user request from '{}')", host, port, who);
    }

    void followsAlready() {
        LOG.info(
                "REPLICAOF would result into synchronization with the master we are already"
                        + " connected with. No operation performed.");
    }

    void usesOwnPosition() {
        LOG.info(
                "Before turning into a replica, using my own master parameters to synthesize a"
                        + " cached master: I may be able to synchronize with the new master with"
                        + " just a partial transfer.");
    }

    void promoted(NodeHistory history) {
        LOG.info(
                "Setting secondary replication ID to {}, valid up to offset: {}. New replication ID"
                        + " is {}",
                history.replid2(),
                history.secondOffset(),
                history.replid());
    }

    void isPrimaryNow(String who) {
        LOG.info("MASTER MODE enabled (user request from '{}')", who);
    }

    void failedOver(String who) {
        LOG.info("MASTER MODE enabled (failover request from '{}')", who);
    }

    void connecting(String host, int port) {
        LOG.info("Connecting to MASTER {}:{}", host, port);
        LOG.info("MASTER <-> REPLICA sync started");
    }

    void reconnecting(String host, int port) {
        LOG.info("Reconnecting to MASTER {}:{}", host, port);
        LOG.info("MASTER <-> REPLICA sync started");
    }

    void connected() {
        LOG.info("Non blocking connect for SYNC fired the event.");
    }

    void cannotConnect(String why) {
        LOG.warn("Error condition on socket for SYNC: {}", why);
    }

    void streamIsBroken() {
        LOG.warn(
                "The stream of the master can't be understood, master stream corruption? Discarding"
                        + " the cached master.");
    }

    void memoryRanOut() {
        LOG.warn(
                "There was no memory for a write of the master: this data set lacks it. Discarding"
                        + " the cached master, everything is asked for anew.");
    }

    void lost() {
        LOG.warn("Connection with master lost.");
        LOG.info("Caching the disconnected master state.");
    }

    void asks(String replid, String byteNumber) {
        LOG.info("Trying a partial resynchronization (request {}:{}).", replid, byteNumber);
    }

    void asksForAll() {
        LOG.info("Partial resynchronization not possible (no cached master)");
    }

    void note(Event event, String line) {
        switch (event) {
            case PONG -> LOG.info("Master replied to PING, replication can continue...");
            case NO_PONG -> LOG.warn("Error reply to PING from master: '{}'", line);
            case NO_AUTH -> LOG.warn("Unable to AUTH to MASTER: {}", line);
            case NO_LISTENING_PORT -> notUnderstood("listening-port", line);
            case NO_IP_ADDRESS -> notUnderstood("ip-address", line);
            case NO_CAPA -> notUnderstood("capa", line);
            case TRY_LATER ->
                    LOG.info(
                            "Master is currently unable to PSYNC but should be in the future: {}",
                            line);
            case NO_PSYNC ->
                    LOG.info(
                            "Master does not support PSYNC or is in error state (reply: {})", line);
            case BAD_PSYNC_ANSWER -> LOG.warn("Unexpected reply to PSYNC from master: {}", line);
            case BAD_FULLRESYNC ->
                    LOG.warn("Master replied with wrong +FULLRESYNC syntax: {}", line);
            case PAYLOAD_REFUSED ->
                    LOG.warn("MASTER aborted replication with an error: {}", line.substring(1));
            case BAD_PAYLOAD_HEADER ->
                    LOG.warn(
                            "Bad protocol from MASTER, the first byte is not '$' (we received"
                                    + " '{}'), are you sure the host and port are right?",
                            line);
            case FAILOVER_REFUSED ->
                    LOG.warn("The failover target does not become a primary: {}", line);
        }
    }

    private static void notUnderstood(String option, String line) {
        LOG.info("(Non critical) Master does not understand REPLCONF {}: {}", option, line);
    }

    void fullResync(String replid, long offset) {
        LOG.info("Full resync from master: {}:{}", replid, offset);
    }

    void triesSync() {
        LOG.info("Retrying with SYNC...");
    }

    void continues(String replid, boolean renamed) {
        LOG.info("Successful partial resynchronization with master.");
        if (renamed) {
            LOG.info("Master replication ID changed to {}", replid);
        }
    }

    void accepted() {
        LOG.info("MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
    }

    void receives(long bytes) {
        if (bytes < 0) {
            LOG.info(
                    "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to"
                            + " parser");
        } else {
            LOG.info("MASTER <-> REPLICA sync: receiving {} bytes from master to parser", bytes);
        }
        LOG.info("MASTER <-> REPLICA sync: Loading DB in memory");
    }

    void replacesData(long keys) {
        LOG.info("MASTER <-> REPLICA sync: Flushing old data ({} keys)", keys);
    }

    void finished(long keys, long bytes) {
        LOG.info("Done loading RDB, keys loaded: {}, bytes: {}.", keys, bytes);
        LOG.info("MASTER <-> REPLICA sync: Finished with success");
    }

    void payloadFailed(String why) {
        LOG.warn(
                "Failed trying to load the MASTER synchronization DB from socket: {}. The data set"
                        + " stays as it was.",
                why);
    }

    void payloadBrokeOff(long bytes, String why) {
        LOG.warn("Internal error in RDB reading offset {}, the link has ended -> {}", bytes, why);
    }

    void goneWhileLoading(String why) {
        LOG.warn(
                "Connection with master lost while its data set, which is all here, is being"
                        + " loaded: {}. It will be asked for the rest.",
                why);
    }

    void refusesPayload(String state, long keys, String host, int port) {
        LOG.warn(
                "Full resync with {}:{} {}: this replica holds {} keys of a history that the"
                        + " primary has lost. It keeps serving them and does not ask again."
                        + " REPLICAOF {} {} takes the primary's data all the same;"
                        + " replica-full-sync-guard no never asks.",
                host,
                port,
                state,
                keys,
                host,
                port);
    }

    void timedOutConnecting() {
        LOG.warn("Timeout connecting to the MASTER...");
    }

    void timedOutInTransfer() {
        LOG.warn(
                "Timeout receiving bulk data from MASTER... If the problem persists try to set the"
                        + " 'repl-timeout' parameter in redis.conf to a larger value.");
    }

    void timedOutInStream() {
        LOG.warn("MASTER timeout: no data nor PING received...");
    }

    void badLine() {
        LOG.warn("Bad protocol from MASTER: a line that does not end.");
    }

    void repliedWithError(long errors, String last, String command) {
        LOG.warn(
                "== CRITICAL == This replica is sending an error to its master: '{}' after"
                        + " processing the command '{}' ({} in these bytes of the stream)",
                last,
                command,
                errors);
    }

    void state(LinkState from, LinkState to, String reason) {
        LOG.debug("Link to the primary: {} -> {} ({})", from, to, reason);
    }
}
