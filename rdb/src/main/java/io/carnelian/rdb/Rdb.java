package io.carnelian.rdb;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.rdb.load.Loading;
import io.carnelian.rdb.load.ReloadCommands;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SaveCommands;
import io.carnelian.rdb.save.SaveInfo;
import io.carnelian.rdb.save.Saves;
import io.carnelian.rdb.transfer.DumpCommands;
import io.carnelian.rdb.transfer.MigrateCommand;
import io.carnelian.rdb.transfer.Payloads;
import io.carnelian.server.Cron;
import io.carnelian.server.Lifecycle;
import io.carnelian.server.Server;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Gate;
import io.carnelian.server.connection.Pause;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.info.Info;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.time.InstantSource;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The module: makes its parts and puts them behind the server's doors. The composition root calls
 * the {@code addTo} methods at start, {@link #prepare} before the first client and {@link #load}
 * after.
 */
public final class Rdb {
    private static final long SECOND_MS = 1000;

    private final RdbConfig config;
    private final Saves saves;
    private final SaveInfo saveInfo;
    private final Loading loading;
    private final ReloadCommands reload;
    private final DumpCommands dump;
    private final MigrateCommand migrate;

    /**
     * @param unpublished makes an empty keyspace over the same pages
     * @param blocked where clients wait whose keys are on their way to another server
     * @param snapshotThreads makes the threads that walk snapshots
     * @param tellsUse whether files tell how keys were used: eviction goes by it
     */
    public Rdb(
            Server server,
            Supplier<Keyspace> unpublished,
            ValueLimits limits,
            RdbConfig config,
            BlockedClients blocked,
            Pause pause,
            Mailbox mailbox,
            ByteBufAllocator allocator,
            ThreadFactory snapshotThreads,
            InstantSource clock,
            BooleanSupplier tellsUse) {
        RdbLog log = new RdbLog();
        Keyspace keyspace = server.keyspace();
        this.config = config;
        this.saves =
                new Saves(
                        keyspace,
                        server.executor().stats(),
                        server.gates(),
                        config,
                        log,
                        mailbox,
                        snapshotThreads,
                        clock,
                        tellsUse);
        this.saveInfo = new SaveInfo(saves, keyspace, clock);
        this.loading =
                new Loading(
                        keyspace, unpublished, limits, config, log, server.gates(), mailbox, clock);
        Payloads payloads = new Payloads(allocator);
        this.dump = new DumpCommands(keyspace, limits, config, log, payloads);
        this.migrate =
                new MigrateCommand(
                        server.executor(),
                        server.effects(),
                        server.notifications(),
                        blocked,
                        pause,
                        mailbox,
                        payloads,
                        config,
                        allocator);
        this.reload = new ReloadCommands(loading, saves, log, this::isDeep, clock);
    }

    private boolean isDeep() {
        return config.sanitizeDumpPayload.is("yes");
    }

    public void addTo(CommandTable commands) {
        new SaveCommands(saves).addTo(commands);
        dump.addTo(commands);
        migrate.addTo(commands);
        Command ping = commands.find("ping");
        if (ping != null) {
            ping.alsoAt(Gate.DISK_ERROR);
        }
    }

    public void addTo(DebugCommands debug) {
        reload.addTo(debug);
        dump.addTo(debug);
    }

    public void addTo(Info info) {
        info.write("Persistence", saveInfo::persistence);
        info.write("Persistence", loading::persistence);
        info.write("Stats", saveInfo::stats);
        info.write("Stats", migrate::stats);
    }

    public void addTo(Cron cron) {
        cron.every("save points", 0, saves::everyTick);
        cron.every("migration sockets", SECOND_MS, migrate::everySecond);
    }

    /** The final save comes before everything else that happens at the end. */
    public void addTo(Lifecycle lifecycle) {
        lifecycle.onInsist(saves::removeTemporary);
        lifecycle.onShutdown(
                "rdb",
                wish -> {
                    loading.stop();
                    return saves.shutdown(wish.save());
                });
    }

    /** Who says what a file tells of itself: with the position in the history of writes. */
    public void facts(Supplier<RdbFacts> source) {
        saves.facts(source);
    }

    /** Whether this server is a replica: it keeps expired keys that a file has. */
    public void replica(BooleanSupplier is) {
        loading.replica(is);
        migrate.replica(is);
    }

    /** {@code rdb-key-save-delay}: a pause after each key, in microseconds; from any thread. */
    public long keySaveDelayMicros() {
        return saves.keyDelayMicros();
    }

    /** FLUSHALL emptied all databases; its changes are not counted yet. */
    public void flushedAll(long pendingChanges) {
        saves.flushedAll(pendingChanges);
    }

    /** Background saves, and how files are encoded. */
    public Saves saves() {
        return saves;
    }

    /**
     * Before the first client: from now on LOADING is answered if there is a file.
     *
     * @return whether there is one
     */
    public boolean prepare() {
        boolean found = loading.prepare();
        saves.disable(loading.isActive());
        return found;
    }

    /**
     * Loads the file, if there is one.
     *
     * @param ready runs when the data is there
     * @param failing returns when the log may be told of a failure; on another thread
     * @param fatal ends the process; on another thread
     */
    public void load(Consumer<@Nullable LoadResult> ready, Runnable failing, Runnable fatal) {
        loading.begin(
                result -> {
                    saves.disable(false);
                    saves.loaded();
                    ready.accept(result);
                },
                failing,
                fatal);
    }
}
