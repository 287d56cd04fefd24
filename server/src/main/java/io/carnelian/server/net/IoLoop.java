package io.carnelian.server.net;

import io.carnelian.server.command.Batch;
import io.netty.channel.SingleThreadEventLoop;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An event loop that reads and parses. What all its connections brought in one turn becomes one
 * {@link Batch}. By default there is one such loop and it is the command thread itself: the batch
 * runs in place. With {@code io-threads N} there are N others, which hand whole batches over; a
 * batch comes back empty when it has run.
 */
final class IoLoop {
    private final SingleThreadEventLoop loop;
    private final CommandLoop commandLoop;
    private final boolean inPlace;
    private final ConcurrentLinkedQueue<Batch> spare = new ConcurrentLinkedQueue<>();
    private final Runnable submit = this::submit;
    private final AtomicLong received = new AtomicLong();
    private Batch batch = new Batch();
    private boolean scheduled;

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
     */
    Batch batch() {
        if (!scheduled) {
            scheduled = true;
            loop.executeAfterEventLoopIteration(submit);
        }
        return batch;
    }

    /** Runs the batch, or hands it over. */
    void submit() {
        scheduled = false;
        Batch full = batch;
        if (full.count() == 0) {
            full.clear();
        } else if (inPlace) {
            commandLoop.run(full);
        } else {
            Batch next = spare.poll();
            batch = next == null ? new Batch() : next;
            commandLoop.post(() -> {
                commandLoop.executor().execute(full);
                spare.add(full);
            });
        }
    }
}
