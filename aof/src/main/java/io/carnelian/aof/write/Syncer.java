package io.carnelian.aof.write;

import io.carnelian.aof.disk.LogFile;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Syncs the file beside the writer, who goes on writing meanwhile: {@code appendfsync everysec}.
 * One sync at a time. After a failed one nobody knows what is on the disk of all that was written
 * before, so it is never taken for done by a later success alone: see {@link #takeDoubt}.
 */
final class Syncer {
    private final WriterState state;
    private final Runnable told;
    private @Nullable Thread thread;
    private @Nullable LogFile file;
    private long upTo;
    private volatile boolean busy;
    private volatile boolean doubt;
    private volatile boolean ended;
    private @Nullable Thread waiting;

    /**
     * @param told runs after each sync, on the thread that did it
     */
    Syncer(WriterState state, Runnable told) {
        this.state = state;
        this.told = told;
    }

    boolean isBusy() {
        return busy;
    }

    /** Begins to sync what is written so far; none may be running. Writer thread. */
    void begin(LogFile what, long writtenSoFar) {
        file = what;
        upTo = writtenSoFar;
        busy = true;
        state.syncing = true;
        Thread there = thread;
        if (there == null) {
            there = Thread.ofPlatform().daemon().name("aof sync").unstarted(this::run);
            thread = there;
            there.start();
        } else {
            LockSupport.unpark(there);
        }
    }

    private void run() {
        while (!ended) {
            if (!busy) {
                LockSupport.park(this);
                continue;
            }
            LogFile what = file;
            try {
                if (what != null) {
                    what.sync();
                }
                state.syncedTo(upTo);
                state.syncProblem = null;
            } catch (IOException e) {
                failed(e);
            }
            busy = false;
            state.syncing = false;
            LockSupport.unpark(waiting);
            told.run();
        }
    }

    /** A sync has failed, here or on the writer thread. */
    void failed(IOException e) {
        doubt = true;
        state.syncProblem = AofWriter.reason(e);
    }

    /** Waits for the end of the sync that runs, if one does. Writer thread. */
    void await() {
        waiting = Thread.currentThread();
        while (busy) {
            LockSupport.park(this);
        }
    }

    /** Whether a sync has failed since this was asked last: the data has to be written anew. */
    boolean takeDoubt() {
        boolean had = doubt;
        doubt = false;
        return had;
    }

    void end() {
        ended = true;
        LockSupport.unpark(thread);
    }
}
