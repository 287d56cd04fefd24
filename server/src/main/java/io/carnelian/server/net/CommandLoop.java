package io.carnelian.server.net;

import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Batch;
import io.carnelian.server.command.Executor;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;
import io.netty.channel.SingleThreadEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The command thread: the event loop that owns everything live. Whatever runs on it, a batch of
 * requests, a message from another thread, a timer, is followed by the end of the turn:
 *
 * <pre>
 *   requests | message | timer  →  effects to the sinks  →  turn-end tasks
 *                               →  replies to the sockets, one flush each
 * </pre>
 *
 * {@link #post} is the way in for other threads (a mailbox); all other methods are called on the
 * loop itself.
 */
public final class CommandLoop implements Mailbox {
    private static final int RELEASES_A_TURN = 64;

    private final SingleThreadEventLoop loop;
    private final Executor executor;
    private final Keyspace keyspace;
    private final WriteStream stream;
    private final List<Runnable> turnEnds = new ArrayList<>();
    private final List<Runnable> nextTurn = new ArrayList<>();
    private final Runnable endTurn = this::endTurn;
    private final Runnable finishTurn = this::finishTurn;
    private final Runnable anotherTurn = this::openTurn;
    private Connection[] dirty = new Connection[64];
    private int dirtyCount;
    private boolean turnOpen;
    private Consumer<Throwable> failure = e -> {};
    private long sentBytes;

    /** Replies to whoever wrote beyond this wait: the write is not on the disk yet. */
    private long storedUpTo = Long.MAX_VALUE;

    private final List<Connection> holding = new ArrayList<>();

    public CommandLoop(SingleThreadEventLoop loop, Executor executor, Keyspace keyspace) {
        this.loop = loop;
        this.executor = executor;
        this.keyspace = keyspace;
        this.stream = executor.stream();
    }

    @Override
    public void post(Runnable task) {
        loop.execute(() -> {
            openTurn();
            runTask(task);
        });
    }

    @Override
    public void postAfter(Runnable task, long delayMs) {
        var _ =
                loop.schedule(
                        () -> {
                            openTurn();
                            runTask(task);
                        },
                        delayMs,
                        TimeUnit.MILLISECONDS);
    }

    /**
     * Runs a task in the next turn, after the sockets have been looked at: work in slices lets
     * requests pass between them. ({@link #post} may run it in this turn.) Command thread only.
     */
    public void nextTurn(Runnable task) {
        openTurn();
        nextTurn.add(task);
    }

    /**
     * Adds something to be done at the end of every turn, after the sinks and before the replies go
     * out.
     */
    public void atTurnEnd(Runnable task) {
        turnEnds.add(task);
    }

    public SingleThreadEventLoop eventLoop() {
        return loop;
    }

    public boolean isCommandThread() {
        return loop.inEventLoop();
    }

    public Executor executor() {
        return executor;
    }

    /**
     * Lets the replies go that waited for the stream to be stored up to here, as {@link
     * WriteStream#appended} counts; all of them, and those to come, with {@link Long#MAX_VALUE}.
     */
    public void storedUpTo(long appended) {
        storedUpTo = appended;
        for (int i = holding.size() - 1; i >= 0; i--) {
            if (holding.get(i).letGo(appended)) {
                Connection last = holding.removeLast();
                if (i < holding.size()) {
                    holding.set(i, last);
                }
            }
        }
    }

    long storedUpTo() {
        return storedUpTo;
    }

    /** The connection holds replies back. */
    void holds(Connection connection) {
        holding.add(connection);
    }

    /** Bytes given to sockets since the start. */
    public long sentBytes() {
        return sentBytes;
    }

    void countSent(int bytes) {
        sentBytes += bytes;
    }

    /** Runs a batch that this thread parsed itself, at once. */
    void run(Batch batch) {
        openTurn();
        try {
            executor.execute(batch);
        } catch (RuntimeException | Error e) {
            failure.accept(e);
            throw e;
        }
    }

    private void runTask(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            failure.accept(e);
            throw e;
        }
    }

    /**
     * Sets what happens when something on this thread fails in a way that it must not: nothing says
     * then what state the data is in.
     */
    public void onFailure(Consumer<Throwable> report) {
        failure = report;
    }

    /** Makes sure that this turn gets its end. */
    void openTurn() {
        if (!turnOpen) {
            turnOpen = true;
            keyspace.nowMs(System.currentTimeMillis());
            loop.executeAfterEventLoopIteration(endTurn);
        }
    }

    /** Runs something at once if this is the command thread, else soon; from any thread. */
    void runHere(Runnable task) {
        if (isCommandThread()) {
            openTurn();
            runTask(task);
        } else {
            post(task);
        }
    }

    /** The connection has output; it is flushed once, at the end of the turn. */
    void markDirty(Connection connection) {
        if (dirtyCount == dirty.length) {
            dirty = java.util.Arrays.copyOf(dirty, dirtyCount * 2);
        }
        dirty[dirtyCount++] = connection;
        openTurn();
    }

    private void endTurn() {
        runTask(finishTurn);
    }

    private void finishTurn() {
        turnOpen = false;
        stream.endTurn();
        for (int i = 0; i < turnEnds.size(); i++) {
            turnEnds.get(i).run();
        }
        for (int i = 0; i < dirtyCount; i++) {
            Connection connection = dirty[i];
            dirty[i] = null;
            connection.flushOutput();
        }
        dirtyCount = 0;
        if (keyspace.releaseSome(RELEASES_A_TURN) == RELEASES_A_TURN) {
            // A server that nobody talks to must not keep what was deleted.
            loop.execute(anotherTurn);
        }
        for (int i = 0; i < nextTurn.size(); i++) {
            post(nextTurn.get(i));
        }
        nextTurn.clear();
    }
}
