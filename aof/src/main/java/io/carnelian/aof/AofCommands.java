package io.carnelian.aof;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_ASYNC_LOADING;

import io.carnelian.aof.rewrite.Rewrites;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;

/** BGREWRITEAOF. */
final class AofCommands {
    private static final ErrorReply RUNS_ALREADY =
            ErrorReply.of("ERR Background append only file rewriting already in progress");

    private final Rewrites rewrites;

    AofCommands(Rewrites rewrites) {
        this.rewrites = rewrites;
    }

    void addTo(CommandTable commands) {
        commands.add(
                "bgrewriteaof",
                1,
                ADMIN | NOSCRIPT | NO_ASYNC_LOADING,
                Keys.NONE,
                0,
                this::bgrewriteaof);
    }

    private void bgrewriteaof(Call call) {
        switch (rewrites.wish()) {
            case STARTED -> call.reply().simple("Background append only file rewriting started");
            case SCHEDULED ->
                    call.reply().simple("Background append only file rewriting scheduled");
            case RUNS_ALREADY -> throw RUNS_ALREADY.error();
        }
    }
}
