package io.carnelian.server.reclaim;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.GateCheck;
import io.carnelian.server.resp.ErrorReply;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The gate MAXMEMORY: makes room before a command, and refuses those that would need more when
 * there is none. Inside MULTI everything is refused but what ends the transaction: a queue takes
 * memory too.
 */
final class MemoryGate implements GateCheck {
    private static final ErrorReply REFUSED =
            ErrorReply.of("OOM command not allowed when used memory > 'maxmemory'.");
    private static final Set<String> END_TRANSACTION = Set.of("discard", "quit", "reset");

    private final Evictor evictor;

    MemoryGate(Evictor evictor) {
        this.evictor = evictor;
    }

    @Override
    public @Nullable ErrorReply check(Call call) {
        if (evictor.evict() != Evictor.Result.FAILED) {
            return null;
        }
        boolean needsMemory = (call.flags() & Flags.DENYOOM) != 0;
        return needsMemory || isQueued(call) ? REFUSED : null;
    }

    private static boolean isQueued(Call call) {
        return call.client().transaction() != null
                && !call.command().runsQueued()
                && !END_TRANSACTION.contains(call.command().name());
    }
}
