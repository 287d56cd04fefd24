package io.carnelian.server.reclaim;

import io.carnelian.server.command.Executor;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Deletes expired keys that nobody asks for, in slices bounded in time.
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
 * each slice covers a stretch of the table exactly, and what it need not look at costs one read.
 * The next slice goes on where the last one ended.
 */
public final class ExpireCycle {
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
    private int effort;
    private int nextDb;
    private boolean fastWanted;
    private long fastNotBefore;
    private double stalePercent;
    private long timeCapReached;
    private long spentNanos;
    private LongConsumer onCycle = nanos -> {};

    /**
     * @param tickMs time between two slow cycles
     * @param enabled asked before each cycle
     */
    public ExpireCycle(
            Keyspace keyspace,
            Executor executor,
            LongSupplier nanoTime,
            LongSupplier tickMs,
            BooleanSupplier enabled) {
        this.keyspace = keyspace;
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.tickMs = tickMs;
        this.enabled = enabled;
    }

    /** {@code active-expire-effort}, 1 to 10. */
    public void effort(int value) {
        effort = value - 1;
    }

    /** Who is told how long each cycle took, in nanoseconds. */
    public void onCycle(LongConsumer listener) {
        onCycle = listener;
    }

    /** Once a tick. */
    public void slow() {
        if (!enabled.getAsBoolean()) {
            return;
        }
        long percent = SLOW_PERCENT + (long) SLOW_PERCENT_EACH * effort;
        run(tickMs.getAsLong() * 1_000_000 * percent / 100);
    }

    /**
     * At the end of a turn: does nothing unless the last cycle left much to do, and not again
     * before twice its own time has passed.
     */
    public void fast() {
        if (!fastWanted || !enabled.getAsBoolean()) {
            return;
        }
        long now = nanoTime.getAsLong();
        long duration = (FAST_MICROS + (long) FAST_MICROS_EACH * effort) * 1000;
        if (now - fastNotBefore >= 0) {
            fastNotBefore = now + 2 * duration;
            run(duration);
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

    private void run(long nanos) {
        if (keyspace.expiredKeys() != Keyspace.EXPIRED_DELETE) {
            fastWanted = false;
            return;
        }
        long start = nanoTime.getAsLong();
        long end = start + nanos;
        long deleted = 0;
        long covered = 0;
        boolean capped = false;
        for (int i = 0; i < keyspace.databases() && !capped; i++) {
            Database db = keyspace.db(nextDb);
            nextDb = (nextDb + 1) % keyspace.databases();
            long coveredBefore = db.expiryCovered();
            long expiredBefore = keyspace.expiredTotal();
            capped = clean(db, end);
            deleted += keyspace.expiredTotal() - expiredBefore;
            covered += db.expiryCovered() - coveredBefore;
        }
        double now = covered == 0 ? 0 : 100.0 * deleted / covered;
        stalePercent = now * STALE_WEIGHT + stalePercent * (1 - STALE_WEIGHT);
        timeCapReached += capped ? 1 : 0;
        fastWanted = capped || stalePercent > acceptable();
        long took = nanoTime.getAsLong() - start;
        spentNanos += took;
        onCycle.accept(took);
    }

    /** Cleans one database; true if time was up before it was clean enough. */
    private boolean clean(Database db, long end) {
        if (db.expires() == 0) {
            return false;
        }
        for (int step = 1; ; step++) {
            long coveredBefore = db.expiryCovered();
            int deleted = db.expireSlice(SEGMENTS_A_STEP, KEYS_A_STEP);
            if (deleted > 0) {
                executor.propagateEffects();
            }
            if (db.expiryPassEnded()) {
                return false;
            }
            long covered = db.expiryCovered() - coveredBefore;
            if (step >= STEPS_A_TICK && deleted * 100L <= covered * acceptable()) {
                return false;
            }
            if (nanoTime.getAsLong() - end >= 0) {
                return true;
            }
        }
    }

    private int acceptable() {
        return STALE_PERCENT - effort;
    }
}
