package io.carnelian.server.connection;

import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds clients back for a while: their commands wait at the gate PAUSED and run when the pause is
 * over, in the order of their coming. Nothing changes meanwhile: expired keys are hidden and not
 * deleted, and whoever evicts asks {@link #isActive} first.
 *
 * <pre>
 *   purposes:  CLIENT PAUSE   shutdown   failover      each with a kind and an end
 *                     └──────────┼──────────┘
 *              strictest kind, latest end ──► gate armed, keyspace frozen
 * </pre>
 *
 * What a transaction began before the pause it ends. Replicas are never held back; the stream of a
 * primary comes in and waits. Source: https://redis.io/docs/latest/commands/client-pause/. Command
 * thread only.
 */
public final class Pause implements BlockedClients.Wait {
    /** Who pauses: a pause for one purpose does not end one for another. */
    public enum Purpose {
        COMMAND,
        SHUTDOWN,
        FAILOVER,
        /** Keys are on their way to another server. */
        MIGRATION
    }

    /** What waits. */
    public enum Kind {
        /** Commands that change data or go into the stream. */
        WRITES,
        /** Everything, CLIENT UNPAUSE included. */
        ALL
    }

    private static final int NONE = -1;

    private final Gates gates;
    private final Keyspace keyspace;
    private final BlockedClients blocked;
    private final Mailbox mailbox;
    private final int[] kinds = {NONE, NONE, NONE, NONE};
    private final long[] endsMs = new long[Purpose.values().length];
    private final Set<Client> parked = new LinkedHashSet<>();
    private int kind = NONE;
    private long timerAtMs = Long.MAX_VALUE;

    public Pause(Gates gates, Keyspace keyspace, BlockedClients blocked, Mailbox mailbox) {
        this.gates = gates;
        this.keyspace = keyspace;
        this.blocked = blocked;
        this.mailbox = mailbox;
        gates.install(Gate.PAUSED, this::check);
    }

    /**
     * Pauses, or makes a pause for this purpose longer and stricter; never shorter or milder.
     *
     * @param durationMs from now on, in milliseconds
     */
    public void begin(Purpose purpose, Kind what, long durationMs) {
        int p = purpose.ordinal();
        long now = keyspace.nowMs();
        long endMs = durationMs > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + durationMs;
        endsMs[p] = kinds[p] == NONE ? endMs : Math.max(endsMs[p], endMs);
        kinds[p] = Math.max(kinds[p], what.ordinal());
        update();
    }

    /** Ends the pause for one purpose. */
    public void end(Purpose purpose) {
        kinds[purpose.ordinal()] = NONE;
        update();
    }

    /** Whether clients are held back now, so that nothing may change by itself either. */
    public boolean isActive() {
        return kind != NONE;
    }

    private void timer() {
        timerAtMs = Long.MAX_VALUE;
        update();
    }

    /** Ends what is over, and obeys what is left. */
    private void update() {
        int strictest = NONE;
        long now = keyspace.nowMs();
        for (int p = 0; p < kinds.length; p++) {
            if (now >= endsMs[p]) {
                kinds[p] = NONE;
            }
            strictest = Math.max(strictest, kinds[p]);
            if (kinds[p] != NONE && endsMs[p] < timerAtMs) {
                timerAtMs = endsMs[p];
                mailbox.postAfter(this::timer, endsMs[p] - now);
            }
        }
        boolean ends = kind != NONE && strictest == NONE;
        kind = strictest;
        boolean active = kind != NONE;
        gates.arm(Gate.PAUSED, active);
        keyspace.freeze(active);
        if (!active) {
            List<Client> free = new ArrayList<>(parked);
            for (Client client : free) {
                blocked.served(client);
            }
        }
        if (ends) {
            mailbox.post(keyspace::tellThawed);
        }
    }

    private @Nullable ErrorReply check(Call call) {
        Client client = call.client();
        boolean held =
                kind == Kind.ALL.ordinal()
                        || (call.flags() & (Flags.WRITE | Flags.MAY_REPLICATE)) != 0;
        if (client.replica || !held) {
            return null;
        }
        call.postpone();
        parked.add(client);
        blocked.block(client, 0, this);
        return Gates.HANDLED;
    }

    @Override
    public void timedOut(Client client, Reply reply) {
        throw new IllegalStateException("a pause has no time-out of its own");
    }

    @Override
    public void left(Client client) {
        parked.remove(client);
    }

    @Override
    public boolean mayBeUnblocked() {
        return false;
    }
}
