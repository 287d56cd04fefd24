package io.carnelian.rdb.load;

/** How far a loading is. Written by the thread that loads, readable by any. */
public final class LoadProgress {
    private final long startedAtMs;
    private final long totalBytes;
    private volatile long bytes;
    private volatile long usedMemoryBytes;

    /**
     * @param totalBytes of the file, 0 if that is not known
     */
    public LoadProgress(long startedAtMs, long totalBytes) {
        this.startedAtMs = startedAtMs;
        this.totalBytes = totalBytes;
    }

    /** When it began, in ms since 1970. */
    public long startedAtMs() {
        return startedAtMs;
    }

    public long totalBytes() {
        return totalBytes;
    }

    /** Bytes read so far. */
    public long bytes() {
        return bytes;
    }

    /** Memory that the data took where the file was written, as it says; 0 if it does not. */
    public long usedMemoryBytes() {
        return usedMemoryBytes;
    }

    void reached(long offset) {
        bytes = offset;
    }

    void usedMemory(long value) {
        usedMemoryBytes = value;
    }
}
