package io.carnelian.server.connection;

import static io.carnelian.server.command.Flags.ADMIN;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.NO_ASYNC_LOADING;
import static io.carnelian.server.command.Flags.STALE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.Categories;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Handler;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;

/**
 * CLUSTER, READONLY, READWRITE and ASKING of a server that is no part of a cluster: client
 * libraries ask these to learn which kind of server they talk to, and know the answer.
 */
public final class ClusterCommands {
    private static final ErrorReply NO_CLUSTER =
            ErrorReply.of("ERR This instance has cluster support disabled");

    private static final Handler REFUSE = ClusterCommands::refuse;

    private static final String[] NODE_READS = {
        "info", "nodes", "slots", "shards", "links", "myid", "myshardid"
    };

    private ClusterCommands() {}

    public static void addTo(CommandTable commands) {
        int always = LOADING | STALE | FAST;
        commands.add("readonly", 1, always, Keys.NONE, Categories.CONNECTION, REFUSE);
        commands.add("readwrite", 1, always, Keys.NONE, Categories.CONNECTION, REFUSE);
        commands.add("asking", 1, FAST, Keys.NONE, Categories.CONNECTION, REFUSE);
        Command cluster = commands.container("cluster", 0);
        for (String name : NODE_READS) {
            sub(cluster, name, 2, STALE);
        }
        sub(cluster, "help", 2, LOADING | STALE);
        sub(cluster, "keyslot", 3, STALE);
        sub(cluster, "countkeysinslot", 3, STALE);
        sub(cluster, "getkeysinslot", 4, STALE);
        sub(cluster, "count-failure-reports", 3, ADMIN | STALE);
        sub(cluster, "replicas", 3, ADMIN | STALE);
        sub(cluster, "slaves", 3, ADMIN | STALE);
        sub(cluster, "reset", -2, ADMIN | NOSCRIPT | STALE);
        int change = ADMIN | STALE | NO_ASYNC_LOADING;
        sub(cluster, "addslots", -3, change);
        sub(cluster, "addslotsrange", -4, change);
        sub(cluster, "bumpepoch", 2, change);
        sub(cluster, "delslots", -3, change);
        sub(cluster, "delslotsrange", -4, change);
        sub(cluster, "failover", -2, change);
        sub(cluster, "flushslots", 2, change);
        sub(cluster, "forget", 3, change);
        sub(cluster, "meet", -4, change);
        sub(cluster, "replicate", 3, change);
        sub(cluster, "saveconfig", 2, change);
        sub(cluster, "set-config-epoch", 3, change);
        sub(cluster, "setslot", -4, change);
    }

    private static void sub(Command cluster, String name, int arity, int flags) {
        cluster.sub(name, arity, flags, Keys.NONE, 0, REFUSE);
    }

    private static void refuse(Call call) {
        throw NO_CLUSTER.error();
    }
}
