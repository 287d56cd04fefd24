package io.carnelian.aof.write;

import org.jspecify.annotations.Nullable;

/** How far the writer is. Written by its threads, read by the command thread. */
final class WriterState {
    /** Bytes of the stream that the file has, counted as the feed counts what it hands over. */
    volatile long written;

    /** Bytes of the stream that are on the disk. */
    volatile long synced;

    /** Bytes of the file that is being written. */
    volatile long fileBytes;

    /** Bytes of the other files that would be loaded. */
    volatile long settledBytes;

    /** Why writing fails at present, or null. */
    volatile @Nullable String writeProblem;

    /** Why syncing fails at present, or null. */
    volatile @Nullable String syncProblem;

    /** Whether a sync runs beside the writer. */
    volatile boolean syncing;

    /** Times that a sync was due while the one before still ran. */
    volatile long delayedSyncs;

    /** So much is on the disk, as two threads may find out: what was is not forgotten. */
    synchronized void syncedTo(long bytes) {
        synced = Math.max(synced, bytes);
    }

    /** The file that they were about is closed. */
    void forgetProblems() {
        writeProblem = null;
        syncProblem = null;
    }

    @Nullable String problem() {
        String write = writeProblem;
        return write != null ? write : syncProblem;
    }
}
