package io.carnelian.replication;

import io.carnelian.replication.primary.PrimaryInfo;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Categories;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Token;

/** ROLE and REPLICAOF: what a node is, and what it is to become. */
public final class ReplicationCommands {
    private static final Token NO = Token.of("no");
    private static final Token ONE = Token.of("one");

    private static final ErrorReply INVALID_PORT = ErrorReply.of("ERR Invalid master port");
    private static final ErrorReply NOT_YET =
            ErrorReply.of("ERR this version can't follow another server yet, only be followed");

    private final PrimaryInfo primaryInfo;

    ReplicationCommands(PrimaryInfo primaryInfo) {
        this.primaryInfo = primaryInfo;
    }

    void addTo(CommandTable table) {
        int admin = Flags.ADMIN | Flags.NOSCRIPT;
        int role = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE | Flags.FAST;
        int replicaof = admin | Flags.STALE | Flags.NO_ASYNC_LOADING;
        table.add(
                "role",
                1,
                role,
                Keys.NONE,
                Categories.ADMIN | Categories.DANGEROUS,
                primaryInfo::role);
        table.add("replicaof", 3, replicaof, Keys.NONE, 0, this::replicaof);
        table.add("slaveof", 3, replicaof, Keys.NONE, 0, this::replicaof);
    }

    private void replicaof(Call call) {
        if (call.is(1, NO) && call.is(2, ONE)) {
            call.reply().ok();
            return;
        }
        call.longArg(2, 0, 65535, INVALID_PORT);
        throw NOT_YET.error();
    }
}
