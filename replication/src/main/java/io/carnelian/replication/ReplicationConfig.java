package io.carnelian.replication;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.TextList;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.settings.OutputLimits;
import java.nio.file.Path;
import java.util.List;

/** The parameters of replication, with Redis's names, defaults and bounds. Command thread only. */
public final class ReplicationConfig {
    private static final long MIB = 1024 * 1024;
    private static final int MAX_PORT = 65535;
    private static final long DEFAULT_DELAY_SECONDS = 5;
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

    /**
     * How long a newcomer waits, in seconds, for others that are served at the same moment. A cut
     * costs microseconds here, so the default value means none: see {@link #syncDelayMs}.
     */
    public final Amount syncDelaySeconds =
            Amount.of("repl-diskless-sync-delay", 0, DEFAULT_DELAY_SECONDS, 0, Integer.MAX_VALUE);

    /** So many newcomers wait no longer; 0: their number does not matter. */
    public final Amount syncMaxReplicas =
            Amount.of("repl-diskless-sync-max-replicas", 0, 0, 0, Integer.MAX_VALUE);

    /**
     * A payload is always loaded beside the data set and published at once; this says which of
     * Redis's figures INFO shows meanwhile.
     */
    public final Choice disklessLoad =
            Choice.of("repl-diskless-load", 0, "disabled", "disabled", "on-empty-db", "swapdb");

    public final Toggle disableNoDelay = new Toggle("repl-disable-tcp-nodelay", 0, false);

    /** What a payload replaces is given back in slices whatever this says. */
    private final Toggle lazyFlush = new Toggle("replica-lazy-flush|slave-lazy-flush", 0, false);

    /** Whether a replica refuses the data of a primary that has lost what the replica has. */
    public final Toggle fullSyncGuard = new Toggle("replica-full-sync-guard", 0, true);

    /** Whether payloads end with a checksum. */
    public final Toggle checksum = new Toggle("rdbchecksum", Parameter.IMMUTABLE, true);

    /** Writes are refused while fewer replicas than this are good; 0: never. */
    public final Amount minReplicas =
            Amount.of("min-replicas-to-write|min-slaves-to-write", 0, 0, 0, Integer.MAX_VALUE);

    /** A replica is good if it has acknowledged something within so many seconds; 0: all are. */
    public final Amount maxLagSeconds =
            Amount.of("min-replicas-max-lag|min-slaves-max-lag", 0, 10, 0, Integer.MAX_VALUE);

    /** Host and port of the primary; empty: this server is one. */
    public final TextList replicaof =
            new TextList(
                    "replicaof|slaveof",
                    Parameter.IMMUTABLE,
                    List.of(),
                    ReplicationConfig::hostAndPort);

    public final Text primaryUser = new Text("masteruser", 0, "");
    public final Text primaryPassword = new Text("masterauth", Parameter.SENSITIVE, "");

    /** Whether data is served though it may be old, while there is no link to the primary. */
    public final Toggle serveStale =
            new Toggle("replica-serve-stale-data|slave-serve-stale-data", 0, true);

    public final Toggle readOnly = new Toggle("replica-read-only|slave-read-only", 0, true);

    /** Whether a replica leaves it to its primary to keep within {@code maxmemory}. */
    public final Toggle ignoreMaxmemory =
            new Toggle("replica-ignore-maxmemory|slave-ignore-maxmemory", 0, true);

    /** What a replica says about its fitness to be promoted; 0: never. */
    public final Amount priority =
            Amount.of("replica-priority|slave-priority", 0, 100, 0, Integer.MAX_VALUE);

    public final Toggle announced = new Toggle("replica-announced", 0, true);
    public final Text announceIp = new Text("replica-announce-ip|slave-announce-ip", 0, "");

    /** 0: the port that it listens at. */
    public final Amount announcePort =
            Amount.of("replica-announce-port|slave-announce-port", 0, 0, 0, MAX_PORT);

    /**
     * A replica that is behind its output limit is not sent away: up to so many bytes of the stream
     * wait for it in files. 0: it is sent away, as in Redis.
     */
    public final Amount spillLimitBytes = Amount.bytes("repl-spill-limit", 0, 0, 0);

    private final OutputLimits outputLimits;
    private final WorkingDir dir;
    private boolean delaySet;

    /**
     * @param outputLimits {@code client-output-buffer-limit}, which belongs to the server
     * @param dir {@code dir}, which belongs to the server
     */
    public ReplicationConfig(OutputLimits outputLimits, WorkingDir dir) {
        this.outputLimits = outputLimits;
        this.dir = dir;
    }

    /** Where files may be. */
    public Path directory() {
        return dir.path();
    }

    /** From now on the delay holds, also if it was set to its default: somebody has set it. */
    public void delayWasSet() {
        delaySet = true;
    }

    /** How long a newcomer waits for others, in milliseconds. */
    public long syncDelayMs() {
        boolean wanted = delaySet || syncDelaySeconds.value != DEFAULT_DELAY_SECONDS;
        return wanted ? syncDelaySeconds.value * 1000 : 0;
    }

    public void addTo(Config config) {
        config.add(backlogBytes);
        config.add(backlogTtlSeconds);
        config.add(pingPeriodSeconds);
        config.add(timeoutSeconds);
        config.add(disklessSync);
        config.add(syncDelaySeconds);
        config.add(syncMaxReplicas);
        config.add(disklessLoad);
        config.add(disableNoDelay);
        config.add(lazyFlush);
        config.add(fullSyncGuard);
        config.add(spillLimitBytes);
        config.add(checksum);
        config.add(minReplicas);
        config.add(maxLagSeconds);
        config.add(replicaof);
        config.add(primaryUser);
        config.add(primaryPassword);
        config.add(serveStale);
        config.add(readOnly);
        config.add(ignoreMaxmemory);
        config.add(priority);
        config.add(announced);
        config.add(announceIp);
        config.add(announcePort);
    }

    private static List<String> hostAndPort(List<String> words) throws BadValue {
        if (words.size() != 2) {
            throw new BadValue("wrong number of arguments");
        }
        if (words.get(0).equalsIgnoreCase("no") && words.get(1).equalsIgnoreCase("one")) {
            return List.of();
        }
        String port = words.get(1);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > MAX_PORT) {
            throw new BadValue("Invalid master port");
        }
        return words;
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
