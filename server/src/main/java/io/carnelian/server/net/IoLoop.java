package io.carnelian.server.net;

import io.carnelian.server.command.Batch;
import io.netty.channel.SingleThreadEventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An event loop that reads and parses. What all its connections brought in one turn becomes one
 * {@link Batch}. By default there is one such loop and it is the command thread itself: the batch
 * runs in place. With {@code io-threads N} there are N others, which hand whole batches over; a
 * batch comes back empty when it has run.
 *
 * <p>While the command thread is behind, a batch is filled in several turns, and when it is full
 * the connections rest: batches are on the heap, which is small.
 *
 * <pre>
 *   connections ─► batch ─submit─► at most FULL_SHARES under way ─► command thread
 *        rest ◄─ it is full              └──────── has run: goOn ◄──────┘
 * </pre>
 */
final class IoLoop {
    /** Batches are handed over while those under way have fewer shares. */
    private static final int FULL_SHARES = 8;

    /** A batch is one share, and one more for each so many arguments. */
    private static final int ARGS_A_SHARE = 32 * 1024;

    private final SingleThreadEventLoop loop;
    private final CommandLoop commandLoop;
    private final boolean inPlace;
    private final ConcurrentLinkedQueue<Load> spare = new ConcurrentLinkedQueue<>();
    private final Runnable submit = this::submit;
    private final AtomicLong received = new AtomicLong();
    private Load load = new Load();
    private boolean scheduled;
    private final ArrayDeque<Intake> resting = new ArrayDeque<>();
    private final AtomicInteger sharesUnderWay = new AtomicInteger();

    /** Whether the loop wants to hear that a batch has run. */
    private volatile boolean waits;

    IoLoop(SingleThreadEventLoop loop, CommandLoop commandLoop) {
        this.loop = loop;
        this.commandLoop = commandLoop;
        this.inPlace = loop.equals(commandLoop.eventLoop());
    }

    SingleThreadEventLoop eventLoop() {
        return loop;
    }

    /** Whether this loop is the command thread. */
    boolean isInPlace() {
        return inPlace;
    }

    /** Counts bytes that came; on this loop only. */
    void received(int bytes) {
        received.lazySet(received.getPlain() + bytes);
    }

    /** Bytes received since the start; from any thread. */
    long receivedBytes() {
        return received.get();
    }

    /**
     * Where requests are parsed into; it will be submitted at the end of this turn at the latest.
     * If it is full, the command thread is behind.
     */
    Batch batch() {
        if (!scheduled) {
            scheduled = true;
            loop.executeAfterEventLoopIteration(submit);
        }
        return load.batch;
    }

    /** Notes whose requests are in the batch: their intake hears when they are taken. */
    void holds(Intake from, int bytes, int memory) {
        load.add(from, bytes, memory);
    }

    /** It will hear when the batch is not full any more. */
    void awaitPlace(Intake intake) {
        resting.add(intake);
    }

    /** Runs the batch, or hands it over; while the command thread is behind it stays, and grows. */
    void submit() {
        scheduled = false;
        Load full = load;
        if (full.batch.count() == 0) {
            full.batch.clear();
        } else if (inPlace) {
            commandLoop.run(full.batch);
        } else if (mayHandOver()) {
            Load next = spare.poll();
            load = next == null ? new Load() : next;
            handOver(full);
        }
    }

    private boolean mayHandOver() {
        if (sharesUnderWay.get() >= FULL_SHARES) {
            waits = true;
        }
        // Asked again: the last one may have run before it could see that we wait.
        return sharesUnderWay.get() < FULL_SHARES;
    }

    private void handOver(Load full) {
        int shares = 1 + full.batch.args() / ARGS_A_SHARE;
        sharesUnderWay.addAndGet(shares);
        commandLoop.post(() -> {
            full.taken();
            commandLoop.executor().execute(full.batch);
            full.runAfterwards();
            spare.add(full);
            sharesUnderWay.addAndGet(-shares);
            if (waits) {
                waits = false;
                loop.execute(this::goOn);
            }
        });
    }

    private void goOn() {
        submit();
        while (!load.batch.isFull() && !resting.isEmpty()) {
            resting.remove().loopHasPlace();
        }
    }

    /** Has something done on the command thread when all that was parsed so far has run. */
    void afterwards(Runnable task) {
        submit();
        if (load.batch.count() == 0) {
            commandLoop.post(task);
        } else {
            load.afterwards.add(task);
        }
    }

    /** A batch, and whose requests are in it. */
    private static final class Load {
        private final Batch batch = new Batch();
        private final List<Runnable> afterwards = new ArrayList<>(0);
        private @Nullable Intake[] from = new Intake[64];
        private int[] bytes = new int[64];
        private int[] memory = new int[64];
        private int count;

        void add(Intake intake, int bytesOfIt, int memoryOfIt) {
            if (count == bytes.length) {
                from = Arrays.copyOf(from, 2 * count);
                bytes = Arrays.copyOf(bytes, 2 * count);
                memory = Arrays.copyOf(memory, 2 * count);
            }
            from[count] = intake;
            bytes[count] = bytesOfIt;
            memory[count++] = memoryOfIt;
        }

        /** On the command thread. */
        void taken() {
            for (int i = 0; i < count; i++) {
                Intake intake = from[i];
                if (intake != null) {
                    intake.taken(bytes[i], memory[i]);
                }
                from[i] = null;
            }
            count = 0;
        }

        /** On the command thread. */
        void runAfterwards() {
            for (int i = 0; i < afterwards.size(); i++) {
                afterwards.get(i).run();
            }
            afterwards.clear();
        }
    }
}
