package io.carnelian.replication.primary;

/** Counters for INFO stats: what PSYNC and SYNC came to. Command thread only. */
public final class SyncStats {
    long full;
    long partialOk;
    long partialRefused;

    /** {@code sync_full}. */
    public long full() {
        return full;
    }

    /** {@code sync_partial_ok}. */
    public long partialOk() {
        return partialOk;
    }

    /** {@code sync_partial_err}. */
    public long partialRefused() {
        return partialRefused;
    }

    public void reset() {
        full = 0;
        partialOk = 0;
        partialRefused = 0;
    }
}
