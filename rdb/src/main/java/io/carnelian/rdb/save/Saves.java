package io.carnelian.rdb.save;

import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.RdbLog;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.ExecutorStats;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.settings.SavePoints.SavePoint;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All about saving: when, and what became of it. One save runs at a time.
 *
 * <pre>
 *   BGSAVE, a save point            cut ──► RUNNING ── message ──► ended: done, failed, cancelled
 *   SAVE, SHUTDOWN, FLUSHALL        cut, encode, rename, in the same turn
 *
 *   changes   ........│ at the cut │........ now      after success: those since the cut are left
 * </pre>
 *
 * After a failure save points wait five seconds, and writes are refused if {@code
 * stop-writes-on-bgsave-error} says so and save points ask for saving at all. Command thread only.
 */
public final class Saves {
    private static final String BACKGROUND = "-bg";
    private static final long RETRY_MS = 5000;
    private static final long JOIN_MS = 10_000;

    static final ErrorReply MISCONF =
            ErrorReply.of(
                    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable"
                            + " to persist to disk. Commands that may modify the data set are"
                            + " disabled, because this instance is configured to report errors"
                            + " during writes if RDB snapshotting fails"
                            + " (stop-writes-on-bgsave-error option). Please check the Redis logs"
                            + " for details about the RDB error.");

    /** A background save, from its cut to its end. */
    record Running(
            BackgroundSave save,
            Snapshot snapshot,
            Thread thread,
            long startedMs,
            long changesAtCut,
            long keys,
            long copiedBefore) {}

    private final Keyspace keyspace;
    private final ExecutorStats stats;
    private final Gates gates;
    private final RdbConfig config;
    private final RdbLog log;
    private final Mailbox mailbox;
    private final ThreadFactory threads;
    private final InstantSource clock;
    private final long pid = ProcessHandle.current().pid();
    private final BooleanSupplier tellsUse;
    private Supplier<RdbFacts> facts;

    /** Read by the thread that saves. */
    private volatile long delayMicros;

    private @Nullable Running running;
    private boolean disabled;
    private boolean scheduled;
    private BooleanSupplier other = () -> false;
    private Supplier<@Nullable ErrorReply> otherProblem = () -> null;
    private long changesAtSave;
    private long lastSaveMs;
    private long lastTryMs;
    private boolean lastOk = true;
    private long lastSeconds = -1;
    private long lastCopiedBytes;
    private long peakCopiedBytes;
    private long saves;
    private long backgroundSaves;

    /**
     * @param threads makes the threads that walk snapshots
     * @param tellsUse whether files tell how keys were used: eviction goes by it
     */
    public Saves(
            Keyspace keyspace,
            ExecutorStats stats,
            Gates gates,
            RdbConfig config,
            RdbLog log,
            Mailbox mailbox,
            ThreadFactory threads,
            InstantSource clock,
            BooleanSupplier tellsUse) {
        this.keyspace = keyspace;
        this.stats = stats;
        this.gates = gates;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
        this.threads = threads;
        this.clock = clock;
        this.tellsUse = tellsUse;
        this.lastSaveMs = clock.millis();
        this.facts = () -> RdbFacts.of(clock.millis(), keyspace.slabs().usedBytes());
        delayMicros = config.keySaveDelayMicros.value;
        config.keySaveDelayMicros.onApply(() -> delayMicros = config.keySaveDelayMicros.value);
        gates.install(Gate.DISK_ERROR, this::check);
        config.stopWritesOnError.onApply(this::armGate);
        config.save.onApply(this::armGate);
    }

    /** Who says what a file tells of itself: with the position in the history of writes. */
    public void facts(Supplier<RdbFacts> source) {
        facts = source;
    }

    /** While the data set is not the one that the file should hold, save points rest: loading. */
    public void disable(boolean on) {
        disabled = on;
    }

    /** A pause after each key, in microseconds, for tests; from any thread. */
    public long keyDelayMicros() {
        return delayMicros;
    }

    public boolean isRunning() {
        return running != null;
    }

    /**
     * Saves at once; false if that failed, and the log knows why. A background save ends: its older
     * file must not replace this one.
     */
    public boolean saveNow() {
        cancel("the data set is saved at once");
        Snapshot snapshot = keyspace.cut();
        BackgroundSave.Outcome[] outcome = new BackgroundSave.Outcome[1];
        try {
            newSave(snapshot, "", ended -> outcome[0] = ended).run();
        } finally {
            keyspace.end(snapshot);
        }
        if (report(outcome[0])) {
            log.saved();
            saves++;
            changesAtSave = stats.changes();
            lastSaveMs = clock.millis();
            succeeded(true);
            return true;
        }
        return false;
    }

    /** Cuts, and saves on another thread. None may be running. */
    public void start() {
        lastTryMs = clock.millis();
        Snapshot snapshot = keyspace.cut();
        long keys = keyspace.size();
        long copied = keyspace.epochs().bytesCopied();
        BackgroundSave save =
                newSave(snapshot, BACKGROUND, outcome -> mailbox.post(() -> ended(outcome)));
        Thread thread = threads.newThread(save);
        running = new Running(save, snapshot, thread, lastTryMs, stats.changes(), keys, copied);
        backgroundSaves++;
        peakCopiedBytes = 0;
        log.backgroundStarted(keyspace.lastCutNanos() / 1000);
        thread.start();
    }

    /** Encodes a snapshot as the configuration says. */
    public SnapshotEncoder encoder(Snapshot snapshot, RdbFacts about) {
        return new SnapshotEncoder(snapshot, about, config.checksum.on, true)
                .compressed(config.compression.on)
                .inVersion(config.saveVersion.intValue())
                .withUse(tellsUse.getAsBoolean() ? keyspace.accessClock() : null);
    }

    private BackgroundSave newSave(
            Snapshot snapshot, String suffix, Consumer<BackgroundSave.Outcome> done) {
        SnapshotEncoder encoder = encoder(snapshot, facts.get());
        return new BackgroundSave(
                encoder,
                temporary(suffix),
                config.file(),
                config.incrementalFsync.on,
                () -> delayMicros,
                done);
    }

    private Path temporary(String suffix) {
        return config.file().resolveSibling("temp-" + pid + suffix + ".rdb");
    }

    /** The process ends in the middle of a save: leaves no file half written. Any thread. */
    public void removeTemporary() {
        for (String suffix : new String[] {"", BACKGROUND}) {
            try {
                Files.deleteIfExists(temporary(suffix));
            } catch (IOException e) {
                log.cannotRemove(temporary(suffix), String.valueOf(e));
            }
        }
    }

    private boolean report(BackgroundSave.Outcome outcome) {
        Throwable problem = outcome.problem();
        if (problem == null) {
            return true;
        }
        if (!outcome.cancelled()) {
            if (!(problem instanceof IOException)) {
                log.unexpected(problem);
            } else if (outcome.opened()) {
                log.writeError(config.file(), String.valueOf(problem));
            } else {
                log.cannotOpen(config.file(), String.valueOf(problem));
            }
        }
        return false;
    }

    private void ended(BackgroundSave.Outcome outcome) {
        Running was = running;
        if (was == null) {
            return;
        }
        long copied = copiedBytes();
        running = null;
        keyspace.end(was.snapshot);
        long now = clock.millis();
        lastSeconds = (now - was.startedMs) / 1000;
        lastCopiedBytes = Math.max(copied, peakCopiedBytes);
        if (report(outcome)) {
            SnapshotEncoder encoder = was.save.encoder();
            log.saved();
            log.backgroundDone(
                    encoder.keysDone(), encoder.bytesDone(), now - was.startedMs, lastCopiedBytes);
            saves++;
            changesAtSave = was.changesAtCut;
            lastSaveMs = now;
            succeeded(true);
        } else if (!outcome.cancelled()) {
            log.backgroundFailed();
            succeeded(false);
        }
    }

    /** Ends the background save soon; false if there is none. */
    public boolean cancel(String why) {
        Running now = running;
        if (now == null) {
            return false;
        }
        log.backgroundCancelled(why);
        now.save.cancel();
        return true;
    }

    /** All databases were emptied by a command, whose changes are not counted yet. */
    public void flushedAll(long pendingChanges) {
        cancel("the data set was flushed");
        if (!config.save.points.isEmpty() && saveNow()) {
            changesAtSave += pendingChanges;
        }
    }

    /** Whether another snapshot is being written, beside which no save is begun on a wish. */
    public void besides(BooleanSupplier otherRuns) {
        other = otherRuns;
    }

    boolean isOtherRunning() {
        return other.getAsBoolean();
    }

    /** Saves in the background as soon as nothing else does. */
    void schedule() {
        scheduled = true;
    }

    /** False if none was scheduled. */
    boolean unschedule() {
        boolean was = scheduled;
        scheduled = false;
        return was;
    }

    /** Starts a save if it was scheduled, or a save point says so. */
    public void everyTick() {
        if (running != null || disabled || isOtherRunning()) {
            return;
        }
        if (scheduled) {
            scheduled = false;
            start();
            return;
        }
        long now = clock.millis();
        long changes = changes();
        for (SavePoint point : config.save.points) {
            if (changes >= point.changes()
                    && now - lastSaveMs > point.seconds() * 1000
                    && (lastOk || now - lastTryMs > RETRY_MS)) {
                log.savePoint(point.changes(), point.seconds());
                start();
                return;
            }
        }
    }

    /**
     * The end of the server: stops a background save, and saves a last time if that is wanted.
     *
     * @param wish null: if there are save points
     * @return why the server can't end, or null
     */
    public @Nullable String shutdown(@Nullable Boolean wish) {
        stopBackground();
        boolean save = wish == null ? !config.save.points.isEmpty() : wish;
        if (!save || disabled) {
            return null;
        }
        log.finalSave();
        if (saveNow()) {
            return null;
        }
        log.finalSaveFailed();
        return "the final save failed";
    }

    /** The thread cleans up behind itself; the process must not end before. */
    private void stopBackground() {
        Running now = running;
        if (now == null) {
            return;
        }
        log.childAtShutdown();
        now.save.cancel();
        try {
            now.thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Changes since the last save. */
    public long changes() {
        return stats.changes() - changesAtSave;
    }

    /** The data set was loaded from the file: nothing has changed. */
    public void loaded() {
        changesAtSave = stats.changes();
        lastSaveMs = clock.millis();
    }

    @Nullable Running running() {
        return running;
    }

    /** Memory that the running save costs by now: what was copied, and what waits for its end. */
    long copiedBytes() {
        Running now = running;
        if (now == null) {
            return 0;
        }
        long copied = keyspace.epochs().bytesCopied() - now.copiedBefore;
        long bytes = copied + keyspace.epochs().limboBytes();
        peakCopiedBytes = Math.max(peakCopiedBytes, bytes);
        return bytes;
    }

    long peakCopiedBytes() {
        return peakCopiedBytes;
    }

    long lastCopiedBytes() {
        return lastCopiedBytes;
    }

    public long lastSaveMs() {
        return lastSaveMs;
    }

    boolean lastOk() {
        return lastOk;
    }

    long lastSeconds() {
        return lastSeconds;
    }

    long saves() {
        return saves;
    }

    /** Background saves since the start. */
    public long begun() {
        return backgroundSaves;
    }

    private void succeeded(boolean ok) {
        lastOk = ok;
        armGate();
    }

    /** What else of the disk stops writes; {@link #armGate} when it may be another. */
    public void otherProblem(Supplier<@Nullable ErrorReply> source) {
        otherProblem = source;
    }

    private boolean stopsWrites() {
        return !lastOk && config.stopWritesOnError.on && !config.save.points.isEmpty();
    }

    public void armGate() {
        gates.arm(Gate.DISK_ERROR, stopsWrites() || otherProblem.get() != null);
    }

    private @Nullable ErrorReply check(Call call) {
        return stopsWrites() ? MISCONF : otherProblem.get();
    }
}
