package io.carnelian.replication.payload;

import io.carnelian.rdb.save.SnapshotEncoder;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Rests after each key of a walk, if tests want that, and ends a walk that is of no use. */
final class KeyPace implements SnapshotEncoder.Pace {
    private final LongSupplier keyDelayMicros;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * @param keyDelayMicros asked on the thread that walks
     */
    KeyPace(LongSupplier keyDelayMicros) {
        this.keyDelayMicros = keyDelayMicros;
    }

    @Override
    public void afterKey() throws IOException {
        long delay = keyDelayMicros.getAsLong();
        if (delay > 0) {
            try {
                var _ = stopped.await(delay, TimeUnit.MICROSECONDS);
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
            check();
        }
    }

    /** Throws if the walk is to end. */
    void check() throws IOException {
        if (stopped.getCount() == 0) {
            throw new IOException("stopped");
        }
    }

    /** From any thread. */
    void stop() {
        stopped.countDown();
    }
}
