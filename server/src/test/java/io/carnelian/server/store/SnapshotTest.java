package io.carnelian.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.carnelian.server.epoch.Fault;
import io.carnelian.server.memory.MemoryFault;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.table.Directory;
import io.carnelian.server.table.Segment;
import io.carnelian.server.table.TableScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A snapshot shows exactly the state at its cut, whatever is written meanwhile: walked slot by slot
 * between random operations, with up to three snapshots alive; and by real threads. Then the same
 * with injected bugs, which must be found.
 */
class SnapshotTest {
    private static final int OPERATIONS = 6000;

    /** -Dseed= replays from one seed on, -Dseeds= runs more of them. */
    private static final long FIRST_SEED = Seed.of(SnapshotTest.class);

    private static final int SEEDS = Integer.getInteger("seeds", 10);

    @AfterEach
    void noFault() {
        Fault.inject(Fault.NONE);
    }

    @Test
    void showsTheStateAtItsCutWhenWalkedSlotBySlot() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            runStepped(seed);
        }
    }

    @Test
    void showsTheStateAtItsCutToOtherThreads() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS / 2; seed++) {
            runThreaded(seed);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Fault.NO_COPY, Fault.YOUNG_KEPT, Fault.FREED_AT_ONCE, Fault.OVERWRITTEN})
    void findsInjectedFaultsSteppedly(int fault) {
        int found = 0;
        for (int i = 0; i < 10; i++) {
            try {
                Fault.inject(fault);
                runStepped(FIRST_SEED + i);
            } catch (AssertionError | MemoryFault | RuntimeException e) {
                found++;
            }
        }
        assertThat(found).as("fault %d, seed %d", fault, FIRST_SEED).isGreaterThanOrEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {Fault.NO_COPY, Fault.YOUNG_KEPT, Fault.FREED_AT_ONCE, Fault.OVERWRITTEN})
    void findsInjectedFaultsWithThreads(int fault) {
        for (int i = 0; i < 60; i++) {
            try {
                Fault.inject(fault);
                runThreaded(FIRST_SEED + i);
            } catch (AssertionError | MemoryFault | RuntimeException e) {
                return;
            }
        }
        fail("fault %d not found, seed %d", fault, FIRST_SEED);
    }

    private static void runStepped(long seed) {
        try (SnapshotRig rig = new SnapshotRig(seed)) {
            List<Stepper> live = new ArrayList<>();
            for (int i = 0; i < OPERATIONS; i++) {
                rig.step();
                int what = rig.random.nextInt(300);
                if (what == 0 && live.size() < 3) {
                    live.add(new Stepper(rig.keyspace.cut(), rig.copyModel()));
                } else if (!live.isEmpty() && what > 200) {
                    Stepper stepper = live.get(rig.random.nextInt(live.size()));
                    boolean abandoned = rig.random.nextInt(2000) == 0;
                    if (abandoned || !stepper.step()) {
                        live.remove(stepper);
                        rig.keyspace.end(stepper.snapshot);
                    }
                }
            }
            for (Stepper stepper : live) {
                while (stepper.step()) {}
                rig.keyspace.end(stepper.snapshot);
            }
            rig.finish();
        } catch (AssertionError | MemoryFault | RuntimeException e) {
            e.addSuppressed(new Exception("seed " + seed));
            throw e;
        }
    }

    private static void runThreaded(long seed) {
        try (SnapshotRig rig = new SnapshotRig(seed)) {
            List<Walker> live = new ArrayList<>();
            try {
                for (int i = 0; i < OPERATIONS; i++) {
                    rig.step();
                    if (rig.random.nextInt(100) == 0 && live.size() < 3) {
                        live.add(new Walker(rig, seed + i));
                    }
                    for (int w = live.size() - 1; w >= 0; w--) {
                        if (live.get(w).isDone()) {
                            live.remove(w).end(rig.keyspace);
                        }
                    }
                }
                while (!live.isEmpty()) {
                    live.removeFirst().end(rig.keyspace);
                }
            } finally {
                live.forEach(Walker::join);
            }
            rig.finish();
        } catch (AssertionError | MemoryFault | RuntimeException e) {
            e.addSuppressed(new Exception("seed " + seed));
            throw e;
        }
    }

    /** Walks a snapshot one slot at a time, as slowly as can be. */
    private static final class Stepper {
        final Snapshot snapshot;
        private final List<Map<String, String>> left;
        private int database;
        private long hash;
        private int slot;

        Stepper(Snapshot snapshot, List<Map<String, String>> left) {
            this.snapshot = snapshot;
            this.left = left;
        }

        /** False when all databases are walked. */
        boolean step() {
            long root = snapshot.root(database);
            long word = Directory.segment(root, snapshot.rootDepth(database), hash);
            long segment = Directory.address(word);
            long slotWord = Segment.word(segment, slot++);
            if (slotWord != 0) {
                SnapshotRig.checkRecord(slotWord & Segment.ADDRESS, left.get(database));
            }
            if (slot < Segment.slots(Directory.slotBits(word))) {
                return true;
            }
            slot = 0;
            hash = TableScan.nextHash(hash, Segment.depth(segment));
            if (hash != 0) {
                return true;
            }
            SnapshotRig.check(left.get(database).size(), 0, "keys missing in the snapshot");
            return ++database < snapshot.databases();
        }
    }

    /** Walks a snapshot on a thread of its own, with pauses. */
    private static final class Walker implements Runnable {
        private final Snapshot snapshot;
        private final List<Map<String, String>> left;
        private final Thread thread;
        private final java.util.Random random;
        private volatile @Nullable Throwable failure;
        private volatile boolean done;

        Walker(SnapshotRig rig, long seed) {
            snapshot = rig.keyspace.cut();
            left = rig.copyModel();
            random = new java.util.Random(seed);
            thread = new Thread(this, "walker");
            thread.start();
        }

        @Override
        public void run() {
            try {
                for (int i = 0; i < snapshot.databases(); i++) {
                    Map<String, String> map = left.get(i);
                    snapshot.walk(
                            i,
                            record -> {
                                pause();
                                SnapshotRig.checkRecord(record, map);
                            });
                    SnapshotRig.check(map.size(), 0, "keys missing in the snapshot");
                }
            } catch (Throwable e) {
                failure = e;
            } finally {
                done = true;
            }
        }

        boolean isDone() {
            return done;
        }

        void join() {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void end(Keyspace keyspace) {
            join();
            if (failure != null) {
                throw new AssertionError("walker", failure);
            }
            keyspace.end(snapshot);
        }

        private void pause() {
            int what = random.nextInt(64);
            if (what < 8) {
                LockSupport.parkNanos(1);
            } else if (what < 12) {
                for (int i = 0; i < 2000; i++) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
