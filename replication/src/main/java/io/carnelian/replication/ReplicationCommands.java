package io.carnelian.replication;

import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.primary.Primary.Standing;
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
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** ROLE, REPLICAOF and FAILOVER: what a node is, and what it is to become. */
public final class ReplicationCommands {
    private static final int MAX_PORT = 65535;
    private static final Token NO = Token.of("no");
    private static final Token ONE = Token.of("one");
    private static final Token ABORT = Token.of("abort");
    private static final Token TO = Token.of("to");
    private static final Token FORCE = Token.of("force");
    private static final Token TIMEOUT = Token.of("timeout");

    private static final ErrorReply INVALID_PORT = ErrorReply.of("ERR Invalid master port");
    private static final ErrorReply OF_A_REPLICA =
            ErrorReply.of("ERR Command is not valid when client is a replica.");
    private static final ErrorReply OF_THE_PRIMARY =
            ErrorReply.of("ERR REPLICAOF not allowed in the stream of the master.");
    private static final ErrorReply WHILE_FAILING_OVER =
            ErrorReply.of("ERR REPLICAOF not allowed while failing over.");
    private static final ErrorReply NO_FAILOVER = ErrorReply.of("ERR No failover in progress.");
    private static final ErrorReply TIMEOUT_NOT_POSITIVE =
            ErrorReply.of("ERR FAILOVER timeout must be greater than 0");
    private static final ErrorReply FAILOVER_ALREADY =
            ErrorReply.of("ERR FAILOVER already in progress.");
    private static final ErrorReply FAILOVER_OF_REPLICA =
            ErrorReply.of("ERR FAILOVER is not valid when server is a replica.");
    private static final ErrorReply FAILOVER_ALONE =
            ErrorReply.of("ERR FAILOVER requires connected replicas.");
    private static final ErrorReply FORCE_ALONE =
            ErrorReply.of(
                    "ERR FAILOVER with force option requires both a timeout and target HOST and"
                            + " IP.");
    private static final ErrorReply TARGET_UNKNOWN =
            ErrorReply.of("ERR FAILOVER target HOST and PORT is not a replica.");
    private static final ErrorReply TARGET_NOT_ONLINE =
            ErrorReply.of("ERR FAILOVER target replica is not online.");

    private final Primary primary;
    private final Failover failover;
    private final PrimaryInfo primaryInfo;
    private final ReplicaInfo replicaInfo;
    private final Upstream upstream;
    private final BlockedClients blocked;

    ReplicationCommands(
            Primary primary,
            Failover failover,
            PrimaryInfo primaryInfo,
            ReplicaInfo replicaInfo,
            Upstream upstream,
            BlockedClients blocked) {
        this.primary = primary;
        this.failover = failover;
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
        table.add("failover", -1, admin | Flags.STALE, Keys.NONE, 0, this::failover);
    }

    private void role(Call call) {
        if (upstream.isReplica()) {
            replicaInfo.role(call);
        } else {
            primaryInfo.role(call);
        }
    }

    private void replicaof(Call call) {
        if (call.client().primary) {
            throw OF_THE_PRIMARY.error();
        }
        // In all other cases the payload is given up, which redis-server can't while it loads.
        if (replicaInfo.isLoadingAside()) {
            throw Errors.LOADING.error();
        }
        if (failover.isActive()) {
            throw WHILE_FAILING_OVER.error();
        }
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
        int port = (int) call.longArg(2, 0, MAX_PORT, INVALID_PORT);
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

    private void failover(Call call) {
        if (call.argc() == 2 && call.is(1, ABORT)) {
            if (!failover.isActive()) {
                throw NO_FAILOVER.error();
            }
            failover.abort("Failover manually aborted");
            call.reply().ok();
            return;
        }
        long timeoutMs = 0;
        boolean force = false;
        InetSocketAddress to = null;
        int i = 1;
        while (i < call.argc()) {
            if (call.is(i, TIMEOUT) && i + 1 < call.argc() && timeoutMs == 0) {
                timeoutMs = call.longArg(i + 1);
                if (timeoutMs <= 0) {
                    throw TIMEOUT_NOT_POSITIVE.error();
                }
                i += 2;
            } else if (call.is(i, TO) && i + 2 < call.argc() && to == null) {
                long port = call.longArg(i + 2);
                boolean possible = port >= 0 && port <= MAX_PORT;
                to =
                        InetSocketAddress.createUnresolved(
                                call.string(i + 1), possible ? (int) port : 0);
                i += 3;
            } else if (call.is(i, FORCE) && !force) {
                force = true;
                i++;
            } else {
                throw Errors.syntax();
            }
        }
        check(to, timeoutMs, force);
        failover.begin(to, timeoutMs, force);
        call.reply().ok();
    }

    private void check(@Nullable InetSocketAddress to, long timeoutMs, boolean force) {
        if (failover.isActive()) {
            throw FAILOVER_ALREADY.error();
        }
        if (upstream.isReplica()) {
            throw FAILOVER_OF_REPLICA.error();
        }
        if (primary.followers() == 0) {
            throw FAILOVER_ALONE.error();
        }
        if (force && (timeoutMs == 0 || to == null)) {
            throw FORCE_ALONE.error();
        }
        if (to != null) {
            Standing standing = primary.standing(to.getHostString(), to.getPort());
            if (standing == Standing.NOBODY) {
                throw TARGET_UNKNOWN.error();
            }
            if (standing == Standing.NOT_ONLINE) {
                throw TARGET_NOT_ONLINE.error();
            }
        }
    }
}
