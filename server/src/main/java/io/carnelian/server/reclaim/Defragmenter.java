package io.carnelian.server.reclaim;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Table;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Moves records from sparse slabs to fuller ones, so that slabs get empty and their pages go back
 * to the system: {@code activedefrag}.
 *
 * <pre>
 *   IDLE ──fragmented, no snapshot──> MEASURE ──how full the slabs are──> WALK ──all tables──> IDLE
 * </pre>
 *
 * It takes a share of each tick, in {@link Slices}: between {@code active-defrag-cycle-min} and
 * {@code -max} percent, as fragmentation lies between the two thresholds. The walk visits a segment
 * at a time; a record is moved by copying it and changing one word in its segment, and so is the
 * segment itself. While a snapshot lives nothing is moved: it may see any record.
 */
public final class Defragmenter implements Table.Mover, Slices.Work {
    private enum State {
        IDLE,
        MEASURE,
        WALK
    }

    private static final int PAGES_A_STEP = 256;

    /** A pass that moved nothing is not repeated before that, in ms. */
    private static final long FUTILE_PAUSE_MS = 10_000;

    private final Keyspace keyspace;
    private final Slabs slabs;
    private final LongSupplier nanoTime;
    private final Slices slices;
    private LongConsumer onSlice = nanos -> {};
    private State state = State.IDLE;
    private boolean enabled;
    private long ignoreBytes;
    private int lowerPercent;
    private int upperPercent;
    private int minCycle;
    private int maxCycle;
    private int runningPercent;
    private int db;
    private long hash;
    private long movedInPass;
    private long notBeforeMs;

    private long hits;
    private long misses;
    private long keyHits;
    private long keyMisses;
    private long spentNanos;
    private long runningSinceNanos;

    /**
     * @param nextTurn runs a task when the requests that are there now have been answered
     */
    Defragmenter(Keyspace keyspace, LongSupplier nanoTime, Consumer<Runnable> nextTurn) {
        this.keyspace = keyspace;
        this.slabs = keyspace.slabs();
        this.nanoTime = nanoTime;
        this.slices = new Slices(nanoTime, nextTurn, this);
    }

    /** Who is told how long each slice took, in nanoseconds. */
    public void onSlice(LongConsumer listener) {
        onSlice = listener;
    }

    /** {@code activedefrag}. */
    public void enable(boolean on) {
        enabled = on;
        notBeforeMs = 0;
        if (!on) {
            rest();
        }
    }

    /**
     * When it starts: more than so many bytes and more than {@code lowerPercent} of fragmentation.
     */
    public void thresholds(long ignoreBytes, int lowerPercent, int upperPercent) {
        this.ignoreBytes = ignoreBytes;
        this.lowerPercent = lowerPercent;
        this.upperPercent = upperPercent;
    }

    /** How much of a tick it takes, in percent: at the lower threshold, and at the upper. */
    public void cycle(int min, int max) {
        minCycle = min;
        maxCycle = max;
    }

    /** Begins the slices of one tick; {@code tickMs} is the time between two of them. */
    public void tick(long tickMs) {
        if (!mayMove()) {
            return;
        }
        int wanted = wantedPercent();
        if (state == State.IDLE) {
            if (wanted == 0 || keyspace.nowMs() < notBeforeMs) {
                return;
            }
            begin();
        }
        runningPercent = Math.max(runningPercent, Math.max(wanted, minCycle));
        slices.start(tickMs * 1_000_000 * runningPercent / 100);
    }

    private boolean mayMove() {
        return enabled && keyspace.epochs().liveCut() == 0;
    }

    @Override
    public void took(long nanos) {
        spentNanos += nanos;
        onSlice.accept(nanos);
    }

    @Override
    public void ended(boolean spent) {}

    /** Percent of the time that it should take now; 0 if there is not enough to gain. */
    private int wantedPercent() {
        long used = slabs.usedBytes();
        long wasted = slabs.activeBytes() - used;
        long percent = used == 0 ? 0 : wasted * 100 / used;
        if (wasted < ignoreBytes || percent < lowerPercent) {
            return 0;
        }
        if (upperPercent <= lowerPercent) {
            return maxCycle;
        }
        long range = Math.min(percent, upperPercent) - lowerPercent;
        return minCycle + (int) (range * (maxCycle - minCycle) / (upperPercent - lowerPercent));
    }

    private void begin() {
        state = State.MEASURE;
        runningSinceNanos = nanoTime.getAsLong();
        db = 0;
        hash = 0;
        movedInPass = 0;
    }

    @Override
    public boolean goOn(long endNanos) {
        if (!mayMove()) {
            return false;
        }
        try {
            do {
                switch (state) {
                    case IDLE -> {
                        return false;
                    }
                    case MEASURE -> {
                        if (slabs.measureSome(PAGES_A_STEP)) {
                            state = State.WALK;
                        }
                    }
                    case WALK -> walkSegment();
                }
            } while (nanoTime.getAsLong() - endNanos < 0);
        } catch (OutOfMemory e) {
            // There is no room to move anything into now; the next tick goes on.
            movedInPass++;
            return false;
        }
        return state != State.IDLE;
    }

    private void walkSegment() {
        hash = keyspace.moveSegment(db, hash, this);
        if (hash != 0) {
            return;
        }
        db++;
        if (db == keyspace.databases()) {
            if (movedInPass == 0) {
                notBeforeMs = keyspace.nowMs() + FUTILE_PAUSE_MS;
            }
            rest();
        }
    }

    private void rest() {
        state = State.IDLE;
        runningPercent = 0;
    }

    @Override
    public long moveRecord(long record) {
        long to = move(record);
        if (to == record) {
            keyMisses++;
        } else {
            keyHits++;
        }
        return to;
    }

    @Override
    public long moveNode(long node) {
        return move(node);
    }

    private long move(long address) {
        if (!slabs.worthMoving(address)) {
            misses++;
            return address;
        }
        long bytes = slabs.usableSize(address);
        long to = slabs.allocate(bytes);
        Memory.copy(address, to, bytes);
        slabs.free(address);
        hits++;
        movedInPass++;
        return to;
    }

    /** Percent of the time that it takes now; 0 when it rests. */
    public int runningPercent() {
        return runningPercent;
    }

    /** Records and nodes moved, and left where they were. */
    public long hits() {
        return hits;
    }

    public long misses() {
        return misses;
    }

    /** Keys whose record was moved, and that were left alone. */
    public long keyHits() {
        return keyHits;
    }

    public long keyMisses() {
        return keyMisses;
    }

    /** Time spent, in ms. */
    public long spentMs() {
        return spentNanos / 1_000_000;
    }

    /** Time since it began to run, in ms; 0 when it rests. */
    public long currentMs() {
        return state == State.IDLE ? 0 : (nanoTime.getAsLong() - runningSinceNanos) / 1_000_000;
    }

    void resetStats() {
        hits = 0;
        misses = 0;
        keyHits = 0;
        keyMisses = 0;
        spentNanos = 0;
    }
}
