package io.carnelian.aof;

import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.Disk;
import io.carnelian.aof.disk.FileDisk;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.aof.load.AofLoading;
import io.carnelian.aof.load.LoadWay;
import io.carnelian.aof.load.LoadedPlace;
import io.carnelian.aof.log.ManifestException;
import io.carnelian.aof.rewrite.Rewrites;
import io.carnelian.aof.write.Journal;
import io.carnelian.aof.write.Positions;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.rdb.save.Saves;
import io.carnelian.server.Cron;
import io.carnelian.server.Lifecycle;
import io.carnelian.server.Server;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The module: makes its parts and puts them behind the server's doors. The composition root calls
 * the {@code addTo} methods at start, {@link #prepare} before the first client, then {@link #load}
 * or, after the RDB file, {@link #beginFresh}, and {@link #endOfTurn} each turn.
 */
public final class Aof {
    /** How values are loaded, as the RDB module does it. */
    public interface Source {
        /** An empty keyspace over the same pages. */
        Keyspace unpublished();

        ValueLimits limits();

        boolean deep();

        long keyDelayMicros();
    }

    private static final ErrorReply CANNOT_LOAD =
            ErrorReply.of("ERR Error trying to load the AOF files, check server logs.");

    private final Keyspace keyspace;
    private final Gates gates;
    private final AofConfig config;
    private final AofLog log = new AofLog();
    private final Saves saves;
    private final Positions positions;
    private final Source source;
    private final BlockedClients blocked;
    private final Mailbox mailbox;
    private final InstantSource clock;
    private final LongSupplier backlogBytes;
    private final Journal journal;
    private final Rewrites rewrites;
    private final AofLoading loading;
    private final AofInfo info;
    private final FirstFiles firstFiles;
    private final Disk disk = new FileDisk();
    private @Nullable AofFolder folder;
    private @Nullable Runnable unreadable;
    private boolean ready;
    private BooleanSupplier readers = () -> false;

    /**
     * @param saves background saves, and how RDB files are written
     * @param positions where the data set stands
     * @param blocked where clients wait: those of DEBUG LOADAOF do
     * @param storedUpTo lets replies go that waited for the stream to be stored up to there
     * @param snapshotThreads makes the threads that walk snapshots
     * @param backlogBytes how much of the stream is kept for replicas
     * @param onGone hears that the client has gone that ran the commands of a file
     */
    public Aof(
            Server server,
            AofConfig config,
            Saves saves,
            Positions positions,
            Source source,
            BlockedClients blocked,
            Mailbox mailbox,
            LongConsumer storedUpTo,
            ByteBufAllocator allocator,
            ThreadFactory snapshotThreads,
            InstantSource clock,
            LongSupplier backlogBytes,
            Consumer<Client> onGone) {
        this.keyspace = server.keyspace();
        this.gates = server.gates();
        this.config = config;
        this.saves = saves;
        this.positions = positions;
        this.source = source;
        this.blocked = blocked;
        this.mailbox = mailbox;
        this.clock = clock;
        this.backlogBytes = backlogBytes;
        Supplier<Keyspace> unpublished = source::unpublished;
        journal =
                new Journal(
                        server.stream(),
                        positions,
                        config,
                        log,
                        mailbox,
                        storedUpTo,
                        keyspace::nowMs);
        rewrites =
                new Rewrites(
                        keyspace,
                        server.stream(),
                        journal,
                        saves,
                        positions,
                        config,
                        log,
                        mailbox,
                        snapshotThreads,
                        clock,
                        server.executor()::isInTransaction);
        loading =
                new AofLoading(
                        server.executor(), keyspace, unpublished, mailbox, log, allocator, onGone);
        firstFiles = new FirstFiles(keyspace, rewrites, saves, config, log, mailbox);
        info = new AofInfo(journal, rewrites);
        saves.otherProblem(journal::refusal);
        saves.besides(rewrites::isRunning);
        journal.onProblem(saves::armGate);
    }

    public void addTo(CommandTable commands) {
        new AofCommands(rewrites).addTo(commands);
    }

    public void addTo(DebugCommands debug) {
        debug.add("loadaof", 2, 2, this::reload);
        debug.add("aof-flush-sleep", 3, 3, this::flushSleep);
    }

    private void flushSleep(Call call) {
        journal.delayWrites(call.longArg(2, 0, Integer.MAX_VALUE, Errors.NOT_INTEGER));
        call.reply().ok();
    }

    public void addTo(Info to) {
        info.addTo(to);
        to.write("Persistence", loading::persistence);
    }

    public void addTo(Cron cron) {
        cron.every(
                "aof",
                0,
                () -> {
                    journal.eager(readers.getAsBoolean());
                    if (ready && !loading.isActive()) {
                        rewrites.everyTick();
                    }
                });
    }

    /** While this is so, somebody waits for what is written, also with {@code everysec}. */
    public void toldAtOnce(BooleanSupplier condition) {
        readers = condition;
    }

    /** Before the last save: nothing can be lost any more when the process ends after this step. */
    public void addTo(Lifecycle lifecycle) {
        lifecycle.onShutdown("aof", this::shutdown);
    }

    private @Nullable String shutdown(Lifecycle.Wish wish) {
        loading.stop();
        if (journal.state() == Journal.State.FIRST && !gates.isArmed(Gate.LOADING)) {
            log.initialAtShutdown(wish.force());
            if (!wish.force()) {
                return "the initial AOF is being written";
            }
        }
        rewrites.stop();
        String problem = journal.close();
        if (problem != null) {
            log.syncFailed(problem);
        }
        return problem;
    }

    /** Values that change while the server runs are followed from here on. */
    private void followSettings() {
        config.appendonly.onApply(this::switchOnOrOff);
        config.appendfsync.onApply(journal::applyPolicy);
        config.keepHistory.onApply(() -> {
            if (!config.keepHistory.on) {
                journal.deleteHistory();
            }
        });
    }

    private void switchOnOrOff() {
        boolean on = journal.state() != Journal.State.OFF;
        if (config.appendonly.on && !on) {
            journal.awaitFirst();
            rewrites.first();
        } else if (!config.appendonly.on && on) {
            rewrites.cancel();
            journal.stop();
        }
    }

    // ---- start

    /**
     * Before the first client: reads which files there are. If they are to be loaded, LOADING is
     * answered from now on.
     *
     * @return whether {@link #load} is to be called, and not the RDB file to be loaded
     */
    public boolean prepare() {
        AofFolder files = new AofFolder(disk, config.folder(), config.names());
        folder = files;
        try {
            files.read();
            if (config.appendonly.on) {
                for (String name : files.setUnnamedAside()) {
                    log.setAside(files.path(), name);
                }
                if (files.upgrade(config.oldFile())) {
                    log.migrated(config.names().appendFilename(), config.folder());
                }
                files.sweep();
            }
        } catch (ManifestException e) {
            unreadable = () -> log.manifestUnreadable(e.line(), e.text(), e.why());
        } catch (IOException e) {
            unreadable = () -> log.loadFailed(e.toString());
        }
        journal.use(files);
        boolean loads =
                unreadable != null
                        || (config.appendonly.on && !files.manifest().toLoad().isEmpty());
        if (loads || config.appendonly.on) {
            // Also while first files are made: nothing is written before it can be kept.
            gates.arm(Gate.LOADING, true);
            saves.disable(true);
        }
        return loads;
    }

    /**
     * Loads the files.
     *
     * @param placed hears where the stream stood, and owns its tail; the stream is kept afterwards
     * @param loaded runs when the data is there
     * @param failing returns when the log may be told of a failure; on another thread
     * @param fatal ends the process; on another thread
     */
    public void load(
            Consumer<LoadedPlace> placed, Runnable loaded, Runnable failing, Runnable fatal) {
        Runnable problem = unreadable;
        if (problem != null) {
            Thread.ofPlatform()
                    .daemon()
                    .name("loader")
                    .start(() -> {
                        failing.run();
                        problem.run();
                        fatal.run();
                    });
            return;
        }
        loading.begin(
                files(),
                way(),
                true,
                (place, file, bytes) -> {
                    served();
                    if (place.isKnown()) {
                        log.standsAt(place.replid(), place.offset());
                    }
                    placed.accept(place);
                    begin(file, bytes, false);
                    loaded.run();
                },
                failing,
                fatal);
    }

    private LoadWay way() {
        return new LoadWay(
                source.limits(),
                clock.millis(),
                source.deep(),
                config.loadTruncated.on,
                backlogBytes.getAsLong(),
                source::keyDelayMicros);
    }

    private AofFolder files() {
        AofFolder files = folder;
        if (files == null) {
            throw new IllegalStateException("not prepared");
        }
        return files;
    }

    private void begin(@Nullable LogFile file, long bytes, boolean placed) {
        if (file == null) {
            throw new IllegalStateException("no file was opened");
        }
        rewrites.loaded(files().baseBytes());
        journal.begin(file, bytes, placed);
        if (!config.keepHistory.on) {
            // What a killed process left there.
            journal.deleteHistory();
        }
        ready();
    }

    private void ready() {
        ready = true;
        followSettings();
    }

    /**
     * After the RDB file, or without one: there are no files of an AOF. If there should be, they
     * begin with an empty base; with one of the data, if there is some.
     *
     * @param begun runs when the stream is kept, or need not be
     * @param failing returns when the log may be told of a failure; on another thread
     * @param fatal ends the process; on another thread
     */
    public void beginFresh(Runnable begun, Runnable failing, Runnable fatal) {
        if (!config.appendonly.on) {
            ready();
            begun.run();
        } else if (keyspace.size() > 0) {
            // Who was answered before the first base is there could lose in a crash what the
            // policy promises to keep.
            gates.arm(Gate.LOADING, true);
            saves.disable(true);
            log.firstBeforeServing();
            journal.awaitFirst();
            rewrites.first(() -> {
                served();
                begun.run();
            });
            ready();
        } else {
            gates.arm(Gate.LOADING, true);
            saves.disable(true);
            firstFiles.make(
                    files(),
                    file -> {
                        served();
                        begin(file, 0, !positions.replid().isEmpty());
                        begun.run();
                    },
                    failing,
                    fatal);
        }
    }

    /** Clients may use the data, which is that of the files. */
    private void served() {
        gates.arm(Gate.LOADING, false);
        saves.disable(false);
        saves.loaded();
    }

    // ---- while it runs

    /** Everything of the turn is in the stream's sinks. */
    public void endOfTurn() {
        journal.endOfTurn();
    }

    /** The data set is another one now: a replica's after a full sync. */
    public void dataReplaced() {
        if (journal.state() != Journal.State.OFF) {
            rewrites.cancel();
            journal.awaitFirst();
            rewrites.first();
        }
    }

    /** How far the stream is kept, for those who must not be ahead of it. */
    public Journal journal() {
        return journal;
    }

    // ---- DEBUG LOADAOF

    private void reload(Call call) {
        if (loading.isActive() || gates.isArmed(Gate.LOADING)) {
            throw Errors.LOADING.error();
        }
        if (!call.mayBlock()) {
            throw CANNOT_LOAD.error();
        }
        Client client = call.client();
        blocked.block(client, 0, new Reloading());
        gates.arm(Gate.LOADING, true);
        saves.disable(true);
        journal.settle(problem -> {
            if (problem != null) {
                log.loadFailed(problem.toString());
                reloaded(client, false);
            } else {
                loading.begin(
                        journal.files(),
                        way(),
                        false,
                        (place, file, bytes) -> {
                            place.release();
                            reloaded(client, true);
                        },
                        () -> {},
                        () -> mailbox.post(() -> reloaded(client, false)));
            }
        });
    }

    private void reloaded(Client client, boolean ok) {
        gates.arm(Gate.LOADING, false);
        saves.disable(false);
        if (ok) {
            saves.loaded();
            log.reloaded();
        }
        if (blocked.isBlocked(client)) {
            Reply reply = blocked.replyTo(client);
            if (ok) {
                reply.ok();
            } else {
                reply.error(CANNOT_LOAD);
            }
            blocked.served(client);
        }
    }

    /** DEBUG LOADAOF ends when it ends. */
    private static final class Reloading implements BlockedClients.Wait {
        @Override
        public void timedOut(Client client, Reply reply) {
            throw new IllegalStateException("there is no deadline");
        }

        @Override
        public void left(Client client) {}

        @Override
        public boolean mayBeUnblocked() {
            return false;
        }
    }

    /** Ends the writer; after everything else. */
    public void close() {
        journal.end();
    }
}
