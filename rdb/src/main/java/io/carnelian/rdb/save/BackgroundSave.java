package io.carnelian.rdb.save;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One save of a snapshot to a file, on a thread of its own or on the caller's. It can be cancelled
 * at any key by any thread, also while it pauses between two.
 */
final class BackgroundSave implements Runnable, SnapshotEncoder.Pace {
    private static final int CHUNK_BYTES = 256 * 1024;

    private enum State {
        WRITING,
        RENAMING,
        CANCELLED
    }

    /** How it ended. {@code problem} is null for success. */
    record Outcome(@Nullable Throwable problem, boolean opened, boolean cancelled) {}

    private final SnapshotEncoder encoder;
    private final Path temporary;
    private final Path target;
    private final boolean gradual;
    private final LongSupplier delayMicros;
    private final Consumer<Outcome> done;
    private final AtomicReference<State> state = new AtomicReference<>(State.WRITING);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch renamed = new CountDownLatch(1);

    /**
     * @param delayMicros a pause after each key; asked on the thread that saves
     * @param done hears once how it ended, on the thread that saves
     */
    BackgroundSave(
            SnapshotEncoder encoder,
            Path temporary,
            Path target,
            boolean gradual,
            LongSupplier delayMicros,
            Consumer<Outcome> done) {
        this.encoder = encoder.at(this);
        this.temporary = temporary;
        this.target = target;
        this.gradual = gradual;
        this.delayMicros = delayMicros;
        this.done = done;
    }

    @Override
    public void run() {
        boolean opened = false;
        Throwable problem = null;
        try (RdbFile file = new RdbFile(temporary, gradual)) {
            opened = true;
            encoder.encode(file, new byte[CHUNK_BYTES]);
            file.sync();
            rename(file);
            RdbFile.syncFolder(target);
        } catch (IOException | RuntimeException | Error e) {
            problem = e;
        }
        done.accept(new Outcome(problem, opened, problem != null && isCancelled()));
    }

    /** Either it was cancelled before, or whoever cancels it now waits for the end of this. */
    private void rename(RdbFile file) throws IOException {
        if (!state.compareAndSet(State.WRITING, State.RENAMING)) {
            throw new IOException("cancelled");
        }
        try {
            file.rename(target);
        } finally {
            renamed.countDown();
        }
    }

    @Override
    public void afterKey() throws IOException {
        long delay = delayMicros.getAsLong();
        if (delay > 0) {
            try {
                var _ = cancelled.await(delay, TimeUnit.MICROSECONDS);
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
        checkCancelled();
    }

    /** Ends it soon, and is sure that the file will not be replaced any more; any thread. */
    void cancel() {
        if (state.compareAndSet(State.WRITING, State.CANCELLED)) {
            cancelled.countDown();
        } else if (state.get() == State.RENAMING) {
            try {
                renamed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    SnapshotEncoder encoder() {
        return encoder;
    }

    private boolean isCancelled() {
        return state.get() == State.CANCELLED;
    }

    private void checkCancelled() throws IOException {
        if (isCancelled()) {
            throw new IOException("cancelled");
        }
    }
}
