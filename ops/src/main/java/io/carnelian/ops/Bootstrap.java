package io.carnelian.ops;

import io.carnelian.aof.Aof;
import io.carnelian.rdb.Rdb;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.replication.Replication;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.replica.PayloadSource;
import io.carnelian.server.Cron;
import io.carnelian.server.DebugSwitches;
import io.carnelian.server.Lifecycle;
import io.carnelian.server.Server;
import io.carnelian.server.SnapshotThreads;
import io.carnelian.server.admin.CommandCommands;
import io.carnelian.server.admin.ConfigCommands;
import io.carnelian.server.admin.ServerCommands;
import io.carnelian.server.admin.ShutdownCommand;
import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Registrations;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Gate;
import io.carnelian.server.commands.ObjectCommands;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.connection.Authentication;
import io.carnelian.server.connection.ClientCommands;
import io.carnelian.server.connection.ClientLimits;
import io.carnelian.server.connection.ClientNames;
import io.carnelian.server.connection.ClusterCommands;
import io.carnelian.server.connection.ConnectionCommands;
import io.carnelian.server.connection.ConnectionInfo;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.connection.PauseCommands;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.debug.DebugDigest;
import io.carnelian.server.debug.DebugSnapshot;
import io.carnelian.server.feed.NodeRole;
import io.carnelian.server.info.FeatureSections;
import io.carnelian.server.info.Fields;
import io.carnelian.server.info.GcPauses;
import io.carnelian.server.info.Identity;
import io.carnelian.server.info.Info;
import io.carnelian.server.info.MemoryCommands;
import io.carnelian.server.info.MemorySection;
import io.carnelian.server.info.ServerSection;
import io.carnelian.server.info.StatsSections;
import io.carnelian.server.latency.LatencyMonitor;
import io.carnelian.server.log.LogLevel;
import io.carnelian.server.log.LogSetup;
import io.carnelian.server.memory.PageKeeper;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.memory.ThreadPriority;
import io.carnelian.server.net.CommandLoop;
import io.carnelian.server.net.Network;
import io.carnelian.server.net.SocketDialer;
import io.carnelian.server.net.Transport;
import io.carnelian.server.process.Scheduling;
import io.carnelian.server.pubsub.PubSub;
import io.carnelian.server.pubsub.PubSubCommands;
import io.carnelian.server.reclaim.Reclaim;
import io.carnelian.server.settings.KeyspaceSettings;
import io.carnelian.server.settings.NetSettings;
import io.carnelian.server.settings.ServerSettings;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.tracking.Tracking;
import io.carnelian.server.tracking.TrackingCommands;
import io.carnelian.server.tx.TransactionCommands;
import io.carnelian.server.tx.Watches;
import io.carnelian.server.warmup.StoreWarmUp;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import java.net.BindException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The composition root: makes every part and connects them, in order. Nothing else in the project
 * knows all parts.
 *
 * <pre>
 *   transport → keyspace → spine → command loop → commands → INFO → cron → network
 * </pre>
 */
final class Bootstrap {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final long SAMPLE_MS = 100;
    private static final int SECOND_MS = 1000;
    private static final long MAX_CONNECT_SECONDS = Integer.MAX_VALUE / SECOND_MS;

    /** The first snapshot finds its paths compiled; until then a background thread is busy. */
    private static final long WARM_UP_MS = 500;

    private static final int WARM_UP_NICE = 10;

    private final Config config;
    private final ServerSettings settings;
    private final Transport transport;
    private final Pages pages = new Pages();
    private final Keyspace keyspace;
    private final Server server;
    private final CommandLoop loop;
    private final Lifecycle lifecycle;
    private final Authentication authentication;
    private final Registrations registrations = new Registrations();
    private final ClientNames names = new ClientNames(registrations);
    private final Watches watches;
    private final PubSub pubSub;
    private final TransactionCommands transactions;
    private final DebugSwitches switches = new DebugSwitches();
    private final DebugCommands debug;
    private final DebugDigest digest = new DebugDigest();
    private final Info info = new Info();
    private final CommandCommands commandReplies;
    private final GcPauses pauses = new GcPauses();
    private final Diagnostics diagnostics;
    private final SnapshotThreads snapshotThreads = new SnapshotThreads();
    private final Rdb rdb;
    private final Replication replication;
    private final Aof aof;
    private final Reclaim reclaim;
    private final BlockedClients blocked;
    private final BlockedKeys blockedKeys;
    private final Pause pause;
    private final ClientLimits clientLimits;
    private final DataFamilies families;
    private final ConnectionInfo connectionInfo;
    private final Tracking tracking;
    private final Network network;
    private final Listening listening;

    /** Makes everything but the sockets. The settings have been read. */
    Bootstrap(Config config, Settings all, Identity identity, Runnable exit)
            throws ConfigFileError {
        this.config = config;
        this.settings = all.server();
        transport = Transport.choose(settings.net.ioTransport.text());
        keyspace = new Keyspace(new Slabs(pages), settings.keyspace.databases.intValue());
        server = new Server(keyspace, CLOCK, PooledByteBufAllocator.DEFAULT);
        commandReplies = new CommandCommands(server.commands());
        MultiThreadIoEventLoopGroup commandGroup = Network.newCommandGroup(transport);
        loop =
                new CommandLoop(
                        (SingleThreadEventLoop) commandGroup.next(), server.executor(), keyspace);
        lifecycle = new Lifecycle(exit);
        blocked = new BlockedClients(loop, keyspace::nowMs, PooledByteBufAllocator.DEFAULT);
        blockedKeys = new BlockedKeys(keyspace, server.executor(), blocked, registrations);
        pause = new Pause(server.gates(), keyspace, blocked, loop);
        clientLimits = clientLimits();
        families = new DataFamilies(keyspace, settings, blockedKeys);
        tracking = newTracking();
        authentication = new Authentication(settings.net.requirepass);
        watches = new Watches(keyspace, registrations);
        pubSub = new PubSub(server.executor(), PooledByteBufAllocator.DEFAULT, registrations);
        server.notifications().publisher(pubSub::announce);
        transactions = new TransactionCommands(server.executor(), watches);

        rdb = newRdb(all);
        replication = newReplication(all);
        aof = newAof(all);

        reclaim = newReclaim();
        loop.atTurnEnd(reclaim.expireCycle()::fast);
        reclaim.memory().countBacklog(replication::backlogBytes, replication::backlogLimitBytes);
        ObjectCommands objects =
                new ObjectCommands(
                        settings.keyspace::integersShared, settings.keyspace::listpackSetsShown);
        objects.addTo(server.commands());
        debug = new DebugCommands(settings.process.enableDebugCommand, switches, objects);
        families.addTo(server.commands(), digest, this::flushedAll);
        addServerCommands(server.commands());
        diagnostics = new Diagnostics(server, info, settings.process, CLOCK);
        rdb.addTo(server.commands());
        rdb.addTo(debug);
        aof.addTo(server.commands());
        aof.addTo(debug);
        replication.addTo(server.commands());
        replication.addTo(debug);
        replication.addTo(server.gates());
        new RoleEffects(replication, reclaim, all.replication()).begin();
        rdb.replica(() -> replication.role() == NodeRole.REPLICA);
        rdb.facts(() ->
                replication.positioned(RdbFacts.of(CLOCK.millis(), keyspace.slabs().usedBytes())));
        endAfterReplicas();
        all.renamedCommands().apply(server.commands());
        MemorySection memory = new MemorySection(keyspace, reclaim, settings, pauses);
        StatsSections stats =
                new StatsSections(server.clients(), server.executor(), keyspace, settings);
        OpenFiles.reduce(settings.net.maxclients, OpenFiles.limit());
        network = newNetwork();
        listening = new Listening(network, settings.net);
        connectionInfo =
                new ConnectionInfo(
                        server.clients(),
                        blocked,
                        new ConnectionInfo.Traffic(network::receivedBytes, loop::sentBytes));
        addInfo(identity, memory, stats);
        addCron(server.cron(), stats);
        applySettings();
    }

    /** The end waits for what replicas lack, and its log tells who still lacks something. */
    private void endAfterReplicas() {
        lifecycle.waitFor(
                new ReplicaDelay(replication, pause, settings.process.shutdownTimeoutSeconds));
        lifecycle.onShutdown(
                "replicas",
                wish -> {
                    replication.logLaggards();
                    return null;
                });
    }

    private Replication newReplication(Settings all) {
        ReplicationConfig replicas = all.replication();
        return new Replication(
                server,
                blocked,
                replicas,
                loop,
                PooledByteBufAllocator.DEFAULT,
                new SecureRandom(),
                snapshotThreads,
                new SocketDialer(
                        transport,
                        loop,
                        () ->
                                SECOND_MS
                                        * (int)
                                                Math.min(
                                                        replicas.timeoutSeconds.value,
                                                        MAX_CONNECT_SECONDS),
                        () -> settings.net.bindSourceAddr.value),
                new PayloadSource(
                        this::unpublished,
                        families.valueLimits(),
                        () -> all.rdb().sanitizeDumpPayload.is("yes"),
                        () -> all.rdb().keyLoadDelayMicros.value),
                rdb::keySaveDelayMicros,
                pause,
                settings.net.port::intValue,
                this::disconnected);
    }

    /** An empty keyspace over the same pages, with the same ways. */
    private Keyspace unpublished() {
        Keyspace empty = new Keyspace(new Slabs(pages), settings.keyspace.databases.intValue());
        empty.accessClock().useLfu(keyspace.accessClock().isLfu());
        return empty;
    }

    private Rdb newRdb(Settings all) {
        KeyspaceSettings data = settings.keyspace;
        return new Rdb(
                server,
                this::unpublished,
                families.valueLimits(),
                all.rdb(),
                blocked,
                pause,
                loop,
                PooledByteBufAllocator.DEFAULT,
                snapshotThreads,
                CLOCK,
                () -> data.maxmemoryPolicy.text().matches(".*-l[rf]u"));
    }

    private Aof newAof(Settings all) {
        AofDoors doors =
                new AofDoors(replication, this::unpublished, families.valueLimits(), all.rdb());
        Aof made =
                new Aof(
                        server,
                        all.aof(),
                        rdb.saves(),
                        doors,
                        doors,
                        blocked,
                        loop,
                        loop::storedUpTo,
                        PooledByteBufAllocator.DEFAULT,
                        snapshotThreads,
                        CLOCK,
                        replication::backlogLimitBytes,
                        this::disconnected);
        replication.onNewData(made::dataReplaced);
        replication.store(new AofDoors.Progress(made.journal()));
        replication.releasedBy(made.journal().kept()::releasedOffset);
        made.journal().onProgress(replication::releasedMore);
        made.toldAtOnce(replication::hasFollowers);
        made.journal().hurriesWhile(replication::hasWaits);
        loop.atTurnEnd(made::endOfTurn);
        return made;
    }

    private Reclaim newReclaim() {
        return new Reclaim(
                server,
                settings.keyspace,
                System::nanoTime,
                loop::nextTurn,
                () -> switches.activeExpire);
    }

    private Tracking newTracking() {
        return new Tracking(
                keyspace,
                server.executor(),
                server.clients(),
                () -> settings.net.trackingTableMaxKeys.value,
                PooledByteBufAllocator.DEFAULT,
                server.nobody(),
                registrations);
    }

    private Network newNetwork() {
        ClientBounds bounds =
                new ClientBounds(settings.net, server.gates(), clientLimits, authentication);
        return new Network(
                transport,
                loop,
                settings.net.ioThreads.intValue(),
                bounds.protocol(),
                server.clients(),
                keyspace,
                bounds.policy(),
                this::disconnected);
    }

    private ClientLimits clientLimits() {
        NetSettings net = settings.net;
        return new ClientLimits(
                server.clients(),
                keyspace,
                loop,
                net.outputLimits,
                settings::clientMemoryLimit,
                net.timeoutSeconds,
                net.clientQueryBufferLimit);
    }

    private void flushedAll(long changes) {
        rdb.flushedAll(changes);
        replication.flushedAll();
    }

    private void addServerCommands(CommandTable commands) {
        ConnectionCommands connection =
                new ConnectionCommands(authentication, replication::role, names);
        ServerCommands general = new ServerCommands(info, server.monitors(), CLOCK);
        general.addTo(commands, server.gates());
        connection.onReset(general::stopMonitoring);
        connection.onReset(pubSub::forget);
        connection.onReset(transactions::forget);
        connection.onReset(tracking::disable);
        connection.addTo(commands);
        authentication.addTo(server.gates());
        transactions.addTo(commands, server.gates());
        new PubSubCommands(pubSub).addTo(commands, server.gates());
        Command client = new ClientCommands(server.clients(), names).addTo(commands);
        new PauseCommands(server.clients(), blocked, pause).addTo(client);
        new TrackingCommands(server.clients(), tracking).addTo(client);
        ConfigCommands configuration =
                new ConfigCommands(config, info, settings.process.enableProtectedConfigs);
        configuration.addTo(commands);
        configuration.addTo(debug);
        new ShutdownCommand(lifecycle, blocked).addTo(commands);
        ClusterCommands.addTo(commands);
        commandReplies.addTo(commands);
        digest.addTo(debug);
        new MemoryCommands(keyspace, reclaim.memory()).addTo(commands);
        new DebugSnapshot(keyspace, server.reply(), loop::post, snapshotThreads).addTo(debug);
        debug.addTo(commands);
    }

    private void addInfo(Identity identity, MemorySection memory, StatsSections stats) {
        new ServerSection(identity, config, settings, server.cron(), transport.infoName(), CLOCK)
                .addTo(info);
        stats.addTo(info);
        memory.addTo(info);
        connectionInfo.addTo(info);
        blockedKeys.addTo(info);
        tracking.addTo(info);
        new FeatureSections(identity, keyspace, server.executor().stats(), server.stream())
                .addTo(info);
        pubSub.addTo(info);
        watches.addTo(info);
        rdb.addTo(info);
        aof.addTo(info);
        replication.addTo(info);
        info.write("Server", this::remainingTime);
    }

    /** How long the end is waited for yet, while it is. */
    private void remainingTime(Fields to) {
        long remainingMs = lifecycle.remainingMs(CLOCK.millis());
        if (remainingMs >= 0) {
            to.put("shutdown_in_milliseconds", remainingMs);
        }
    }

    private void addCron(Cron cron, StatsSections stats) {
        rdb.addTo(cron);
        aof.addTo(cron);
        replication.addTo(cron, () -> !server.gates().isArmed(Gate.LOADING));
        reclaim.expireCycle()
                .onSlice(nanos -> diagnostics.latency().took(LatencyMonitor.EXPIRE_CYCLE, nanos));
        reclaim.evictor()
                .onSlice(nanos -> diagnostics.latency().took(LatencyMonitor.EVICTION_CYCLE, nanos));
        reclaim.defragmenter()
                .onSlice(nanos -> diagnostics.latency().took(LatencyMonitor.DEFRAG_CYCLE, nanos));
        cron.every("samples", SAMPLE_MS, () -> stats.sample(CLOCK.millis()));
        cron.every("traffic", SAMPLE_MS, () -> connectionInfo.sample(CLOCK.millis()));
        cron.every("client memory", SAMPLE_MS, clientLimits::evict);
        cron.every("client buffers", SECOND_MS, connectionInfo::everySecond);
        cron.every("clients", 0, () -> server.clients().visit(cron.tickMs(), this::visited));
        loop.atTurnEnd(tracking::endOfTurn);
        loop.atTurnEnd(clientLimits::endOfTurn);
    }

    private void visited(Client client) {
        connectionInfo.look(client);
        reclaim.memory().look(client);
        clientLimits.look(client);
    }

    /** Values that live elsewhere than in their rows follow them. */
    private void applySettings() {
        KeyspaceSettings data = settings.keyspace;
        server.notifications().want(data.notifyKeyspaceEvents.flags);
        data.notifyKeyspaceEvents.onApply(
                () -> server.notifications().want(data.notifyKeyspaceEvents.flags));
        config.loadingWhile(() -> server.gates().isArmed(Gate.LOADING) || replication.isLoading());
        server.cron().setHz(settings.process.hz.intValue());
        settings.process.hz.onApply(() -> server.cron().setHz(settings.process.hz.intValue()));
        settings.process.loglevel.onApply(
                () -> LogSetup.level(LogLevel.named(settings.process.loglevel.text())));
    }

    private void disconnected(Client client) {
        clientLimits.forget(client);
        blocked.forget(client);
        tracking.disable(client);
        names.forget(client);
        reclaim.memory().forget(client);
        replication.closed(client);
        server.monitors().remove(client);
        pubSub.forget(client);
        transactions.forget(client);
    }

    /**
     * Opens the sockets and begins to tick. When the data are {@code loaded}, the code of snapshots
     * is warmed up: before, the compiler is the loader's.
     */
    void start(CompletableFuture<Void> loaded) throws BindException {
        listening.begin(unixSocket());
        loop.postAfter(this::tick, server.cron().tickMs());
        aof.addTo(lifecycle);
        rdb.addTo(lifecycle);
        lifecycle.onShutdown(
                "replication",
                wish -> {
                    replication.close();
                    return null;
                });
        lifecycle.onShutdown(
                "sockets",
                wish -> {
                    network.stopListening();
                    return null;
                });
        pauses.beginInBackground();
        Thread.ofPlatform().daemon().name("pages").start(new PageKeeper(pages));
        Thread warmUp = Thread.ofPlatform().daemon().name("warm-up").unstarted(this::warmUp);
        loaded.thenRun(warmUp::start);
    }

    /** On a thread that clients need not wait for. */
    private void warmUp() {
        var _ = ThreadPriority.lower(WARM_UP_NICE);
        var _ = Scheduling.apply(Network.COMMAND_THREAD);
        loop.post(commandReplies.prepare(UnpooledByteBufAllocator.DEFAULT));
        var _ = StoreWarmUp.run(pages, WARM_UP_MS, SnapshotEncoder::rehearse);
    }

    /**
     * Begins to load the data set; to be called before {@link #start}. What is returned is complete
     * when clients may use the data, on the command thread; {@code fatal} is run if they never may,
     * on the loader thread and after {@code failing}, which returns when the log may say why.
     */
    CompletableFuture<Void> load(Runnable failing, Runnable fatal) {
        return new StartData(rdb, aof, replication, loop).load(failing, fatal);
    }

    /** Where to listen beside TCP, or null; a relative path begins at {@code dir}. */
    @Nullable Path unixSocket() {
        String path = settings.net.unixsocket.value;
        return path.isEmpty() ? null : settings.process.dir.resolve(path);
    }

    private void tick() {
        if (!switches.cronPaused) {
            if (settings.process.dynamicHz.on) {
                server.cron().adaptTo(server.clients().size());
            }
            server.cron().tick(CLOCK.millis());
        }
        loop.postAfter(this::tick, server.cron().tickMs());
    }

    /** The parts that {@link ProcessLife} connects with the process. */
    Server server() {
        return server;
    }

    Replication replication() {
        return replication;
    }

    Info info() {
        return info;
    }

    DebugSwitches switches() {
        return switches;
    }

    DebugCommands debug() {
        return debug;
    }

    String transportName() {
        return transport.infoName();
    }

    CommandLoop loop() {
        return loop;
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }
}
