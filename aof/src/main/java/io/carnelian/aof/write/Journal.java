package io.carnelian.aof.write;

import io.carnelian.aof.AofConfig;
import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.aof.log.ManifestException;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.resp.ErrorReply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the write stream is kept, and how far it is kept by now. The files are the writer's; here
 * is what the command thread knows of them.
 *
 * <pre>
 *             begin: files loaded or made at start
 *   OFF ─────────────────────────────────────────────► ON ◄─┐
 *    │  ▲                                              │ ▲  │ cut, commit: a rewrite
 *    │  └──────────────────── stop ────────────────────┤ └──┘
 *    │ awaitFirst: appendonly yes, or other data       │
 *    ▼                                                 │
 *   FIRST ── cut: the stream goes aside ── commit ─────┘
 *             (its base is being written; the files there are still those of before)
 * </pre>
 *
 * Command thread only.
 */
public final class Journal {
    /** See the drawing. */
    public enum State {
        OFF,
        FIRST,
        ON
    }

    /** So much may wait for a slow disk; then writes are refused until it is half of it. */
    static final long MAX_QUEUED_BYTES = 256L << 20;

    private static final long SHUTDOWN_STEP_MS = 100;
    private static final int SHUTDOWN_STEPS = 600;

    private final WriteStream stream;
    private final AofConfig config;
    private final AofLog log;
    private final Mailbox mailbox;
    private final LongConsumer storedUpTo;
    private final WriterState progress = new WriterState();
    private final AofWriter writer;
    private final AofFeed feed;
    private final OldFiles oldFiles;
    private final List<Runnable> listeners = new ArrayList<>();
    private Runnable onProblem = () -> {};
    private BooleanSupplier hurries = () -> false;
    private @Nullable AofFolder folder;
    private State state = State.OFF;
    private final Kept kept;

    /**
     * Whether the stream went on in another file at the last cut: else what precedes it is in the
     * same file as what follows, and a base would hold it twice. Writer thread.
     */
    private boolean cutDone;

    private boolean tooSlow;
    private boolean started;
    private boolean syncRests;
    private boolean eager;
    private @Nullable String toldProblem;
    private @Nullable ErrorReply refusal;

    /**
     * @param storedUpTo lets replies go that waited for the stream to be stored up to there
     * @param nowMs of this turn, in ms since 1970
     */
    public Journal(
            WriteStream stream,
            Positions positions,
            AofConfig config,
            AofLog log,
            Mailbox mailbox,
            LongConsumer storedUpTo,
            LongSupplier nowMs) {
        this.stream = stream;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
        this.storedUpTo = storedUpTo;
        this.kept = new Kept(stream, config, progress);
        this.oldFiles = new OldFiles(log);
        this.writer =
                new AofWriter(
                        progress,
                        log,
                        () -> mailbox.post(this::onProgress),
                        cause -> mailbox.post(() -> writerFailed(cause)));
        this.feed = new AofFeed(writer, stream, positions, config.timestamps, nowMs);
    }

    // ---- who wants to know

    /** Who hears that more is written or synced; often, so it should be short. */
    public void onProgress(Runnable listener) {
        listeners.add(listener);
    }

    /** While this is so, a client waits for replicas: they get each turn as soon as can be. */
    public void hurriesWhile(BooleanSupplier condition) {
        hurries = condition;
    }

    /** Who hears that {@link #refusal} may be another. */
    public void onProblem(Runnable listener) {
        onProblem = listener;
    }

    /** What writes are answered while they can't be kept, or null. */
    public @Nullable ErrorReply refusal() {
        return refusal;
    }

    public State state() {
        return state;
    }

    // ---- beginning and end

    /** The files, once they have been read or made; before everything else. */
    public void use(AofFolder files) {
        folder = files;
        applyPolicy();
    }

    /** Goes on at the end of an opened file: at start. {@code placed} as at {@link AofFeed}. */
    public void begin(LogFile file, long bytes, boolean placed) {
        state = State.ON;
        attach();
        long from = stream.appended();
        run(
                "beginning",
                () -> {
                    writer.countFrom(from);
                    writer.open(file, bytes, bytes == 0);
                    noteSizes();
                });
        feed.fileBegins(placed);
        writer.wake();
    }

    /** Nobody knows what the files have: as after any such failure of the command thread. */
    private static void writerFailed(Throwable cause) {
        throw new IllegalStateException("the writer of the AOF has failed", cause);
    }

    private void attach() {
        if (!kept.isAttached()) {
            stream.addSink(feed);
            kept.begin();
            letRepliesGo();
        }
    }

    private void detach() {
        if (kept.isAttached()) {
            stream.removeSink(feed);
            kept.end();
        }
    }

    /** From now on it is kept, as soon as there is a base for it: the next cut begins. */
    public void awaitFirst() {
        if (state != State.OFF) {
            // Also while a first base is made: it may be about to be committed, with what was
            // written aside, and nothing of other data must follow that.
            stop();
        }
        state = State.FIRST;
    }

    /** Nothing is kept from now on; what is there stays. */
    public void stop() {
        State was = state;
        stream.endTurn();
        if (kept.isAttached()) {
            feed.fileEnds();
        }
        detach();
        state = State.OFF;
        boolean hopeless = progress.problem() != null;
        writer.giveUp(hopeless);
        run(
                "closing",
                () -> {
                    try {
                        close(!hopeless);
                    } finally {
                        // What comes next is kept anew, perhaps on the same full disk.
                        writer.giveUp(false);
                        progress.forgetProblems();
                        mailbox.post(this::onProgress);
                    }
                    if (was == State.FIRST) {
                        removeAside();
                    }
                });
        writer.wake();
    }

    private void close(boolean sync) throws IOException {
        try {
            if (sync && writer.isOpen()) {
                writer.sync();
            }
        } finally {
            LogFile was = writer.take();
            if (was != null) {
                was.close();
            }
        }
    }

    private void removeAside() throws IOException {
        AofFolder files = folder();
        if (files.deleteAside()) {
            log.asideRemoved(files.asideName());
        }
    }

    // ---- cut and commit

    /**
     * What comes next goes to another file. To be called between two commands, in the turn of the
     * snapshot's cut.
     *
     * @param done hears null, or why it failed; then the stream goes on where it went before
     */
    public void cut(Consumer<@Nullable IOException> done) {
        stream.endTurn();
        if (state == State.ON) {
            feed.fileEnds();
            run("rotation", () -> tell(done, this::rotate));
        } else {
            attach();
            long from = stream.appended();
            run("rotation", () -> tell(done, () -> rotateAside(from)));
        }
        feed.fileBegins(true);
        writer.wake();
    }

    private void rotate() throws IOException {
        cutDone = false;
        // Before a manifest says that another file follows: only the last one may be cut off.
        writer.sync();
        LogFile next = folder().rotate(writer.goodBytes());
        exchange(next);
        cutDone = true;
    }

    private void rotateAside(long from) throws IOException {
        cutDone = false;
        LogFile next = folder().rotateAside();
        if (!writer.isOpen()) {
            writer.countFrom(from);
        }
        exchange(next);
        cutDone = true;
    }

    private void exchange(LogFile next) throws IOException {
        LogFile was = writer.take();
        writer.open(next, 0, true);
        noteSizes();
        if (was != null) {
            was.close();
        }
    }

    private void noteSizes() {
        progress.settledBytes = folder().settledBytes();
    }

    /**
     * The data of the last cut becomes the base.
     *
     * @param base a file that is on the disk
     * @param done hears null, or why it failed; then the files are those of before
     */
    public void commit(Path base, boolean rdb, Consumer<@Nullable IOException> done) {
        boolean first = state == State.FIRST;
        boolean writes = state == State.ON;
        boolean keeps = config.keepHistory.on;
        run(
                "commit",
                () ->
                        tell(
                                done,
                                () -> {
                                    AofFolder files = folder();
                                    if ((first || writes) && !cutDone) {
                                        throw new IOException("the stream was not cut");
                                    }
                                    cutDone = false;
                                    oldFiles.setUnnamedAside(files);
                                    if (first) {
                                        writer.sync();
                                        files.rewrittenFirst(base, rdb);
                                    } else {
                                        files.rewritten(base, rdb, writes);
                                    }
                                    noteSizes();
                                    if (!keeps) {
                                        oldFiles.deleteHistory(files);
                                    }
                                }));
        writer.wake();
    }

    /** The commit of the first base is done. */
    public void firstDone() {
        if (state == State.FIRST) {
            state = State.ON;
        }
    }

    /** The first base could not be written: the stream is not kept until the next cut. */
    public void firstFailed() {
        if (state == State.FIRST) {
            stop();
            state = State.FIRST;
        }
    }

    /** {@code aof-disable-auto-gc no}: deletes what is not needed. */
    public void deleteHistory() {
        if (folder != null) {
            run("deleting history", () -> oldFiles.deleteHistory(folder()));
            writer.wake();
        }
    }

    /** A base that was made will not be committed, or could not be. */
    public void discard(Path base) {
        run("discarding", () -> oldFiles.delete(folder(), base));
        writer.wake();
    }

    /** Does something with the files when all that came before is written. */
    private void run(String what, Job.Work work) {
        if (!started) {
            started = true;
            writer.start();
        }
        writer.add(new Job.Step(what, work));
    }

    private void tell(Consumer<@Nullable IOException> done, Job.Work work) {
        IOException problem = null;
        try {
            work.run();
        } catch (IOException e) {
            problem = e;
        } catch (RuntimeException e) {
            problem = new IOException(e);
        }
        IOException result = problem;
        mailbox.post(() -> done.accept(result));
    }

    private AofFolder folder() {
        AofFolder files = folder;
        if (files == null) {
            throw new IllegalStateException("no files yet");
        }
        return files;
    }

    /** Where a rewrite may build its base. */
    public Path temporaryBase(long pid, long number) {
        return folder().temporaryBase(pid, number);
    }

    /**
     * All that was appended is in the files, and their manifest is read anew; then another thread
     * may read them, until the next turn that appends.
     */
    public void settle(Consumer<@Nullable IOException> done) {
        stream.endTurn();
        run(
                "settling",
                () ->
                        tell(
                                done,
                                () -> {
                                    if (writer.isOpen()) {
                                        writer.sync();
                                    }
                                    reread();
                                }));
        writer.wake();
    }

    private void reread() throws IOException {
        try {
            folder().read();
        } catch (ManifestException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The files; only between {@link #settle} and the next turn that appends. */
    public AofFolder files() {
        return folder();
    }

    // ---- every turn

    /** Everything of the turn is in the stream's sinks. */
    public void endOfTurn() {
        if (!kept.isAttached()) {
            return;
        }
        feed.endOfTurn();
        if (eager && hurries.getAsBoolean()) {
            writer.wake();
        }
        if (kept.queuedBytes() > MAX_QUEUED_BYTES && !tooSlow) {
            tooSlow = true;
            log.tooSlow(kept.queuedBytes());
            problemChanged();
        }
    }

    private void onProgress() {
        writer.heard();
        letRepliesGo();
        if (tooSlow && kept.queuedBytes() < MAX_QUEUED_BYTES / 2) {
            tooSlow = false;
            problemChanged();
        }
        String problem = progress.problem();
        if (problem != null && state == State.OFF) {
            writer.giveUp(true);
        }
        if (problem == null ? toldProblem != null : !problem.equals(toldProblem)) {
            toldProblem = problem;
            problemChanged();
        }
        for (Runnable listener : listeners) {
            listener.run();
        }
    }

    private void letRepliesGo() {
        storedUpTo.accept(kept.repliesUpTo());
    }

    private void problemChanged() {
        String why = toldProblem != null ? toldProblem : tooSlow ? "the disk is too slow" : null;
        refusal =
                why == null
                        ? null
                        : ErrorReply.of("MISCONF Errors writing to the AOF file: " + why);
        onProblem.run();
    }

    /** To be called often, also while nothing is written: looks at what time brings. */
    public void everyTick(boolean rewriting) {
        boolean rests = rewriting && config.noFsyncOnRewrite.on;
        if (rests != syncRests) {
            syncRests = rests;
            kept.syncRests(rests);
            writer.restSync(rests);
            letRepliesGo();
        }
        if (tooSlow) {
            onProgress();
        }
    }

    /** {@code appendfsync} has another value. */
    public void applyPolicy() {
        Policy policy =
                switch (config.appendfsync.text()) {
                    case "always" -> Policy.ALWAYS;
                    case "no" -> Policy.NO;
                    default -> Policy.EVERYSEC;
                };
        writer.policy(policy);
        if (policy == Policy.ALWAYS && kept.isAttached()) {
            syncNow();
        }
        letRepliesGo();
    }

    /** What is written is on the disk soon, and told. */
    public void syncNow() {
        run(
                "sync",
                () -> {
                    writer.sync();
                    mailbox.post(this::onProgress);
                });
        writer.wake();
    }

    /** Whether replicas read what is written: told each time, and sooner, with everysec too. */
    public void eager(boolean on) {
        if (on != eager) {
            eager = on;
            writer.eager(on);
            onProgress();
        }
    }

    /** {@code DEBUG AOF-FLUSH-SLEEP}: a pause before each write. */
    public void delayWrites(long micros) {
        writer.delayMicros = micros;
    }

    /** For tests: how long to wait before what failed is tried again. */
    void retryAfter(long nanos) {
        writer.retryNanos = nanos;
    }

    /**
     * At the end of the server: all is on the disk when this returns null.
     *
     * @return why not
     */
    public @Nullable String close() {
        if (!kept.isAttached()) {
            return null;
        }
        log.finalSync();
        stream.endTurn();
        feed.endOfTurn();
        feed.fileEnds();
        CountDownLatch done = new CountDownLatch(1);
        String[] problem = new String[1];
        run(
                "last sync",
                () -> {
                    try {
                        writer.sync();
                    } catch (IOException e) {
                        problem[0] = AofWriter.reason(e);
                    }
                    done.countDown();
                });
        writer.wake();
        try {
            for (int i = 0; !done.await(SHUTDOWN_STEP_MS, TimeUnit.MILLISECONDS); i++) {
                String now = progress.writeProblem;
                if (now != null || i == SHUTDOWN_STEPS) {
                    return now != null ? now : "the disk is too slow";
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        letRepliesGo();
        return problem[0];
    }

    /** Ends the thread. */
    public void end() {
        detach();
        if (started) {
            writer.end();
        }
    }

    /** How far the stream is kept. */
    public Kept kept() {
        return kept;
    }

    /** Whether a sync has failed, since this was asked last: only a rewrite makes it good. */
    public boolean takeDoubt() {
        return progress.syncProblem == null && writer.takeDoubt();
    }
}
