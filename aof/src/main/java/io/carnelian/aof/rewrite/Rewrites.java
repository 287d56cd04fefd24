package io.carnelian.aof.rewrite;

import io.carnelian.aof.AofConfig;
import io.carnelian.aof.AofLog;
import io.carnelian.aof.write.Journal;
import io.carnelian.aof.write.Positions;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.Saves;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When the files are made small again, and what became of it. One rewrite runs at a time, and none
 * begins beside a background save.
 *
 * <pre>
 *   one turn           end of turn │ cut of the stream │ cut of the data
 *   snapshot thread    base: temp file ─► fsync ─┐
 *   writer thread      i2 begins                 └─► rename, manifest, history deleted
 *   message            ended: done, failed, cancelled ─► perhaps again, with growing pauses
 * </pre>
 *
 * Command thread only.
 */
public final class Rewrites {
    /** What became of a wish. */
    public enum Answer {
        STARTED,
        SCHEDULED,
        RUNS_ALREADY
    }

    /** A rewrite, from its cut to the manifest's commit. */
    private record Running(
            BaseFile base,
            Snapshot snapshot,
            Thread thread,
            long startedMs,
            long keys,
            long copiedBefore) {}

    private static final long JOIN_MS = 10_000;

    private final Keyspace keyspace;
    private final WriteStream stream;
    private final Journal journal;
    private final Saves saves;
    private final Positions positions;
    private final AofConfig config;
    private final AofLog log;
    private final Mailbox mailbox;
    private final ThreadFactory threads;
    private final InstantSource clock;
    private final BooleanSupplier inTransaction;
    private final Limit limit;
    private final long pid = ProcessHandle.current().pid();
    private @Nullable Running running;
    private @Nullable String cutProblem;
    private Runnable onKept = () -> {};
    private boolean scheduled;
    private boolean cancelled;
    private boolean lastOk = true;
    private long lastSeconds = -1;
    private long rewrites;
    private long started;
    private long lastCopiedBytes;
    private long sizeAfterRewrite;

    /**
     * @param saves background saves, and how RDB files are written
     * @param threads makes the threads that walk snapshots
     * @param inTransaction whether the stream lacks something that the data already has
     */
    public Rewrites(
            Keyspace keyspace,
            WriteStream stream,
            Journal journal,
            Saves saves,
            Positions positions,
            AofConfig config,
            AofLog log,
            Mailbox mailbox,
            ThreadFactory threads,
            InstantSource clock,
            BooleanSupplier inTransaction) {
        this.keyspace = keyspace;
        this.stream = stream;
        this.journal = journal;
        this.saves = saves;
        this.positions = positions;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
        this.threads = threads;
        this.clock = clock;
        this.inTransaction = inTransaction;
        this.limit = new Limit(log);
    }

    public boolean isRunning() {
        return running != null;
    }

    /** BGREWRITEAOF. */
    public Answer wish() {
        if (running != null && !cancelled) {
            return Answer.RUNS_ALREADY;
        }
        limit.reset();
        if (mustWait()) {
            scheduled = true;
            return Answer.SCHEDULED;
        }
        start();
        return Answer.STARTED;
    }

    private boolean mustWait() {
        return running != null || saves.isRunning() || inTransaction.getAsBoolean();
    }

    /**
     * The journal waits for its first base: as soon as possible.
     *
     * @param kept runs once there is a first base
     */
    public void first(Runnable kept) {
        onKept = kept;
        first();
    }

    /** The same, for nobody who waits. */
    public void first() {
        cancel();
        if (saves.isRunning()) {
            log.enabledDuringOther();
        } else if (inTransaction.getAsBoolean()) {
            log.enabledDuringTransaction();
        }
        if (mustWait()) {
            scheduled = true;
        } else {
            start();
        }
    }

    private void start() {
        scheduled = false;
        cancelled = false;
        cutProblem = null;
        Journal.State state = journal.state();
        if (state != Journal.State.OFF) {
            journal.cut(this::wasCut);
        } else {
            stream.endTurn();
        }
        Snapshot snapshot = keyspace.cut();
        RdbFacts facts = facts();
        SnapshotEncoder encoder = config.rdbPreamble.on ? saves.encoder(snapshot, facts) : null;
        BaseFile base =
                new BaseFile(
                        snapshot,
                        facts,
                        encoder,
                        journal.temporaryBase(pid, started),
                        config.incrementalFsync.on,
                        config.timestamps.on,
                        saves::keyDelayMicros,
                        outcome -> mailbox.post(() -> ended(outcome)));
        Thread thread = threads.newThread(base);
        long copied = keyspace.epochs().bytesCopied();
        running = new Running(base, snapshot, thread, clock.millis(), keyspace.size(), copied);
        started++;
        log.rewriteStarted(keyspace.lastCutNanos() / 1000);
        thread.start();
    }

    /** What a base of the data says of itself, as of now. */
    public RdbFacts facts() {
        RdbFacts plain = RdbFacts.of(clock.millis(), keyspace.slabs().usedBytes());
        String id = positions.replid();
        return new RdbFacts(
                plain.createdAtMs(),
                plain.usedMemoryBytes(),
                id.isEmpty() ? null : id,
                stream.offset(),
                positions.streamDb(),
                true,
                "");
    }

    private void wasCut(@Nullable IOException problem) {
        Running now = running;
        if (problem != null) {
            cutProblem = "the files can't be changed: " + problem.getMessage();
            if (now != null) {
                now.base.cancel();
            }
        }
    }

    /** The snapshot thread is done with its file. */
    private void ended(BaseFile.Outcome outcome) {
        Running was = running;
        if (was == null) {
            return;
        }
        lastCopiedBytes =
                keyspace.epochs().bytesCopied() - was.copiedBefore + keyspace.epochs().limboBytes();
        keyspace.end(was.snapshot);
        Throwable problem = outcome.problem();
        if (cancelled) {
            finish("cancelled");
        } else if (cutProblem != null) {
            finish(cutProblem);
        } else if (problem != null) {
            finish(String.valueOf(problem));
        } else {
            long ms = clock.millis() - was.startedMs;
            log.rewriteDone(was.base.keysDone(), was.base.bytesDone(), ms);
            journal.commit(was.base.file(), was.base.isRdb(), this::committed);
        }
    }

    private void committed(@Nullable IOException problem) {
        if (running == null) {
            return;
        }
        if (problem == null) {
            if (!cancelled) {
                journal.firstDone();
                onKept.run();
                onKept = () -> {};
            }
            finish(null);
        } else {
            finish("the files can't be changed: " + problem.getMessage());
        }
    }

    private void finish(@Nullable String problem) {
        Running was = running;
        if (was == null) {
            return;
        }
        running = null;
        lastSeconds = (clock.millis() - was.startedMs) / 1000;
        if (problem == null) {
            lastOk = true;
            rewrites++;
            limit.reset();
            sizeAfterRewrite = currentBytes();
            log.rewriteFinished();
        } else {
            journal.discard(was.base.file());
            if (!cancelled) {
                lastOk = false;
                limit.failed();
                log.rewriteFailed(problem);
            }
        }
        if (problem != null && !cancelled && journal.state() == Journal.State.FIRST) {
            journal.firstFailed();
            scheduled = true;
        }
        cancelled = false;
    }

    /** The rewrite that runs is given up, if one does. */
    public void cancel() {
        Running now = running;
        if (now != null && !cancelled) {
            log.rewriteKilled();
            cancelled = true;
            now.base.cancel();
        }
        scheduled = false;
    }

    /** Starts what is due; each tick. */
    public void everyTick() {
        journal.everyTick(running != null || saves.isRunning());
        if (journal.takeDoubt() && journal.state() == Journal.State.ON) {
            log.syncsAgain();
            scheduled = true;
        }
        if (mustWait()) {
            return;
        }
        if (scheduled) {
            if (!limit.forbids(clock.millis())) {
                start();
            }
            return;
        }
        if (journal.state() == Journal.State.ON && config.rewritePercentage.value > 0) {
            startIfGrown();
        }
    }

    private void startIfGrown() {
        long now = currentBytes();
        if (now <= config.rewriteMinBytes.value) {
            return;
        }
        long base = Math.max(1, sizeAfterRewrite);
        long growth = now * 100 / base - 100;
        if (growth >= config.rewritePercentage.value && !limit.forbids(clock.millis())) {
            log.grown(growth);
            start();
        }
    }

    /** The files of the start: growth counts from the base. */
    public void loaded(long baseBytes) {
        sizeAfterRewrite = baseBytes;
    }

    /** At the end of the server: nothing of a rewrite is left when this returns. */
    public void stop() {
        Running now = running;
        if (now == null) {
            return;
        }
        log.rewriteAtShutdown();
        cancelled = true;
        now.base.cancel();
        try {
            now.thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- what INFO says

    /** Bytes of all files that would be loaded. */
    public long currentBytes() {
        return journal.kept().fileBytes();
    }

    public long sizeAfterRewrite() {
        return sizeAfterRewrite;
    }

    public boolean isScheduled() {
        return scheduled;
    }

    public boolean lastOk() {
        return lastOk;
    }

    public long lastSeconds() {
        return lastSeconds;
    }

    /** Seconds that the one that runs has taken; -1: none does. */
    public long currentSeconds() {
        Running now = running;
        return now == null ? -1 : (clock.millis() - now.startedMs) / 1000;
    }

    public long rewrites() {
        return rewrites;
    }

    /** Snapshots taken for files: rewrites and background saves. */
    public long snapshotsBegun() {
        return started + saves.begun();
    }

    public long failures() {
        return limit.failures();
    }

    public long lastCopiedBytes() {
        return lastCopiedBytes;
    }

    /** Keys that the one that runs has written, and all that it will. */
    public long keysDone() {
        return running == null ? 0 : running.base.keysDone();
    }

    public long keysTotal() {
        return running == null ? 0 : running.keys;
    }
}
