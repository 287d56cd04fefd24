package io.carnelian.replication;

import io.carnelian.replication.primary.PrimaryInfo;
import io.carnelian.replication.replica.ReplicaInfo;
import io.carnelian.replication.replica.Upstream;
import io.carnelian.server.client.BlockedClients;
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
    private static final ErrorReply OF_A_REPLICA =
            ErrorReply.of("ERR Command is not valid when client is a replica.");
    private final PrimaryInfo primaryInfo;
    private final ReplicaInfo replicaInfo;
    private final Upstream upstream;
    private final BlockedClients blocked;

    ReplicationCommands(
            PrimaryInfo primaryInfo,
            ReplicaInfo replicaInfo,
            Upstream upstream,
            BlockedClients blocked) {
        this.primaryInfo = primaryInfo;
        this.replicaInfo = replicaInfo;
        this.upstream = upstream;
        this.blocked = blocked;
    }

    void addTo(CommandTable table) {
        int admin = Flags.ADMIN | Flags.NOSCRIPT;
        int role = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE | Flags.FAST;
        int replicaof = admin | Flags.STALE | Flags.NO_ASYNC_LOADING;
        table.add("role", 1, role, Keys.NONE, Categories.ADMIN | Categories.DANGEROUS, this::role);
        table.add("replicaof", 3, replicaof, Keys.NONE, 0, this::replicaof);
        table.add("slaveof", 3, replicaof, Keys.NONE, 0, this::replicaof);
    }

    private void role(Call call) {
        if (upstream.isReplica()) {
            replicaInfo.role(call);
        } else {
            primaryInfo.role(call);
        }
    }

    private void replicaof(Call call) {
        String who = call.client().toString();
        if (call.is(1, NO) && call.is(2, ONE)) {
            if (upstream.isReplica()) {
                upstream.promote();
                upstream.logPrimary(who);
            }
            call.reply().ok();
            return;
        }
        if (call.client().replica) {
            throw OF_A_REPLICA.error();
        }
        int port = (int) call.longArg(2, 0, 65535, INVALID_PORT);
        String host = call.string(1);
        if (upstream.follows(host, port)) {
            upstream.logFollowsAlready();
            call.reply().simple("OK Already connected to specified master");
            return;
        }
        blocked.disconnectAll();
        upstream.follow(host, port, false);
        upstream.logFollows(who);
        call.reply().ok();
    }
}
