package io.carnelian.replication.primary;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a connection that follows us, or is about to, is doing.
 *
 * <pre>
 *   HANDSHAKE ─┬─► WAITING ─┐ for others, if there is a delay
 *              ├────────────┴─+FULLRESYNC─► TRANSFER ─mark sent─► AWAIT_ACK ─ACK─► ONLINE
 *              ├─+FULLRESYNC─► WRITING ─file complete─► TRANSFER ─all sent─► ONLINE
 *              └─+CONTINUE─► ONLINE
 *   any ──► GONE
 * </pre>
 */
enum ReplicaState {
    /** It told something by REPLCONF and has not asked for the stream yet. */
    HANDSHAKE(""),
    /** It will be sent a snapshot when others have had time to come too. */
    WAITING("wait_bgsave"),
    /** Its snapshot is being written to a file. */
    WRITING("wait_bgsave"),
    /** Its snapshot is being sent. */
    TRANSFER("send_bulk"),
    /** Its snapshot has been sent up to the end mark; it has not said that it loaded it. */
    AWAIT_ACK("online"),
    /** It reads the stream. */
    ONLINE("online"),
    /** The connection has ended or will at once. */
    GONE("");

    private final String infoName;

    ReplicaState(String infoName) {
        this.infoName = infoName;
    }

    /** The word for it in INFO; empty when it is not listed. */
    String infoName() {
        return infoName;
    }

    /** Our own, finer word for it. */
    String syncName() {
        return switch (this) {
            case HANDSHAKE, GONE -> "none";
            case WAITING -> "waiting";
            case WRITING -> "writing";
            case TRANSFER -> "transfer";
            case AWAIT_ACK -> "loading";
            case ONLINE -> "stream";
        };
    }

    private Set<ReplicaState> next() {
        return switch (this) {
            case HANDSHAKE -> EnumSet.of(WAITING, WRITING, TRANSFER, ONLINE, GONE);
            case WAITING -> EnumSet.of(TRANSFER, GONE);
            case WRITING -> EnumSet.of(TRANSFER, GONE);
            case TRANSFER -> EnumSet.of(AWAIT_ACK, ONLINE, GONE);
            case AWAIT_ACK -> EnumSet.of(ONLINE, GONE);
            case ONLINE -> EnumSet.of(GONE);
            case GONE -> EnumSet.noneOf(ReplicaState.class);
        };
    }

    boolean mayBecome(ReplicaState state) {
        return next().contains(state);
    }
}
