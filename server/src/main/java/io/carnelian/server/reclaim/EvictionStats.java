package io.carnelian.server.reclaim;

/** What eviction did, for INFO. */
public final class EvictionStats {
    long evictedKeys;
    long exceededNanos;
    long exceededSinceNanos;
    boolean exceeded;

    /** The limit is exceeded from now on. */
    void over(long nanos) {
        if (!exceeded) {
            exceeded = true;
            exceededSinceNanos = nanos;
        }
    }

    /** The limit is kept again. */
    void under(long nanos) {
        if (exceeded) {
            exceeded = false;
            exceededNanos += nanos - exceededSinceNanos;
        }
    }

    public long evictedKeys() {
        return evictedKeys;
    }

    /** Time for which the limit has been exceeded all in all, in ms. */
    public long exceededMs(long nanos) {
        return (exceededNanos + (exceeded ? nanos - exceededSinceNanos : 0)) / 1_000_000;
    }

    /** Time for which the limit has been exceeded now, in ms. */
    public long currentExceededMs(long nanos) {
        return exceeded ? (nanos - exceededSinceNanos) / 1_000_000 : 0;
    }

    public void reset() {
        evictedKeys = 0;
        exceededNanos = 0;
        exceeded = false;
    }
}
