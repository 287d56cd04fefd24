package io.carnelian.replication.primary;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a connection that follows us, or is about to, is doing.
 *
 * <pre>
 *   HANDSHAKE ──+FULLRESYNC──► COUNTING ──length known──► TRANSFER ──all sent──► ONLINE
 *       │  │  (capa eof)                                  ▲   │                    ▲
 *       │  └──────────────────────────────────────────────┘   └─mark sent─► AWAIT_ACK
 *       └──+CONTINUE───────────────────────────────────────────────────────────►   (ACK)
 *   any ──► GONE
 * </pre>
 */
enum ReplicaState {
    /** It told something by REPLCONF and has not asked for the stream yet. */
    HANDSHAKE(""),
    /** Its snapshot is walked once to learn its length. */
    COUNTING("wait_bgsave"),
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

    private Set<ReplicaState> next() {
        return switch (this) {
            case HANDSHAKE -> EnumSet.of(COUNTING, TRANSFER, ONLINE, GONE);
            case COUNTING -> EnumSet.of(TRANSFER, GONE);
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
