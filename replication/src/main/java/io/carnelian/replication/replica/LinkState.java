package io.carnelian.replication.replica;

import java.util.EnumSet;
import java.util.Set;

/**
 * How far the link to the primary is.
 *
 * <pre>
 *   NONE ─REPLICAOF─► CONNECT ─dial─► CONNECTING ─socket─► HANDSHAKE ─┬─ +CONTINUE ─► ONLINE
 *                        ▲                                           │                  ▲
 *                        └─ lost, refused, timed out: from any       └─ +FULLRESYNC     │
 *                                                                         │         published
 *                              AWAIT_PAYLOAD ◄────────────────────────────┘             │
 *                                    └─ $… ─► TRANSFER ─ all is here ─► LOADING ────────┘
 *   any ─REPLICAOF NO ONE─► NONE
 * </pre>
 */
public enum LinkState {
    /** There is no primary. */
    NONE("none"),
    /** There is no connection; the next second will begin one. */
    CONNECT("connect"),
    CONNECTING("connecting"),
    HANDSHAKE("handshake"),
    /** The primary prepares its payload. */
    AWAIT_PAYLOAD("sync"),
    TRANSFER("sync"),
    /** All of the payload is here, and being read. */
    LOADING("sync"),
    /** The stream is applied as it comes. */
    ONLINE("connected");

    private final String roleName;

    LinkState(String roleName) {
        this.roleName = roleName;
    }

    /** The word for it in ROLE. */
    String roleName() {
        return roleName;
    }

    /** Whether a full resync is under way. */
    boolean isSync() {
        return this == AWAIT_PAYLOAD || this == TRANSFER || this == LOADING;
    }

    boolean mayBecome(LinkState state) {
        return state == NONE || state == CONNECT || next().contains(state);
    }

    private Set<LinkState> next() {
        return switch (this) {
            case CONNECT -> EnumSet.of(CONNECTING);
            case CONNECTING -> EnumSet.of(HANDSHAKE);
            case HANDSHAKE -> EnumSet.of(AWAIT_PAYLOAD, ONLINE);
            case AWAIT_PAYLOAD -> EnumSet.of(TRANSFER);
            case TRANSFER -> EnumSet.of(LOADING);
            case LOADING -> EnumSet.of(ONLINE);
            case NONE, ONLINE -> EnumSet.noneOf(LinkState.class);
        };
    }
}
