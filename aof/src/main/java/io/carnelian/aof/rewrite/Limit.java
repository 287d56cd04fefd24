package io.carnelian.aof.rewrite;

import io.carnelian.aof.AofLog;

/**
 * When a rewrite that has failed again and again is tried next: from the third failure on after 1,
 * 2, 4 … 60 minutes, as Redis does. Time is passed in.
 */
final class Limit {
    private static final int THRESHOLD = 3;
    private static final long MAX_MINUTES = 60;
    private static final long MINUTE_MS = 60_000;

    private final AofLog log;
    private long failures;
    private long delayMinutes;
    private long nextAtMs;

    Limit(AofLog log) {
        this.log = log;
    }

    void failed() {
        failures++;
    }

    /** It went well, or somebody wants it now. */
    void reset() {
        failures = 0;
    }

    long failures() {
        return failures;
    }

    /** Whether it is too early for a try that nobody has asked for. */
    boolean forbids(long nowMs) {
        if (failures < THRESHOLD) {
            delayMinutes = 0;
            nextAtMs = 0;
            return false;
        }
        if (nextAtMs != 0) {
            if (nowMs < nextAtMs) {
                return true;
            }
            nextAtMs = 0;
            return false;
        }
        delayMinutes = delayMinutes == 0 ? 1 : Math.min(MAX_MINUTES, 2 * delayMinutes);
        nextAtMs = nowMs + delayMinutes * MINUTE_MS;
        log.rewriteLimited(delayMinutes);
        return true;
    }
}
