package io.carnelian.server.admin;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.ALLOW_BUSY;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_MULTI;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.Lifecycle;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * SHUTDOWN: its client waits until the server has ended, and hears only if it has not. Source:
 * https://redis.io/docs/latest/commands/shutdown/.
 */
public final class ShutdownCommand implements BlockedClients.Wait {
    private static final int FLAGS = ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY;
    private static final ErrorReply NOT_ENDING = ErrorReply.of("ERR No shutdown in progress.");
    private static final ErrorReply CANNOT_END =
            ErrorReply.of("ERR Errors trying to SHUTDOWN. Check logs.");
    private static final ErrorReply CANNOT_WAIT =
            ErrorReply.of(
                    "ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client");
    private static final Token SAVE = Token.of("SAVE");
    private static final Token NOSAVE = Token.of("NOSAVE");
    private static final Token NOW = Token.of("NOW");
    private static final Token FORCE = Token.of("FORCE");
    private static final Token ABORT = Token.of("ABORT");

    private final Lifecycle lifecycle;
    private final BlockedClients blocked;
    private final Set<Client> waiting = new LinkedHashSet<>();

    public ShutdownCommand(Lifecycle lifecycle, BlockedClients blocked) {
        this.lifecycle = lifecycle;
        this.blocked = blocked;
        lifecycle.onCallOff(this::calledOff);
    }

    public void addTo(CommandTable commands) {
        commands.add("shutdown", -1, FLAGS, Keys.NONE, 0, this::shutdown);
    }

    private void shutdown(Call call) {
        boolean save = false;
        boolean noSave = false;
        boolean now = false;
        boolean force = false;
        for (int i = 1; i < call.argc(); i++) {
            if (call.is(i, SAVE) && !noSave) {
                save = true;
            } else if (call.is(i, NOSAVE) && !save) {
                noSave = true;
            } else if (call.is(i, NOW)) {
                now = true;
            } else if (call.is(i, FORCE)) {
                force = true;
            } else if (call.is(i, ABORT) && call.argc() == 2) {
                abort(call);
                return;
            } else {
                throw Errors.syntax();
            }
        }
        if (!now && !call.mayBlock()) {
            throw CANNOT_WAIT.error();
        }
        @Nullable Boolean saveWish = (save || noSave) ? save : null;
        switch (lifecycle.shutdown(new Lifecycle.Wish(saveWish, now, force), call.nowMs())) {
            case ENDED -> {}
            case REFUSED -> throw CANNOT_END.error();
            case WAITS -> {
                waiting.add(call.client());
                blocked.block(call.client(), 0, this);
            }
        }
    }

    private void abort(Call call) {
        if (!lifecycle.abort()) {
            throw NOT_ENDING.error();
        }
        call.reply().ok();
    }

    private void calledOff() {
        List<Client> all = new ArrayList<>(waiting);
        for (Client client : all) {
            blocked.replyTo(client).error(CANNOT_END);
            blocked.served(client);
        }
    }

    @Override
    public void timedOut(Client client, Reply reply) {
        throw new IllegalStateException("SHUTDOWN has no time-out of its own");
    }

    @Override
    public void left(Client client) {
        waiting.remove(client);
    }

    @Override
    public boolean mayBeUnblocked() {
        return false;
    }
}
