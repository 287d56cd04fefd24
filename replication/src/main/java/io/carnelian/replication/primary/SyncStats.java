package io.carnelian.replication.primary;

/** Counters for INFO stats: what PSYNC and SYNC came to. Command thread only. */
public final class SyncStats {
    /** {@code sync_full}. */
    long full;

    /** {@code sync_partial_ok}. */
    long partialOk;

    /** {@code sync_partial_err}. */
    long partialRefused;

    public void reset() {
        full = 0;
        partialOk = 0;
        partialRefused = 0;
    }
}
