package io.carnelian.server.command;

import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counters of the spine, for INFO: commands, changes since start, errors by code. Command thread
 * only.
 */
public final class ExecutorStats {
    long commands;
    long changes;
    private final Map<String, long[]> errorsByCode = new TreeMap<>();
    private long errors;
    private long memoryErrors;
    private @Nullable ErrorReply lastError;
    private @Nullable Command lastFailed;

    /** Whether each call's time goes into its command's histogram: {@code latency-tracking}. */
    boolean tracksLatency;

    void countError(ErrorReply error, Command of) {
        errors++;
        if (error == Errors.OUT_OF_MEMORY || error == Errors.OUT_OF_MEMORY_PARTLY) {
            memoryErrors++;
        }
        lastError = error;
        lastFailed = of;
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

    /** Commands that memory itself ran out for, since the start. */
    public long memoryErrors() {
        return memoryErrors;
    }

    /** The last error that was told; null before the first. */
    public @Nullable ErrorReply lastError() {
        return lastError;
    }

    /** The name of the command that it was told to. */
    public String lastFailed() {
        Command failed = lastFailed;
        boolean known = failed != null && failed.arity() != Unknown.NEVER;
        return failed != null && known ? failed.fullName() : "<unknown>";
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
