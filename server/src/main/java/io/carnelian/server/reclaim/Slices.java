package io.carnelian.server.reclaim;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Work that may take a share of every tick, in short slices with the clients' requests between
 * them, so that nobody waits for more than one.
 *
 * <pre>
 *   tick ─ start(budget) ─ slice ─ requests ─ slice ─ requests ─ … ─ work is done, or budget spent
 * </pre>
 */
final class Slices {
    /** The longest that clients wait for one slice. */
    static final long SLICE_NANOS = 1_000_000;

    /** What is done in slices. */
    interface Work {
        /** Goes on until then, or until all is done; true if there is more to do. */
        boolean goOn(long endNanos);

        /** A slice took that long. */
        void took(long nanos);

        /** No slice follows. {@code spent}: the budget was used up before all was done. */
        void ended(boolean spent);
    }

    private final LongSupplier nanoTime;
    private final Consumer<Runnable> nextTurn;
    private final Work work;
    private final Runnable next = this::next;
    private long leftNanos;
    private boolean running;
    private boolean scheduled;

    /**
     * @param nextTurn runs a task when the requests that are there now have been answered
     */
    Slices(LongSupplier nanoTime, Consumer<Runnable> nextTurn, Work work) {
        this.nanoTime = nanoTime;
        this.nextTurn = nextTurn;
        this.work = work;
    }

    /** Begins, with a slice at once. What is still left of an earlier start is over. */
    void start(long budgetNanos) {
        stop();
        running = true;
        leftNanos = budgetNanos;
        slice();
    }

    /** Its time is over, whatever is left to do. */
    void stop() {
        if (running) {
            end(true);
        }
    }

    boolean isRunning() {
        return running;
    }

    private void next() {
        scheduled = false;
        if (running) {
            slice();
        }
    }

    private void slice() {
        long start = nanoTime.getAsLong();
        boolean more = work.goOn(start + Math.min(leftNanos, SLICE_NANOS));
        long took = nanoTime.getAsLong() - start;
        leftNanos -= took;
        work.took(took);
        if (!more || leftNanos <= 0) {
            end(more);
        } else if (!scheduled) {
            scheduled = true;
            nextTurn.accept(next);
        }
    }

    private void end(boolean spent) {
        running = false;
        work.ended(spent);
    }
}
