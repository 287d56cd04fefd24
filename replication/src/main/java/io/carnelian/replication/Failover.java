package io.carnelian.replication;

import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.primary.Primary.Standing;
import io.carnelian.replication.replica.Handover;
import io.carnelian.replication.replica.Upstream;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.store.Keyspace;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * FAILOVER: a primary gives its role to one of its replicas without losing a write.
 *
 * <pre>
 *   NONE ─FAILOVER─► WAITING    writes pause; a replica has to have acknowledged everything
 *    ▲                 │ has it, or FORCE and the time is over
 *    │                 ▼
 *    │              IN_PROGRESS  this is a replica already: PSYNC … FAILOVER makes the other one
 *    │                 │         a primary, and goes on where both are
 *    ├─ accepted ──────┤
 *    └─ rejected ──────┘  and this is a primary again
 *   WAITING ─ ABORT, time over ─► NONE
 * </pre>
 *
 * Source: https://redis.io/docs/latest/commands/failover/. Command thread only.
 */
public final class Failover implements Handover {
    private enum State {
        NONE("no-failover"),
        WAITING("waiting-for-sync"),
        IN_PROGRESS("failover-in-progress");

        private final String infoName;

        State(String infoName) {
            this.infoName = infoName;
        }
    }

    private final Primary primary;
    private final Upstream upstream;
    private final Pause pause;
    private final BlockedClients blocked;
    private final Keyspace keyspace;
    private final ReplicationLog log;
    private State state = State.NONE;
    private @Nullable InetSocketAddress target;
    private long endsAtMs;
    private boolean force;
    private boolean asked;

    Failover(
            Primary primary,
            Upstream upstream,
            Pause pause,
            BlockedClients blocked,
            Keyspace keyspace,
            ReplicationLog log) {
        this.primary = primary;
        this.upstream = upstream;
        this.pause = pause;
        this.blocked = blocked;
        this.keyspace = keyspace;
        this.log = log;
    }

    /** For INFO. */
    public String stateName() {
        return state.infoName;
    }

    /** Whether one has begun and not ended. */
    public boolean isActive() {
        return state != State.NONE;
    }

    /**
     * Begins.
     *
     * @param wished the replica to become primary; null: whichever has everything first
     * @param timeoutMs after which it is given up; 0: never
     * @param forced after that time it happens all the same
     */
    void begin(@Nullable InetSocketAddress wished, long timeoutMs, boolean forced) {
        target = wished;
        force = forced;
        long now = keyspace.nowMs();
        boolean ends = timeoutMs > 0 && timeoutMs < Long.MAX_VALUE - now;
        endsAtMs = ends ? now + timeoutMs : Long.MAX_VALUE;
        log.failoverRequested(wished);
        asked = false;
        state = State.WAITING;
        pause.begin(Pause.Purpose.FAILOVER, Pause.Kind.WRITES, Long.MAX_VALUE);
    }

    /** Looks how far it is, every tick; who lacks something is asked once, at the first. */
    void everyTick() {
        check();
        if (state == State.WAITING && !asked) {
            asked = true;
            primary.askForAcks();
        }
    }

    /** Looks whether it can go on: at each acknowledgement and every tick. */
    void check() {
        if (state != State.WAITING) {
            return;
        }
        InetSocketAddress to = target;
        if (keyspace.nowMs() >= endsAtMs) {
            if (force && to != null) {
                log.failoverForced(to);
                giveTo(to);
            } else {
                abort("Replica never caught up before timeout");
            }
            return;
        }
        if (to == null) {
            to = primary.anyWithAll();
        } else if (primary.standing(to.getHostString(), to.getPort()) != Standing.HAS_ALL) {
            to = null;
        }
        if (to != null) {
            log.failoverSynced(to);
            giveTo(to);
        }
    }

    private void giveTo(InetSocketAddress to) {
        target = to;
        state = State.IN_PROGRESS;
        blocked.disconnectAll();
        upstream.follow(to.getHostString(), to.getPort(), false);
    }

    /** Gives it up; this is a primary then. */
    void abort(String why) {
        log.failoverAborted(target, state.infoName, why);
        boolean gaveUpRole = state == State.IN_PROGRESS;
        end();
        if (gaveUpRole) {
            upstream.promote();
        }
    }

    private void end() {
        state = State.NONE;
        target = null;
        pause.end(Pause.Purpose.FAILOVER);
    }

    @Override
    public boolean isUnderWay() {
        return state == State.IN_PROGRESS;
    }

    @Override
    public void accepted() {
        end();
    }

    @Override
    public void rejected() {
        abort("Failover target rejected psync request");
    }
}
