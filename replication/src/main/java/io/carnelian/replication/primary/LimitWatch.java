package io.carnelian.replication.primary;

import io.carnelian.replication.ReplicationConfig;

/**
 * How far one replica may fall behind: {@code client-output-buffer-limit replica hard soft
 * seconds}. A hard limit below the backlog's size would drop replicas that a partial resync had
 * just accepted, so the backlog's size is the least.
 */
final class LimitWatch {
    private static final long NOT_PASSED = -1;

    private long softSinceMs = NOT_PASSED;

    /** The replica is served another way: what it lacks is not in memory any more. */
    void relieved() {
        softSinceMs = NOT_PASSED;
    }

    /** Whether a replica with {@code behindBytes} unsent is to be dropped. */
    boolean exceeded(ReplicationConfig config, long behindBytes, long nowMs) {
        long hard = config.hardLimitBytes();
        if (hard > 0 && behindBytes > Math.max(hard, config.backlogBytes.value)) {
            return true;
        }
        long soft = config.softLimitBytes();
        if (soft == 0 || behindBytes <= Math.max(soft, config.backlogBytes.value)) {
            softSinceMs = NOT_PASSED;
            return false;
        }
        if (softSinceMs == NOT_PASSED) {
            softSinceMs = nowMs;
            return false;
        }
        return nowMs - softSinceMs > config.softLimitSeconds() * 1000;
    }
}
