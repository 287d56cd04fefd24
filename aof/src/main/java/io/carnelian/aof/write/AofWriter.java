package io.carnelian.aof.write;

import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.LogFile;
import io.carnelian.aof.log.Annotation;
import io.carnelian.server.feed.StreamBlock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The thread that owns the AOF's files. Everything comes through one queue and is done in its
 * order, so a rotation stands exactly between two writes of the stream. How it comes is told at
 * {@link Handover}, when it is looked for at {@link Pace}.
 *
 * <pre>
 *   command thread ──bytes, places, steps──► queue ──► group ──write──► file
 *                                                        └─ always: sync, then tell
 *                                            everysec: another thread syncs, once a second
 *   command thread ◄──────── told: written, synced, what fails ───────────
 * </pre>
 *
 * With {@code always} any number of clients share one sync. A group that could not be written, or
 * synced, is taken back to the last byte that is known to be good and written again each second,
 * until there is room: nothing of it was acknowledged, and nothing that was is touched.
 */
final class AofWriter {
    private static final int GROUP_BYTES = 4 << 20;
    private static final int GROUP_PARTS = 512;
    private static final long SYNC_NANOS = 1_000_000_000L;

    private final Handover handover;
    private final Pace pace = new Pace();
    private final WriterState state;
    private final Runnable onProgress;
    private final Consumer<Throwable> onFailure;
    private final AofLog log;
    private final Syncer syncer;
    private final Thread thread;
    private final AtomicBoolean told = new AtomicBoolean();

    // ---- set by the command thread

    private volatile Policy policy = Policy.EVERYSEC;
    private volatile boolean syncRests;
    private volatile boolean eager;
    private volatile boolean givesUp;
    private volatile boolean ended;

    /** How long to wait before what failed is tried again. */
    volatile long retryNanos = 1_000_000_000L;

    /** A pause before each write, in microseconds: {@code DEBUG AOF-FLUSH-SLEEP}. */
    volatile long delayMicros;

    // ---- of the writer thread

    private @Nullable LogFile file;
    private final List<ByteBuf> group = new ArrayList<>();
    private long groupBytes;
    private long streamBytes;
    private long goodBytes;
    private boolean tailInDoubt;
    private long lastSyncNanos;
    private long delayedSyncs;
    private final CRC32C sum = new CRC32C();
    private boolean sums;
    private long restNanos;
    private final Runnable park = this::park;

    /**
     * @param onProgress posts a message to the command thread
     * @param onFailure hears that the thread has ended, by what no disk answers
     */
    AofWriter(WriterState state, AofLog log, Runnable onProgress, Consumer<Throwable> onFailure) {
        this.state = state;
        this.log = log;
        this.onProgress = onProgress;
        this.onFailure = onFailure;
        this.syncer = new Syncer(state, this::tell);
        this.thread = Thread.ofPlatform().daemon().name("aof writer").unstarted(this::run);
        this.handover = new Handover(() -> LockSupport.unpark(thread));
    }

    void start() {
        thread.start();
    }

    // ---- for the command thread

    void add(Job job) {
        handover.add(job);
    }

    /** The next bytes of the stream: [from, to) of the block. */
    void add(StreamBlock block, int from, int to) {
        handover.bytes(block, from, to);
    }

    /** All bytes of a turn were added; the writer begins when it is time to. */
    void endOfTurn() {
        handover.endOfTurn();
    }

    /** The writer does now what was added. */
    void wake() {
        handover.call();
    }

    void policy(Policy next) {
        policy = next;
        handover.call();
    }

    /** Whether nothing is synced at present, whatever the policy. */
    void restSync(boolean on) {
        syncRests = on;
    }

    /** Whether replicas read what is written: it is told each time, and is sooner. */
    void eager(boolean on) {
        eager = on;
        handover.call();
    }

    /** What can't be written now never will: for closing a file on a disk that is full. */
    void giveUp(boolean on) {
        givesUp = on;
        LockSupport.unpark(thread);
    }

    /** The message of progress has been heard. */
    void heard() {
        told.set(false);
    }

    /** Ends the thread soon. */
    void end() {
        ended = true;
        givesUp = true;
        handover.call();
        syncer.end();
    }

    // ---- the thread

    private void run() {
        try {
            work();
        } catch (RuntimeException | Error e) {
            // Without a writer nothing is kept, and nobody would notice for a long time.
            onFailure.accept(e);
        }
        handover.close();
    }

    private void work() {
        while (!ended) {
            handover.answer();
            for (Job job = handover.poll(); job != null; job = handover.poll()) {
                take(job);
                if (groupBytes >= GROUP_BYTES || group.size() >= GROUP_PARTS) {
                    flush();
                }
            }
            flush();
            rest();
        }
    }

    private void take(Job job) {
        switch (job) {
            case Job.Bytes(ByteBuf bytes) -> {
                streamBytes += bytes.readableBytes();
                put(bytes);
            }
            case Job.Aside(byte[] bytes) -> put(Unpooled.wrappedBuffer(bytes));
            case Job.Place place -> {
                put(line(place));
                sum.reset();
                sums = true;
            }
            case Job.Step step -> step(step);
        }
    }

    private void put(ByteBuf bytes) {
        if (file == null) {
            bytes.release();
            return;
        }
        group.add(bytes);
        groupBytes += bytes.readableBytes();
        sum.update(bytes.nioBuffer());
    }

    /** What it vouches for begins behind the line of this kind before it. */
    private ByteBuf line(Job.Place place) {
        long vouched = sums ? sum.getValue() : Annotation.Position.NO_SUM;
        byte[] line =
                new Annotation.Position(place.replid(), place.offset(), place.timeMs(), vouched)
                        .line();
        return Unpooled.wrappedBuffer(line);
    }

    private void step(Job.Step step) {
        flush();
        try {
            step.work().run();
        } catch (IOException | RuntimeException e) {
            log.stepFailed(step.what(), e);
        }
    }

    private void flush() {
        if (group.isEmpty()) {
            return;
        }
        long delay = delayMicros;
        if (delay > 0) {
            LockSupport.parkNanos(delay * 1000);
        }
        boolean sync = policy == Policy.ALWAYS && !syncRests;
        long began = System.nanoTime();
        boolean done = tryWrite(sync);
        while (!done && !givesUp && !ended) {
            LockSupport.parkNanos(this, retryNanos);
            done = tryWrite(sync);
        }
        for (ByteBuf part : group) {
            part.release();
        }
        group.clear();
        if (done) {
            goodBytes += groupBytes;
            state.fileBytes = goodBytes;
        }
        groupBytes = 0;
        long bytes = streamBytes - state.written;
        pace.wrote(bytes, handover.waitingBytes(), began, System.nanoTime());
        state.written = streamBytes;
        if (sync) {
            state.syncedTo(streamBytes);
        }
        if (eager || policy == Policy.ALWAYS) {
            tell();
        }
        syncIfDue();
    }

    private boolean tryWrite(boolean sync) {
        LogFile to = file;
        if (to == null) {
            return true;
        }
        try {
            if (tailInDoubt) {
                to.truncate(goodBytes);
            }
            tailInDoubt = true;
            to.write(buffers());
            if (sync) {
                to.sync();
                lastSyncNanos = System.nanoTime();
            }
            tailInDoubt = false;
            if (state.writeProblem != null) {
                state.writeProblem = null;
                log.writesAgain();
                tell();
            }
            return true;
        } catch (IOException e) {
            failed(to, e);
            return false;
        }
    }

    private ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[group.size()];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = group.get(i).nioBuffer();
        }
        return buffers;
    }

    private void failed(LogFile to, IOException e) {
        String reason = reason(e);
        if (!reason.equals(state.writeProblem)) {
            log.writeFailed(reason);
            state.writeProblem = reason;
            tell();
        }
        try {
            // A process that is killed now should leave a file that is whole.
            to.truncate(goodBytes);
        } catch (IOException again) {
            log.cannotTakeBack(reason(again));
        }
    }

    /** What the system calls say, without the name of the file. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException named && named.getReason() != null) {
            return named.getReason();
        }
        return String.valueOf(e.getMessage());
    }

    private void syncIfDue() {
        LogFile what = file;
        if (what == null || syncRests || !wantsSync()) {
            return;
        }
        long now = System.nanoTime();
        if (now - lastSyncNanos < SYNC_NANOS) {
            return;
        }
        lastSyncNanos = now;
        if (syncer.isBusy()) {
            delayedSyncs++;
            state.delayedSyncs = delayedSyncs;
            return;
        }
        syncer.begin(what, state.written);
    }

    /**
     * Whether something waits for a sync beside the writer. With {@code always} that is what was
     * written while syncs rested; and what failed is tried again whatever the policy is by now:
     * writes are refused until it goes well.
     */
    private boolean wantsSync() {
        boolean unsynced = state.synced < state.written;
        return state.syncProblem != null || (unsynced && policy != Policy.NO);
    }

    private void tell() {
        if (told.compareAndSet(false, true)) {
            onProgress.run();
        }
    }

    private void rest() {
        syncIfDue();
        boolean unsynced = file != null && wantsSync();
        long waiting = handover.waitingBytes();
        restNanos = pace.rest(policy, eager, unsynced, waiting, System.nanoTime());
        if (restNanos > 0 && !ended) {
            handover.rest(pace.wantedBytes(), park);
        }
    }

    private void park() {
        if (restNanos == Pace.FOREVER) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, restNanos);
        }
    }

    // ---- for steps, on the writer thread

    /** So much of the stream counts as stored: the file to come is for what follows. */
    void countFrom(long appended) {
        streamBytes = appended;
        state.written = appended;
        state.syncedTo(appended);
    }

    boolean isOpen() {
        return file != null;
    }

    /** Bytes of the file that are whole and the stream's. */
    long goodBytes() {
        return goodBytes;
    }

    /**
     * Goes on in a file.
     *
     * @param summed whether the file is new, so that lines in it can vouch for all before them
     */
    void open(LogFile next, long size, boolean summed) {
        file = next;
        givesUp = false;
        goodBytes = size;
        tailInDoubt = false;
        state.fileBytes = size;
        sums = summed;
        sum.reset();
        lastSyncNanos = System.nanoTime();
    }

    /** Syncs all that is written, now. */
    void sync() throws IOException {
        syncer.await();
        LogFile what = file;
        if (what != null) {
            try {
                what.sync();
            } catch (IOException e) {
                syncer.failed(e);
                tell();
                throw e;
            }
        }
        state.syncedTo(state.written);
        state.syncProblem = null;
        lastSyncNanos = System.nanoTime();
    }

    /** The file, without closing it, for whoever opens another one in its place. */
    @Nullable LogFile take() {
        syncer.await();
        LogFile was = file;
        file = null;
        return was;
    }

    boolean takeDoubt() {
        return syncer.takeDoubt();
    }
}
