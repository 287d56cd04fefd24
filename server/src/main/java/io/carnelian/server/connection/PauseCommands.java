package io.carnelian.server.connection;

import static io.carnelian.server.command.Categories.CONNECTION;
import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;

/** CLIENT PAUSE, UNPAUSE and UNBLOCK: who has to wait, and who no longer. */
public final class PauseCommands {
    private static final int OPERATOR = ADMIN | NOSCRIPT | LOADING | STALE;
    private static final Token WRITE = Token.of("WRITE");
    private static final Token ALL = Token.of("ALL");
    private static final Token TIMEOUT = Token.of("TIMEOUT");
    private static final Token ERROR = Token.of("ERROR");
    private static final ErrorReply NOT_A_TIME =
            ErrorReply.of("ERR timeout is not an integer or out of range");
    private static final ErrorReply NEGATIVE = ErrorReply.of("ERR timeout is negative");
    private static final ErrorReply MODE =
            ErrorReply.of("ERR CLIENT PAUSE mode must be WRITE or ALL");
    private static final ErrorReply REASON =
            ErrorReply.of("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");

    private final Clients clients;
    private final BlockedClients blocked;
    private final Pause pause;

    public PauseCommands(Clients clients, BlockedClients blocked, Pause pause) {
        this.clients = clients;
        this.blocked = blocked;
        this.pause = pause;
    }

    /** Adds to CLIENT. */
    public void addTo(Command client) {
        client.sub("pause", -3, OPERATOR, Keys.NONE, CONNECTION, this::pause);
        client.sub("unpause", 2, OPERATOR, Keys.NONE, CONNECTION, this::unpause);
        client.sub("unblock", -3, OPERATOR, Keys.NONE, CONNECTION, this::unblock);
    }

    private void pause(Call call) {
        if (call.argc() > 4) {
            throw Errors.words(call.shown(0), call.shown(1)).error();
        }
        Pause.Kind kind = Pause.Kind.ALL;
        if (call.argc() == 4) {
            if (call.is(3, WRITE)) {
                kind = Pause.Kind.WRITES;
            } else if (!call.is(3, ALL)) {
                throw MODE.error();
            }
        }
        long durationMs = call.longArg(2, NOT_A_TIME);
        if (durationMs < 0) {
            throw NEGATIVE.error();
        }
        // Redis adds it to the clock, whose sum is then negative: a pause that is over at once.
        if (durationMs <= Long.MAX_VALUE - call.nowMs()) {
            pause.begin(Pause.Purpose.COMMAND, kind, durationMs);
        }
        call.reply().ok();
    }

    private void unpause(Call call) {
        pause.end(Pause.Purpose.COMMAND);
        call.reply().ok();
    }

    private void unblock(Call call) {
        boolean withError = false;
        if (call.argc() == 4) {
            withError = call.is(3, ERROR);
            if (!withError && !call.is(3, TIMEOUT)) {
                throw REASON.error();
            }
        } else if (call.argc() > 4) {
            throw Errors.words(call.shown(0), call.shown(1)).error();
        }
        Client client = clients.find(call.longArg(2));
        boolean ended = client != null && blocked.unblock(client, withError);
        call.reply().integer(ended ? 1 : 0);
    }
}
