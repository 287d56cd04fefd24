package io.carnelian.server.reclaim;

import io.carnelian.server.command.Executor;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Deletes expired keys that nobody asks for, for a bounded time and in {@link Slices}.
 *
 * <pre>
 *   slow cycle, every tick      at most 25 % of the tick, 2 % more for each step of effort
 *   fast cycle, end of a turn   1 ms, 0.25 ms more for each step; only while many keys are stale
 *
 *   database after database: some segments; goes on in the same one
 *   while more than 10 % of the keys met were stale, 1 % less for each step
 * </pre>
 *
 * Redis samples keys at random; here the header of a segment tells when its first key expires, so
 * each cycle covers a stretch of the table exactly, and what it need not look at costs one read.
 * The next cycle goes on where the last one ended.
 */
public final class ExpireCycle implements Slices.Work {
    private static final int SEGMENTS_A_STEP = 64;
    private static final int KEYS_A_STEP = 64;
    private static final int STEPS_A_TICK = 16;
    private static final int SLOW_PERCENT = 25;
    private static final int SLOW_PERCENT_EACH = 2;
    private static final int FAST_MICROS = 1000;
    private static final int FAST_MICROS_EACH = 250;
    private static final int STALE_PERCENT = 10;
    private static final double STALE_WEIGHT = 0.05;

    private final Keyspace keyspace;
    private final Executor executor;
    private final LongSupplier nanoTime;
    private final LongSupplier tickMs;
    private final BooleanSupplier enabled;
    private final Slices slices;
    private int effort;
    private int nextDb;

    /** Of the running cycle: databases that it has to clean, the one that it cleans included. */
    private int databasesLeft;

    private int stepsInDb;
    private long deleted;
    private long covered;
    private boolean fastWanted;
    private long fastNotBefore;
    private double stalePercent;
    private long timeCapReached;
    private long spentNanos;
    private LongConsumer onSlice = nanos -> {};

    /**
     * @param tickMs time between two slow cycles
     * @param nextTurn runs a task when the requests that are there now have been answered
     * @param enabled asked before each slice
     */
    public ExpireCycle(
            Keyspace keyspace,
            Executor executor,
            LongSupplier nanoTime,
            LongSupplier tickMs,
            Consumer<Runnable> nextTurn,
            BooleanSupplier enabled) {
        this.keyspace = keyspace;
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.tickMs = tickMs;
        this.enabled = enabled;
        this.slices = new Slices(nanoTime, nextTurn, this);
    }

    /** {@code active-expire-effort}, 1 to 10. */
    public void effort(int value) {
        effort = value - 1;
    }

    /** Who is told how long each slice took, in nanoseconds. */
    public void onSlice(LongConsumer listener) {
        onSlice = listener;
    }

    /** Once a tick. */
    public void slow() {
        long percent = SLOW_PERCENT + (long) SLOW_PERCENT_EACH * effort;
        begin(tickMs.getAsLong() * 1_000_000 * percent / 100);
    }

    /**
     * At the end of a turn: does nothing unless the last cycle left much to do, and not again
     * before twice its own time has passed.
     */
    public void fast() {
        if (!fastWanted || slices.isRunning()) {
            return;
        }
        long now = nanoTime.getAsLong();
        long duration = (FAST_MICROS + (long) FAST_MICROS_EACH * effort) * 1000;
        if (now - fastNotBefore >= 0) {
            fastNotBefore = now + 2 * duration;
            begin(duration);
            executor.stream().endTurn();
        }
    }

    /** Keys found expired in percent of those met, as a running mean. */
    public double stalePercent() {
        return stalePercent;
    }

    /** Cycles that ended because their time was up. */
    public long timeCapReached() {
        return timeCapReached;
    }

    /** Time spent in cycles, in ms. */
    public long spentMs() {
        return spentNanos / 1_000_000;
    }

    public void resetStats() {
        timeCapReached = 0;
        stalePercent = 0;
    }

    private void begin(long budgetNanos) {
        slices.stop();
        databasesLeft = keyspace.databases();
        stepsInDb = 0;
        deleted = 0;
        covered = 0;
        slices.start(budgetNanos);
    }

    @Override
    public boolean goOn(long endNanos) {
        if (!mayDelete()) {
            return false;
        }
        while (clean(keyspace.db(nextDb), endNanos)) {
            nextDb = (nextDb + 1) % keyspace.databases();
            stepsInDb = 0;
            databasesLeft--;
            if (databasesLeft == 0) {
                return false;
            }
        }
        return true;
    }

    private boolean mayDelete() {
        return enabled.getAsBoolean() && keyspace.expiredKeys() == Keyspace.EXPIRED_DELETE;
    }

    /** Goes on cleaning one database; false if time was up before it was clean enough. */
    private boolean clean(Database db, long end) {
        if (db.expires() == 0) {
            return true;
        }
        while (true) {
            long coveredBefore = db.expiryCovered();
            int some = db.expireSlice(SEGMENTS_A_STEP, KEYS_A_STEP);
            if (some > 0) {
                executor.propagateEffects();
            }
            long coveredNow = db.expiryCovered() - coveredBefore;
            deleted += some;
            covered += coveredNow;
            stepsInDb++;
            if (db.expiryPassEnded()
                    || (stepsInDb >= STEPS_A_TICK && some * 100L <= coveredNow * acceptable())) {
                return true;
            }
            if (nanoTime.getAsLong() - end >= 0) {
                return false;
            }
        }
    }

    @Override
    public void took(long nanos) {
        spentNanos += nanos;
        onSlice.accept(nanos);
    }

    @Override
    public void ended(boolean spent) {
        if (!mayDelete()) {
            fastWanted = false;
            return;
        }
        double now = covered == 0 ? 0 : 100.0 * deleted / covered;
        stalePercent = now * STALE_WEIGHT + stalePercent * (1 - STALE_WEIGHT);
        timeCapReached += spent ? 1 : 0;
        fastWanted = spent || stalePercent > acceptable();
    }

    private int acceptable() {
        return STALE_PERCENT - effort;
    }
}
