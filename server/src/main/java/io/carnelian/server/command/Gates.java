package io.carnelian.server.command;

import io.carnelian.server.resp.ErrorReply;
import org.jspecify.annotations.Nullable;

/**
 * The installed checks and which of them are armed. A gate is armed while there is a state in which
 * it could refuse something: LOADING while a file is read, MAXMEMORY while a limit is set; gates
 * that depend on the client (AUTH, PUBSUB_CONTEXT, TX_QUEUE) are armed in the client's own mask.
 * The request path looks at {@code (armed | client) & command} and in the usual case finds zero:
 * fifteen checks for the price of one.
 */
public final class Gates {
    /** Answer of a check that stopped the command without an error reply. */
    public static final ErrorReply HANDLED = ErrorReply.of("ERR handled at a gate");

    private final @Nullable GateCheck[] checks = new GateCheck[Gate.values().length];
    int armed;

    /** Installs the check of a gate; it starts disarmed. */
    public void install(Gate gate, GateCheck check) {
        if (checks[gate.ordinal()] != null) {
            throw new IllegalStateException("gate " + gate + " has a check already");
        }
        checks[gate.ordinal()] = check;
    }

    public void arm(Gate gate, boolean on) {
        armed = on ? armed | gate.bit() : armed & ~gate.bit();
    }

    public boolean isArmed(Gate gate) {
        return (armed & gate.bit()) != 0;
    }

    /** Runs the checks of a mask in the gates' order; the first refusal, or null. */
    @Nullable ErrorReply firstRefusal(int mask, Call call) {
        for (int rest = mask; rest != 0; rest &= rest - 1) {
            GateCheck check = checks[Integer.numberOfTrailingZeros(rest)];
            if (check != null) {
                ErrorReply refusal = check.check(call);
                if (refusal != null) {
                    return refusal;
                }
            }
        }
        return null;
    }
}
