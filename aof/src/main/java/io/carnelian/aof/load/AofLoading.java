package io.carnelian.aof.load;

import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Executor;
import io.carnelian.server.info.Fields;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One loading of the files after the other: at start, and for DEBUG LOADAOF.
 *
 * <pre>
 *   begin ──► loader thread: base, then chunks ──► commands run on the command thread, in turns
 *                  │ damaged, unknown command          │    of their own, behind the gate LOADING
 *                  ▼                                   ▼
 *               failed: the log says where          loaded: expiry begins, the stream goes on
 * </pre>
 *
 * Command thread only, but for what the loader thread runs.
 */
public final class AofLoading {
    private static final int CHUNKS_UNDER_WAY = 4;

    /** How a loading ended; on the command thread. */
    public interface Outcome {
        /**
         * The data is there.
         *
         * @param file opened for what comes next, if that was wanted
         */
        void loaded(LoadedPlace place, @Nullable LogFile file, long fileBytes);
    }

    private final Executor executor;
    private final Keyspace keyspace;
    private final Supplier<Keyspace> unpublished;
    private final Mailbox mailbox;
    private final AofLog log;
    private final ByteBufAllocator allocator;
    private final Consumer<Client> onGone;
    private volatile @Nullable Run running;
    private volatile boolean stopped;

    /**
     * @param unpublished makes an empty keyspace over the same pages
     * @param onGone hears that the client has gone that ran the commands
     */
    public AofLoading(
            Executor executor,
            Keyspace keyspace,
            Supplier<Keyspace> unpublished,
            Mailbox mailbox,
            AofLog log,
            ByteBufAllocator allocator,
            Consumer<Client> onGone) {
        this.executor = executor;
        this.keyspace = keyspace;
        this.unpublished = unpublished;
        this.mailbox = mailbox;
        this.log = log;
        this.allocator = allocator;
        this.onGone = onGone;
    }

    public boolean isActive() {
        return running != null;
    }

    /**
     * Begins to load; the gate LOADING is armed.
     *
     * @param resume whether the last file is opened afterwards for what comes next
     * @param outcome hears of success, on the command thread
     * @param failing returns when the log may be told of a failure; on the loader thread
     * @param failed hears of it then, on the loader thread
     */
    public void begin(
            AofFolder folder,
            LoadWay options,
            boolean resume,
            Outcome outcome,
            Runnable failing,
            Runnable failed) {
        Keyspace empty = unpublished.get();
        empty.accessClock().useLfu(keyspace.accessClock().isLfu());
        Run run = new Run(folder, options, resume, empty, outcome, failing, failed);
        running = run;
        Thread.ofPlatform().daemon().name("loader").start(run);
    }

    /** One loading. */
    private final class Run implements Runnable, FileLoad.Target {
        private final AofFolder folder;
        private final LoadWay options;
        private final boolean resume;
        private final Keyspace empty;
        private final Outcome outcome;
        private final Runnable failing;
        private final Runnable failed;
        private final Replay replay;
        private final Semaphore room = new Semaphore(CHUNKS_UNDER_WAY);
        private final long beginNanos = System.nanoTime();
        private volatile long reached;
        private volatile long total;
        private volatile @Nullable Runnable problem;

        Run(
                AofFolder folder,
                LoadWay options,
                boolean resume,
                Keyspace empty,
                Outcome outcome,
                Runnable failing,
                Runnable failed) {
            this.folder = folder;
            this.options = options;
            this.resume = resume;
            this.empty = empty;
            this.outcome = outcome;
            this.failing = failing;
            this.failed = failed;
            this.replay = new Replay(executor, keyspace, allocator, onGone);
        }

        @Override
        public void run() {
            try {
                total = folder.sizeOrZero();
                FileLoad load = new FileLoad(folder, options, this, log, allocator);
                Track track = load.load(empty);
                room.acquireUninterruptibly(CHUNKS_UNDER_WAY);
                checkProblem();
                LogFile file = resume ? load.resume() : null;
                long bytes = file == null ? 0 : file.size();
                log.loadedAll((System.nanoTime() - beginNanos) / 1e9);
                mailbox.post(() -> done(track, file, bytes));
            } catch (IOException | RuntimeException | Error e) {
                fail(e);
            }
        }

        private void fail(Throwable cause) {
            if (stopped) {
                return;
            }
            failing.run();
            Runnable found = problem;
            if (found != null) {
                found.run();
            } else if (cause instanceof LoadFailure failure) {
                failure.tell();
            } else {
                log.loadFailed(cause.toString());
            }
            mailbox.post(() -> {
                running = null;
                var _ = replay.end();
            });
            failed.run();
        }

        private void done(Track track, @Nullable LogFile file, long bytes) {
            running = null;
            if (replay.errors() > 0) {
                log.errorsWhileLoading(replay.errors(), replay.lastError());
            }
            outcome.loaded(track.end(replay.end()), file, bytes);
        }

        @Override
        public void adopt(Keyspace base) throws IOException {
            checkProblem();
            mailbox.post(() -> keyspace.adopt(base));
        }

        @Override
        public void fileBegins() throws IOException {
            checkProblem();
            mailbox.post(replay::fileBegins);
        }

        @Override
        public void run(Chunk chunk) throws IOException {
            room.acquireUninterruptibly();
            if (stopped || problem != null) {
                chunk.bytes.release();
                throw new FileLoad.Stopped();
            }
            mailbox.post(() -> runHere(chunk));
        }

        private void runHere(Chunk chunk) {
            if (problem != null) {
                chunk.bytes.release();
            } else {
                Replay.Problem found = replay.run(chunk);
                if (found != null) {
                    String file = chunk.file;
                    problem = () -> log.cannotRun(found.why(), file, found.offset());
                }
            }
            room.release();
        }

        @Override
        public void reached(long bytes) throws IOException {
            reached = bytes;
            checkProblem();
        }

        private void checkProblem() throws IOException {
            if (stopped || problem != null) {
                throw new FileLoad.Stopped();
            }
        }
    }

    /** The server ends: the loader thread gives up. */
    public void stop() {
        // The end may be refused later: then nothing must stop what is loaded after that.
        stopped = isActive();
    }

    /** INFO persistence while it loads. */
    public void persistence(Fields to) {
        Run run = running;
        if (run == null) {
            return;
        }
        long seconds = Math.max(0, keyspace.nowMs() - run.options.nowMs()) / 1000;
        long bytes = run.reached;
        long total = run.total;
        to.put("loading", 1).put("loading_start_time", run.options.nowMs() / 1000);
        to.put("loading_total_bytes", total).put("loading_rdb_used_mem", 0);
        to.put("loading_loaded_bytes", bytes);
        to.put("loading_loaded_perc", Fields.fixed(total == 0 ? 0 : 100.0 * bytes / total, 2));
        to.put("loading_eta_seconds", bytes == 0 ? 1 : seconds * (total - bytes) / bytes);
    }
}
