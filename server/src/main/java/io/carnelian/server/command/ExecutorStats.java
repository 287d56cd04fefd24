package io.carnelian.server.command;

import io.carnelian.server.resp.ErrorReply;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counters of the spine, for INFO: commands, changes since start, errors by code. Command thread
 * only.
 */
public final class ExecutorStats {
    long commands;
    long changes;
    private final Map<String, long[]> errorsByCode = new TreeMap<>();
    private long errors;

    /** Whether each call's time goes into its command's histogram: {@code latency-tracking}. */
    boolean tracksLatency;

    void countError(ErrorReply error) {
        errors++;
        errorsByCode.computeIfAbsent(error.code(), code -> new long[1])[0]++;
    }

    public void trackLatency(boolean on) {
        tracksLatency = on;
    }

    public long commands() {
        return commands;
    }

    /** Changes to the data set since start: Redis's {@code dirty}, never reset here. */
    public long changes() {
        return changes;
    }

    /** Something changed that no running command did. */
    public void countChange() {
        changes++;
    }

    public long errors() {
        return errors;
    }

    /** Counts by code, the codes sorted. */
    public Map<String, long[]> errorsByCode() {
        return errorsByCode;
    }

    public void reset() {
        commands = 0;
        errors = 0;
        errorsByCode.clear();
    }
}
