package io.carnelian.replication.primary;

import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationLog;
import io.carnelian.replication.replica.Upstream;
import io.carnelian.server.client.Client;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.Categories;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.CommandError;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import java.util.function.BooleanSupplier;

/**
 * What replicas say to a primary, WAIT and WAITAOF.
 *
 * <pre>
 *   REPLCONF option value …    before PSYNC: what the replica is, each answered by +OK
 *   PSYNC replid byteNumber    +CONTINUE, +FULLRESYNC, or an error; SYNC: a payload at once
 *   PSYNC … FAILOVER           said by our primary: we are to take its place
 *   REPLCONF ACK offset        in the stream's other direction, never answered
 * </pre>
 */
public final class PrimaryCommands {
    private static final int MAX_IP_CHARS = 255;

    private static final Token LISTENING_PORT = Token.of("listening-port");
    private static final Token IP_ADDRESS = Token.of("ip-address");
    private static final Token CAPA = Token.of("capa");
    private static final Token EOF = Token.of("eof");
    private static final Token PSYNC2 = Token.of("psync2");
    private static final Token ACK = Token.of("ack");
    private static final Token FACK = Token.of("fack");
    private static final Token GETACK = Token.of("getack");
    private static final Token RDB_ONLY = Token.of("rdb-only");
    private static final Token RDB_FILTER_ONLY = Token.of("rdb-filter-only");
    private static final Token FAILOVER = Token.of("failover");
    private static final Token VERSION = Token.of("version");

    private static final ErrorReply NOT_0_OR_1 =
            ErrorReply.of("ERR value is out of range, value must between 0 and 1");
    private static final ErrorReply TIMEOUT_NOT_INTEGER =
            ErrorReply.of("ERR timeout is not an integer or out of range");
    private static final ErrorReply TIMEOUT_NEGATIVE = ErrorReply.of("ERR timeout is negative");

    private static final ErrorReply NO_UPSTREAM =
            ErrorReply.of("NOMASTERLINK Can't SYNC while not connected with my master");
    private static final ErrorReply FAILING_OVER =
            ErrorReply.of("NOMASTERLINK Can't SYNC while failing over");
    private static final ErrorReply FAILOVER_OF_PRIMARY =
            ErrorReply.of("ERR PSYNC FAILOVER can't be sent to a master.");
    private static final ErrorReply FAILOVER_OF_OTHERS =
            ErrorReply.of("ERR PSYNC FAILOVER replid must match my replid.");
    private static final ErrorReply WAIT_ON_REPLICA =
            ErrorReply.of(
                    "ERR WAIT cannot be used with replica instances. Please also note that since"
                            + " Redis 4.0 if a replica is configured to be writable (which is not"
                            + " the default) writes to replicas are just local and are not"
                            + " propagated.");

    private static final ErrorReply WAITAOF_ON_REPLICA =
            ErrorReply.of(
                    "ERR WAITAOF cannot be used with replica instances. Please also note that"
                            + " writes to replicas are just local and are not propagated.");

    private final Primary primary;
    private final Upstream upstream;
    private final NodeHistory history;
    private final BooleanSupplier failingOver;
    private final ReplicationLog log;

    /**
     * @param upstream what we follow, if anything
     * @param failingOver whether a FAILOVER of ours is under way
     */
    public PrimaryCommands(
            Primary primary,
            Upstream upstream,
            NodeHistory history,
            BooleanSupplier failingOver,
            ReplicationLog log) {
        this.primary = primary;
        this.history = history;
        this.failingOver = failingOver;
        this.upstream = upstream;
        this.log = log;
    }

    public void addTo(CommandTable table) {
        int admin = Flags.ADMIN | Flags.NOSCRIPT;
        int sync = admin | Flags.NO_ASYNC_LOADING | Flags.NO_MULTI;
        int replconf = admin | Flags.LOADING | Flags.STALE | Flags.ALLOW_BUSY;
        table.add("replconf", -1, replconf, Keys.NONE, 0, this::replconf);
        table.add("psync", -3, sync, Keys.NONE, 0, this::psync);
        table.add("sync", 1, sync, Keys.NONE, 0, this::sync);
        table.add("waitaof", 4, Flags.NOSCRIPT, Keys.NONE, Categories.CONNECTION, this::waitAof);
        table.add("wait", 3, Flags.NOSCRIPT, Keys.NONE, Categories.CONNECTION, this::waitFor);
    }

    /**
     * Pairs of option and value; some of them are said by a replica in the stream's other direction
     * and not answered.
     */
    private void replconf(Call call) {
        if (call.argc() % 2 == 0) {
            throw Errors.syntax();
        }
        if (call.client().primary) {
            if (call.is(1, GETACK)) {
                upstream.acknowledgeSoon();
            }
            return;
        }
        Replica replica = primary.of(call.client());
        for (int i = 1; i < call.argc(); i += 2) {
            if (call.is(i, ACK)) {
                acknowledge(call, i + 1);
                return;
            } else if (call.is(i, GETACK)) {
                return;
            } else if (call.is(i, LISTENING_PORT)) {
                replica.listeningPort = (int) call.longArg(i + 1, 0, 65535, Errors.NOT_INTEGER);
            } else if (call.is(i, IP_ADDRESS)) {
                replica.announcedIp = ipArg(call, i + 1);
            } else if (call.is(i, CAPA)) {
                replica.capaEof |= call.is(i + 1, EOF);
                replica.capaPsync2 |= call.is(i + 1, PSYNC2);
            } else if (call.is(i, RDB_ONLY)) {
                call.longArg(i + 1);
                replica.rdbOnly = call.longArg(i + 1, 0, 1, NOT_0_OR_1) == 1;
            } else if (call.is(i, RDB_FILTER_ONLY)) {
                checkFilter(call.string(i + 1));
                replica.withoutKeys = true;
            } else if (!call.is(i, VERSION) && !call.is(i, FACK)) {
                throw ErrorReply.of("ERR Unrecognized REPLCONF option: " + call.string(i)).error();
            }
        }
        call.reply().ok();
    }

    private void acknowledge(Call call, int at) {
        try {
            primary.acknowledged(call.client(), call.longArg(at));
            if (call.argc() > at + 2 && call.is(at + 1, FACK)) {
                primary.storeWaits().stored(call.client(), call.longArg(at + 2));
            }
        } catch (CommandError ignored) {
            // Whoever acknowledges nonsense is not answered either.
        }
    }

    private static String ipArg(Call call, int i) {
        if (call.length(i) > MAX_IP_CHARS) {
            throw ErrorReply.of(
                            "ERR REPLCONF ip-address provided by replica instance is too long: "
                                    + call.length(i)
                                    + " bytes")
                    .error();
        }
        return call.string(i);
    }

    /**
     * Any filter leaves out the keys; the only thing that can be let in is what we have none of.
     */
    private static void checkFilter(String words) {
        for (String word : words.split(" ")) {
            if (!word.isEmpty() && !word.equalsIgnoreCase("functions")) {
                throw ErrorReply.of("ERR Unsupported rdb-filter-only option: " + word).error();
            }
        }
    }

    private void psync(Call call) {
        if (mayNotFollow(call.client())) {
            return;
        }
        if (call.argc() > 3 && call.is(3, FAILOVER)) {
            takeOver(call);
        }
        checkMayBeFollowed();
        Replica replica = primary.of(call.client());
        log.asksForSync(replica.name());
        long byteNumber;
        try {
            byteNumber = call.longArg(2);
        } catch (CommandError e) {
            log.wrongOffset(replica.name());
            throw e;
        }
        primary.psync(replica, call.string(1), byteNumber);
    }

    private void sync(Call call) {
        if (mayNotFollow(call.client())) {
            return;
        }
        checkMayBeFollowed();
        Replica replica = primary.of(call.client());
        log.asksForSync(replica.name());
        replica.neverSpeaks = true;
        primary.sync(replica);
    }

    /** What it asks is passed over: another stream is on that connection already. */
    private static boolean mayNotFollow(Client client) {
        return client.replica || client.primary || client.monitor;
    }

    private void checkMayBeFollowed() {
        if (failingOver.getAsBoolean()) {
            throw FAILING_OVER.error();
        }
        if (upstream.isReplica() && !upstream.isOnline()) {
            throw NO_UPSTREAM.error();
        }
    }

    /** Our primary wants to follow us: we become one, if we are in the same history. */
    private void takeOver(Call call) {
        log.failoverAsked(call.string(1));
        if (!upstream.isReplica()) {
            throw FAILOVER_OF_PRIMARY.error();
        }
        if (!call.string(1).equalsIgnoreCase(history.replid())) {
            throw FAILOVER_OF_OTHERS.error();
        }
        upstream.promote();
        upstream.logFailedOver(call.client().toString());
    }

    private void waitAof(Call call) {
        long local = call.longArg(1, 0, 1, NOT_0_OR_1);
        long wanted = call.longArg(2);
        if (wanted < 0) {
            throw Errors.NOT_POSITIVE.error();
        }
        long timeoutMs = timeout(call, 3);
        if (upstream.isReplica()) {
            throw WAITAOF_ON_REPLICA.error();
        }
        if (local > 0 && !primary.storeWaits().isOn()) {
            throw StoreWaits.NO_AOF.error();
        }
        StoreWaits disks = primary.storeWaits();
        if (!call.mayBlock() || !disks.waits(call.client(), local, wanted, timeoutMs)) {
            disks.tell(call.client(), call.reply());
        }
    }

    private static long timeout(Call call, int at) {
        long timeoutMs = call.longArg(at, TIMEOUT_NOT_INTEGER);
        if (timeoutMs < 0) {
            throw TIMEOUT_NEGATIVE.error();
        }
        return timeoutMs;
    }

    private void waitFor(Call call) {
        if (upstream.isReplica()) {
            throw WAIT_ON_REPLICA.error();
        }
        long wanted = call.longArg(1);
        long timeoutMs = timeout(call, 2);
        if (!call.mayBlock() || !primary.waits(call.client(), wanted, timeoutMs)) {
            call.reply().integer(primary.upToDate(call.client()));
        }
    }
}
