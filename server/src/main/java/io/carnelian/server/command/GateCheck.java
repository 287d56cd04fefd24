package io.carnelian.server.command;

import io.carnelian.server.resp.ErrorReply;
import org.jspecify.annotations.Nullable;

/**
 * Decides about one request at one gate. Installed by the module that owns the reason to refuse.
 */
@FunctionalInterface
public interface GateCheck {
    /**
     * Null lets the command pass. {@link Gates#HANDLED} stops it without an error: the check has
     * replied, queued or parked it itself. Anything else is sent as the reply.
     */
    @Nullable ErrorReply check(Call call);
}
