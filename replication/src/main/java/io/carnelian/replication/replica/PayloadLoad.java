package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadOptions;
import io.carnelian.rdb.load.LoadProgress;
import io.carnelian.rdb.load.LoadResult;
import io.carnelian.rdb.load.Loader;
import io.carnelian.server.store.Keyspace;
import java.io.IOException;

/**
 * Reads the payload into a keyspace that nobody else knows, on a thread of its own. If it fails,
 * nothing is left of it.
 */
final class PayloadLoad implements Runnable {
    /** What became of it; told once, on the loader thread. */
    interface Outcome {
        /** The keyspace has been handed over. */
        void loaded(LoadResult result);

        /** Because it was stopped, or the payload is damaged. */
        void failed(String why);
    }

    private final PayloadSource source;
    private final Keyspace target;
    private final PayloadPipe pipe;
    private final LoadProgress progress;
    private final long nowMs;
    private final Outcome outcome;
    private volatile boolean stopped;

    PayloadLoad(
            PayloadSource source,
            Keyspace target,
            PayloadPipe pipe,
            LoadProgress progress,
            long nowMs,
            Outcome outcome) {
        this.source = source;
        this.target = target;
        this.pipe = pipe;
        this.progress = progress;
        this.nowMs = nowMs;
        this.outcome = outcome;
    }

    @Override
    public void run() {
        LoadResult result;
        try {
            // Expired keys are kept: the primary will delete them.
            LoadOptions options =
                    LoadOptions.of(nowMs, false)
                            .deep(source.deep().getAsBoolean())
                            .delayedBy(source.keyDelayMicros());
            Loader loader = new Loader(target, source.limits(), options, progress);
            result = loader.watchedBy(keys -> goOn()).load(pipe);
        } catch (IOException | RuntimeException | Error e) {
            try {
                target.discard();
            } finally {
                outcome.failed(
                        e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString());
            }
            return;
        }
        target.handOver();
        outcome.loaded(result);
    }

    private void goOn() throws IOException {
        if (stopped) {
            throw new IOException("stopped");
        }
    }

    /** Gives up soon; from any thread. */
    void stop(String why) {
        stopped = true;
        pipe.fail(why);
    }
}
