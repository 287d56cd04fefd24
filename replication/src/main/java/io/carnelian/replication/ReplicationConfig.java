package io.carnelian.replication;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.settings.OutputLimits;

/** The parameters of replication, with Redis's names, defaults and bounds. Command thread only. */
public final class ReplicationConfig {
    private static final long MIB = 1024 * 1024;
    private static final long MIN_BACKLOG_BYTES = 16 * 1024;

    public final Amount backlogBytes =
            Amount.bytes("repl-backlog-size", 0, MIB, 1).clamped(MIN_BACKLOG_BYTES, Long.MAX_VALUE);

    /** The backlog is given up after so long without replicas; 0 = never. */
    public final Amount backlogTtlSeconds =
            Amount.of("repl-backlog-ttl", 0, 3600, 0, Long.MAX_VALUE);

    public final Amount pingPeriodSeconds =
            Amount.of(
                    "repl-ping-replica-period|repl-ping-slave-period", 0, 10, 1, Integer.MAX_VALUE);

    public final Amount timeoutSeconds = Amount.of("repl-timeout", 0, 60, 1, Integer.MAX_VALUE);

    /** No: every replica is sent its payload's length first, though it may know the end mark. */
    public final Toggle disklessSync = new Toggle("repl-diskless-sync", 0, true);

    /** Whether payloads end with a checksum. */
    public final Toggle checksum = new Toggle("rdbchecksum", Parameter.IMMUTABLE, true);

    /** Writes are refused while fewer replicas than this are good; 0: never. */
    public final Amount minReplicas =
            Amount.of("min-replicas-to-write|min-slaves-to-write", 0, 0, 0, Integer.MAX_VALUE);

    /** A replica is good if it has acknowledged something within so many seconds; 0: all are. */
    public final Amount maxLagSeconds =
            Amount.of("min-replicas-max-lag|min-slaves-max-lag", 0, 10, 0, Integer.MAX_VALUE);

    private final OutputLimits outputLimits;

    /**
     * @param outputLimits {@code client-output-buffer-limit}, which belongs to the server
     */
    public ReplicationConfig(OutputLimits outputLimits) {
        this.outputLimits = outputLimits;
    }

    public void addTo(Config config) {
        config.add(backlogBytes);
        config.add(backlogTtlSeconds);
        config.add(pingPeriodSeconds);
        config.add(timeoutSeconds);
        config.add(disklessSync);
        config.add(checksum);
        config.add(minReplicas);
        config.add(maxLagSeconds);
    }

    /** Whether writes depend on good replicas. */
    public boolean needsReplicas() {
        return minReplicas.value > 0 && maxLagSeconds.value > 0;
    }

    /** Bytes that a replica may be behind; 0 = no limit. */
    public long hardLimitBytes() {
        return outputLimits.hardBytes[OutputLimits.REPLICA];
    }

    /** Bytes that a replica may be behind for {@link #softLimitSeconds} on end; 0 = no limit. */
    public long softLimitBytes() {
        return outputLimits.softBytes[OutputLimits.REPLICA];
    }

    public long softLimitSeconds() {
        return outputLimits.softSeconds[OutputLimits.REPLICA];
    }
}
