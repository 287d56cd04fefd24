package io.carnelian.server.reclaim;

import io.carnelian.server.command.Effects;
import io.carnelian.server.command.Executor;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.notify.Notifications;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.ExpiredListener;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Keeps the counted memory under {@code maxmemory}: before a command runs, and in slices of its own
 * while there is much to do.
 *
 * <pre>
 *   before a command   counted > maxmemory?
 *      1  free what nobody sees any more (it was deleted, or a snapshot ended)
 *      2  sample every database → pool of the best 16 → delete the best, again and again
 *      3  time is up: RUNNING, the command goes on, and a message to ourselves continues
 *      4  nothing left to delete: FAILED, commands that need memory are refused
 * </pre>
 *
 * Each deleted key is an effect in the write stream, DEL or UNLINK, before the command's own.
 */
public final class Evictor {
    /** What {@link #evict} came to. */
    public enum Result {
        /** The limit is kept. */
        OK,
        /** It is not yet, and work goes on. */
        RUNNING,
        /** It is not, and nothing may be deleted. */
        FAILED
    }

    private static final int RELEASES_A_STEP = 64;
    private static final int KEYS_BETWEEN_LOOKS = 16;
    private static final int EMPTY_ROUNDS = 16;
    private static final int TENACITY_LINEAR = 10;
    private static final int TENACITY_UNBOUNDED = 100;
    private static final double TENACITY_GROWTH = 1.15;
    private static final long NANOS_A_TENACITY = 50_000;
    private static final int LFU_MAX = 255;

    private final Keyspace keyspace;
    private final Executor executor;
    private final UsedMemory memory;
    private final LongSupplier nanoTime;
    private final Runnable continueLater;
    private final EvictionPool pool = new EvictionPool();
    private final EvictionStats stats = new EvictionStats();
    private final ExpiredListener told;
    private EvictionPolicy policy = EvictionPolicy.NOEVICTION;
    private long limitBytes;
    private int samples = 5;
    private long sliceNanos = TENACITY_LINEAR * NANOS_A_TENACITY;
    private int nextDb;
    private boolean scheduled;
    private boolean suspended;
    private LongConsumer onSlice = nanos -> {};

    /**
     * @param nanoTime a clock for slices
     * @param continueLater asks for a call of {@link #continueEviction} in one of the next turns
     */
    public Evictor(
            Keyspace keyspace,
            Executor executor,
            Effects effects,
            Notifications notifications,
            UsedMemory memory,
            LongSupplier nanoTime,
            Runnable continueLater) {
        this.keyspace = keyspace;
        this.executor = executor;
        this.memory = memory;
        this.nanoTime = nanoTime;
        this.continueLater = continueLater;
        this.told =
                (db, key) -> {
                    effects.evicted(db, key);
                    notifications.tell(KeyspaceEvent.EVICTED, db, key);
                };
    }

    /** Bytes; 0 is no limit. */
    public void limit(long bytes) {
        limitBytes = bytes;
    }

    public void policy(EvictionPolicy chosen) {
        policy = chosen;
        pool.clear();
    }

    /** Keys of each database looked at in a round: {@code maxmemory-samples}. */
    public void samples(int keys) {
        samples = keys;
    }

    /**
     * How long one slice may take: {@code maxmemory-eviction-tenacity}, 0 to 100. Up to 10 it grows
     * by 50 µs each, then by 15 % each, and 100 has no bound.
     */
    public void tenacity(int tenacity) {
        sliceNanos = sliceNanos(tenacity);
    }

    static long sliceNanos(int tenacity) {
        if (tenacity <= TENACITY_LINEAR) {
            return tenacity * NANOS_A_TENACITY;
        }
        if (tenacity >= TENACITY_UNBOUNDED) {
            return Long.MAX_VALUE;
        }
        double factor = Math.pow(TENACITY_GROWTH, tenacity - TENACITY_LINEAR);
        return (long) (TENACITY_LINEAR * NANOS_A_TENACITY * factor);
    }

    /** Who is told how long each slice took, in nanoseconds. */
    public void onSlice(LongConsumer listener) {
        onSlice = listener;
    }

    /** Nothing is deleted meanwhile: a replica that follows its primary, a file being loaded. */
    public void suspend(boolean on) {
        suspended = on;
    }

    public EvictionStats stats() {
        return stats;
    }

    /** Deletes keys until the limit is kept, for one slice of time at most. */
    public Result evict() {
        if (limitBytes == 0 || suspended || keyspace.isFrozen()) {
            if (stats.exceeded) {
                stats.under(nanoTime.getAsLong());
            }
            return Result.OK;
        }
        memory.refresh();
        if (memory.countedBytes() <= limitBytes) {
            if (stats.exceeded) {
                stats.under(nanoTime.getAsLong());
            }
            return Result.OK;
        }
        long start = nanoTime.getAsLong();
        Result result = evictSlice();
        long nanos = nanoTime.getAsLong();
        onSlice.accept(nanos - start);
        if (result == Result.OK) {
            stats.under(nanos);
        } else {
            stats.over(nanos);
        }
        if (result == Result.RUNNING) {
            schedule();
        }
        executor.propagateEffects();
        return result;
    }

    /** The slice that was asked for. */
    public void continueEviction() {
        scheduled = false;
        var _ = evict();
    }

    /** Asks for a slice soon; nothing happens if one is on its way. */
    public void schedule() {
        if (!scheduled) {
            scheduled = true;
            continueLater.run();
        }
    }

    private Result evictSlice() {
        long end = nanoTime.getAsLong() + Math.min(sliceNanos, Long.MAX_VALUE >> 1);
        while (keyspace.releaseSome(RELEASES_A_STEP) > 0) {
            if (memory.countedBytes() <= limitBytes) {
                return Result.OK;
            }
            if (nanoTime.getAsLong() >= end) {
                return Result.RUNNING;
            }
        }
        if (policy == EvictionPolicy.NOEVICTION) {
            return Result.FAILED;
        }
        int keys = 0;
        try {
            while (memory.countedBytes() > limitBytes) {
                if (!evictOne()) {
                    return Result.FAILED;
                }
                keys++;
                // What hangs on the key counts until it is freed: no other key shall go for it.
                while (keyspace.releaseSome(RELEASES_A_STEP) > 0
                        && memory.countedBytes() > limitBytes) {
                    if (nanoTime.getAsLong() >= end) {
                        return Result.RUNNING;
                    }
                }
                if (keys % KEYS_BETWEEN_LOOKS == 0) {
                    executor.propagateEffects();
                    if (nanoTime.getAsLong() >= end) {
                        return Result.RUNNING;
                    }
                }
            }
        } catch (OutOfMemory e) {
            // A snapshot lives, and there is no room for the copy that a deletion needs.
            return Result.FAILED;
        }
        return Result.OK;
    }

    /** Deletes the best candidate; false if there is none. */
    private boolean evictOne() {
        return policy.order == EvictionPolicy.Order.RANDOM ? evictRandom() : evictBest();
    }

    private boolean evictRandom() {
        for (int i = 0; i < keyspace.databases(); i++) {
            Database db = keyspace.db(nextDb);
            nextDb = (nextDb + 1) % keyspace.databases();
            long record = sample(db);
            if (record != 0) {
                delete(db, record);
                return true;
            }
        }
        return false;
    }

    private boolean evictBest() {
        for (int round = 0; round < EMPTY_ROUNDS; round++) {
            if (!fillPool()) {
                return false;
            }
            while (!pool.isEmpty()) {
                Database db = keyspace.db(pool.bestDb());
                long record = pool.bestRecord();
                boolean stands = db.holds(pool.bestHash(), record) && isStillBest(record);
                pool.dropBest();
                if (stands) {
                    delete(db, record);
                    return true;
                }
            }
        }
        return evictRandom();
    }

    /** Whether the record has not been used since it came into the pool. */
    private boolean isStillBest(long record) {
        return isCandidate(record) && score(record) >= pool.bestScore();
    }

    /** Samples every database; false if there is nothing to sample. */
    private boolean fillPool() {
        boolean any = false;
        for (int i = 0; i < keyspace.databases(); i++) {
            Database db = keyspace.db(i);
            long candidates = policy.expiringOnly ? db.expires() : db.size();
            for (long n = Math.min(samples, candidates); n > 0; n--) {
                long record = sample(db);
                any = true;
                long hash = Hash.of(Record.keyAddress(record), Record.keyLength(record));
                pool.offer(db, record, hash, score(record));
            }
        }
        return any;
    }

    private long sample(Database db) {
        return policy.expiringOnly ? db.sampleExpiring() : db.sample();
    }

    private boolean isCandidate(long record) {
        return !policy.expiringOnly || Record.hasExpiry(record);
    }

    /** Greater is sooner to go. */
    private long score(long record) {
        AccessClock clock = keyspace.accessClock();
        return switch (policy.order) {
            case LEAST_RECENT -> clock.idleSeconds(Record.clock(record));
            case LEAST_FREQUENT -> LFU_MAX - clock.frequency(Record.clock(record));
            case SOONEST_EXPIRY -> Long.MAX_VALUE - Record.expireAt(record);
            case RANDOM, NONE -> 0;
        };
    }

    private void delete(Database db, long record) {
        db.evict(record, told);
        stats.evictedKeys++;
    }
}
