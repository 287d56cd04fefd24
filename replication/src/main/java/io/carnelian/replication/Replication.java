package io.carnelian.replication;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.primary.PrimaryCommands;
import io.carnelian.replication.primary.PrimaryInfo;
import io.carnelian.replication.primary.SpillFiles;
import io.carnelian.replication.replica.Following;
import io.carnelian.replication.replica.LinkParts;
import io.carnelian.replication.replica.PayloadSource;
import io.carnelian.replication.replica.ReplicaInfo;
import io.carnelian.replication.replica.Upstream;
import io.carnelian.replication.stream.ReplicationId;
import io.carnelian.server.Cron;
import io.carnelian.server.Server;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.feed.StreamPosition;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.info.Fields;
import io.carnelian.server.info.Info;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The module: makes its parts and puts them behind the server's doors. The composition root calls
 * the {@code addTo} methods at start, {@link #closed} when a connection has ended, and {@link
 * #close} at shutdown.
 */
public final class Replication {
    private static final long SECOND_MS = 1000;
    private static final ErrorReply NAMED_BY_PRIMARY =
            ErrorReply.of("ERR A replica has the replication ID of its primary");

    private final NodeHistory history;
    private final Primary primary;
    private final Upstream upstream;
    private Runnable readOnlyListener = () -> {};
    private final Following following;
    private final PrimaryCommands primaryCommands;
    private final PrimaryInfo primaryInfo;
    private final ReplicaInfo replicaInfo;
    private final ReplicationCommands commands;
    private final Keyspace keyspace;
    private final WriteStream stream;
    private final ReplicationConfig config;
    private final ReplicationLog log = new ReplicationLog();
    private final Failover failover;

    /**
     * @param blocked where clients wait: those of WAIT do
     * @param random one that nobody can guess: for ids and end marks
     * @param snapshotThreads makes the threads that send snapshots
     * @param dialer opens the connection to a primary
     * @param source how its payload is loaded
     * @param keyDelayMicros a pause after every key of a payload that is sent: {@code
     *     rdb-key-save-delay}, asked on snapshot threads
     * @param pause holds writes back during a FAILOVER
     * @param listeningPort what others reach this server at
     * @param onGone hears that the client has gone that stands for the primary
     */
    public Replication(
            Server server,
            BlockedClients blocked,
            ReplicationConfig config,
            Mailbox mailbox,
            ByteBufAllocator allocator,
            RandomGenerator random,
            ThreadFactory snapshotThreads,
            Dialer dialer,
            PayloadSource source,
            LongSupplier keyDelayMicros,
            Pause pause,
            IntSupplier listeningPort,
            Consumer<Client> onGone) {
        this.keyspace = server.keyspace();
        this.stream = server.stream();
        this.config = config;
        this.history = new NodeHistory(random);
        this.primary =
                new Primary(
                        keyspace,
                        server.stream(),
                        blocked,
                        history,
                        config,
                        log,
                        mailbox,
                        allocator,
                        snapshotThreads,
                        keyDelayMicros);
        Following following =
                new Following(keyspace, server.executor(), server.clients(), allocator, onGone);
        this.upstream =
                new Upstream(
                        new LinkParts(
                                keyspace,
                                server.stream(),
                                primary,
                                history,
                                config,
                                dialer,
                                mailbox,
                                source,
                                following,
                                listeningPort));
        primary.streamDb(upstream::streamDb);
        this.failover = new Failover(primary, upstream, pause, blocked, keyspace, log);
        upstream.handover(failover);
        primary.onAcknowledged(failover::check);
        primary.pingsRest(failover::isActive);
        this.primaryCommands =
                new PrimaryCommands(primary, upstream, history, failover::isActive, log);
        this.primaryInfo = new PrimaryInfo(primary, history, config, failover::stateName);
        this.following = following;
        this.replicaInfo = new ReplicaInfo(upstream, config);
        this.commands =
                new ReplicationCommands(
                        primary, failover, primaryInfo, replicaInfo, upstream, blocked);
        primary.backlogSizeChanged();
        config.backlogBytes.onApply(primary::backlogSizeChanged);
        config.pingPeriodSeconds.onApply(primary::pingLater);
        config.syncDelaySeconds.onApply(config::delayWasSet);
        config.fullSyncGuard.onApply(upstream::guardChanged);
    }

    public void addTo(CommandTable table) {
        primaryCommands.addTo(table);
        commands.addTo(table);
    }

    /**
     * The gates MIN_REPLICAS, no writes while too few replicas would have them; READ_ONLY, none on
     * a replica; STALE, nothing that may be old; REPLICA, nothing that who follows may not ask.
     */
    public void addTo(Gates gates) {
        gates.install(Gate.MIN_REPLICAS, this::enoughReplicas);
        gates.install(
                Gate.READ_ONLY, call -> (call.flags() & Flags.WRITE) != 0 ? Errors.READONLY : null);
        gates.install(Gate.STALE, call -> Errors.MASTERDOWN);
        gates.install(Gate.REPLICA, this::fromReplica);
        config.minReplicas.onApply(() -> arm(gates));
        config.maxLagSeconds.onApply(() -> arm(gates));
        config.readOnly.onApply(() -> {
            arm(gates);
            readOnlyListener.run();
        });
        config.serveStale.onApply(() -> arm(gates));
        upstream.onStep(() -> arm(gates));
        arm(gates);
    }

    /** Who hears that {@code replica-read-only} has another value. */
    public void onReadOnlyChange(Runnable listener) {
        readOnlyListener = listener;
    }

    private void arm(Gates gates) {
        boolean replica = upstream.isReplica();
        gates.arm(Gate.MIN_REPLICAS, config.needsReplicas() && !replica);
        gates.arm(Gate.READ_ONLY, replica && config.readOnly.on);
        gates.arm(Gate.STALE, replica && !upstream.isOnline() && !config.serveStale.on);
    }

    /** A reply would stand in the middle of the stream. */
    private @Nullable ErrorReply fromReplica(Call call) {
        String name = call.command().fullName();
        if (name.equals("replconf") || name.equals("psync") || name.equals("sync")) {
            return null;
        }
        boolean ofData = (call.flags() & (Flags.WRITE | Flags.READONLY)) != 0;
        log.talks(name, ofData, call.client().toString());
        call.client().kill();
        return Gates.HANDLED;
    }

    private @Nullable ErrorReply enoughReplicas(Call call) {
        boolean write = (call.flags() & Flags.WRITE) != 0;
        boolean enough = !write || primary.goodReplicas(call.nowMs()) >= config.minReplicas.value;
        return enough ? null : Errors.NOREPLICAS;
    }

    /**
     * DEBUG REPLICATE puts a command into the stream that this server has not run; DEBUG
     * CHANGE-REPL-ID gives the history another name, so that replicas can't go on where they were.
     */
    public void addTo(DebugCommands debug) {
        debug.add("replicate", 3, Integer.MAX_VALUE, this::replicate);
        debug.add("change-repl-id", 2, 2, this::changeReplid);
    }

    /** A replica shares the name with its primary, which alone may choose another. */
    private void changeReplid(Call call) {
        if (upstream.isReplica()) {
            throw NAMED_BY_PRIMARY.error();
        }
        stream.endTurn(); // what was appended before belongs to the history of before
        history.begin();
        log.renamed(history);
        call.reply().ok();
    }

    private void replicate(Call call) {
        StringBuilder command = new StringBuilder("*").append(call.argc() - 2).append("\r\n");
        for (int i = 2; i < call.argc(); i++) {
            command.append('$').append(call.length(i)).append("\r\n");
            command.append(call.string(i)).append("\r\n");
        }
        stream.appendRaw(command.toString().getBytes(StandardCharsets.ISO_8859_1));
        call.reply().ok();
    }

    /**
     * Time-outs and periods of both halves.
     *
     * @param ready whether this server has loaded its own data: before, nobody is followed
     */
    public void addTo(Cron cron, BooleanSupplier ready) {
        cron.every(
                "replication",
                SECOND_MS,
                () -> {
                    primary.everySecond(keyspace.nowMs());
                    upstream.everySecond(keyspace.nowMs(), ready.getAsBoolean());
                });
        cron.every(
                "replication, often",
                0,
                () -> {
                    primary.everyTick(keyspace.nowMs());
                    failover.everyTick();
                });
    }

    public void addTo(Info info) {
        info.write("Replication", this::describe);
        info.write("Stats", primaryInfo::stats);
        info.write("Persistence", primaryInfo::persistence);
        info.write("Persistence", replicaInfo::persistence);
        info.onReset(primary.stats()::reset);
    }

    private void describe(Fields to) {
        to.clear();
        if (upstream.isReplica()) {
            replicaInfo.replication(to, keyspace.nowMs());
        } else {
            to.put("role", "master");
        }
        primaryInfo.replication(to, keyspace.nowMs());
    }

    /** Before the first client: from now on this is a replica, if the configuration says so. */
    public void prepare() {
        SpillFiles.clean(config.directory(), log);
        List<String> words = config.replicaof.values;
        if (words.size() == 2) {
            upstream.follow(words.get(0), Integer.parseInt(words.get(1)), true);
        }
    }

    /** The data set was loaded from a file, which may say where it stood; before any client. */
    public void loaded(@Nullable LoadResult result) {
        if (result == null) {
            return;
        }
        String id = result.facts().getOrDefault("repl-id", "");
        String offset = result.facts().getOrDefault("repl-offset", "");
        if (id.length() == ReplicationId.LENGTH && offset.matches("[0-9]{1,18}")) {
            int db = PayloadSource.streamDb(result, keyspace.databases());
            upstream.standsAt(id, Long.parseLong(offset), db);
            if (!upstream.isReplica()) {
                primary.tellExpired(result.expiredKeys());
            }
        }
    }

    /**
     * The data set was loaded from an append-only file, which says where it stands; before any
     * client.
     *
     * @param tail the last bytes of the stream before the offset; taken over
     */
    public void loaded(String replid, long offset, int db, List<ByteBuf> tail) {
        keepTail(offset, tail);
        upstream.standsAt(replid, offset, db);
    }

    /** The stream's last bytes go where replicas find them that lack some. */
    private void keepTail(long offset, List<ByteBuf> tail) {
        if (tail.isEmpty()) {
            return;
        }
        long bytes = 0;
        for (ByteBuf part : tail) {
            bytes += part.readableBytes();
        }
        stream.continueAt(offset - bytes);
        primary.keepStream();
        boolean relaying = stream.isRelaying();
        stream.relaying(true);
        for (ByteBuf part : tail) {
            stream.relay(part.memoryAddress() + part.readerIndex(), part.readableBytes());
            part.release();
        }
        stream.relaying(relaying);
    }

    /** Name of the history that the data set belongs to; empty while its place in it is unknown. */
    public String placedIn() {
        return !upstream.isReplica() || upstream.isPositioned() ? history.replid() : "";
    }

    /** The database that the stream is in. */
    public int streamDb() {
        return upstream.streamDb();
    }

    /** How far replicas may read the stream; {@link #releasedMore} when that has grown. */
    public void releasedBy(LongSupplier source) {
        primary.storeWaits().releasedBy(source);
    }

    /** What says how far the stream is on our own disk; {@link #releasedMore} when that grows. */
    public void store(LocalStore local) {
        primary.storeWaits().store(local);
        following.store(local);
    }

    public void releasedMore() {
        primary.storeWaits().progressed();
    }

    /** Whether anybody follows us. */
    public boolean hasFollowers() {
        return primary.followers() > 0;
    }

    /** Whether a client waits for what replicas have: WAIT, WAITAOF. */
    public boolean hasWaits() {
        return primary.hasWaits();
    }

    /** What a file says of itself, with the position that {@link #loaded} will find there. */
    public RdbFacts positioned(RdbFacts facts) {
        return upstream.isPositioned()
                ? facts.at(history.replid(), primary.position(), upstream.streamDb())
                : facts;
    }

    public NodeRole role() {
        return upstream.isReplica() ? NodeRole.REPLICA : NodeRole.PRIMARY;
    }

    /** Who hears that this server has become a replica, or a primary. */
    public void onRoleChange(Runnable listener) {
        upstream.onRoleChange(listener);
    }

    /**
     * Who hears that a full resync has replaced the data set: it is published, {@link #position} is
     * its own, and nothing that comes after it has been applied. An append-only file begins anew.
     */
    public void onNewData(Runnable listener) {
        upstream.onNewData(listener);
    }

    /** Who hears that the names of the history have changed; see {@link #position}. */
    public void onNewHistory(Runnable listener) {
        history.onChange(listener);
    }

    /** A command has emptied all databases. */
    public void flushedAll() {
        primary.flushedAll();
    }

    /** Whether a primary's payload is being loaded. */
    public boolean isLoading() {
        return upstream.isLoading();
    }

    /** Where the data set stands in its history. */
    public StreamPosition position() {
        return history.at(primary.position());
    }

    /** Bytes of the stream that are kept, with what slow replicas still need. */
    public long backlogBytes() {
        return primary.backlogBytes();
    }

    /** Bytes of the stream that are kept for replicas that come back. */
    public long backlogLimitBytes() {
        return config.backlogBytes.value;
    }

    /** Whether every replica that is to follow on has acknowledged all of the stream. */
    public boolean replicasHaveAll() {
        return primary.replicasHaveAll();
    }

    /** Logs which replicas lack something at the end, and how many do not. */
    public void logLaggards() {
        primary.logLaggards(keyspace.nowMs());
    }

    /** A client's connection has ended. */
    public void closed(Client client) {
        primary.closed(client);
    }

    /** Sends the replicas away and gives memory back; at shutdown. */
    public void close() {
        upstream.close();
        primary.close();
    }
}
