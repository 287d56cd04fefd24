package io.carnelian.replication;

import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.primary.PrimaryCommands;
import io.carnelian.replication.primary.PrimaryInfo;
import io.carnelian.server.Cron;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Gate;
import io.carnelian.server.command.Gates;
import io.carnelian.server.feed.StreamPosition;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.ThreadFactory;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The module: makes its parts and puts them behind the server's doors. The composition root calls
 * the {@code addTo} methods at start, {@link #closed} when a connection has ended, and {@link
 * #close} at shutdown.
 */
public final class Replication {
    private static final long SECOND_MS = 1000;

    private final NodeHistory history;
    private final Primary primary;
    private final PrimaryCommands primaryCommands;
    private final PrimaryInfo primaryInfo;
    private final ReplicationCommands commands;
    private final Keyspace keyspace;
    private final ReplicationConfig config;

    /**
     * @param blocked where clients wait: those of WAIT do
     * @param random one that nobody can guess: for ids and end marks
     * @param snapshotThreads makes the threads that send snapshots
     */
    public Replication(
            Keyspace keyspace,
            WriteStream stream,
            BlockedClients blocked,
            ReplicationConfig config,
            Mailbox mailbox,
            ByteBufAllocator allocator,
            RandomGenerator random,
            ThreadFactory snapshotThreads) {
        ReplicationLog log = new ReplicationLog();
        this.keyspace = keyspace;
        this.config = config;
        this.history = new NodeHistory(random);
        this.primary =
                new Primary(
                        keyspace,
                        stream,
                        blocked,
                        history,
                        config,
                        log,
                        mailbox,
                        allocator,
                        snapshotThreads);
        this.primaryCommands = new PrimaryCommands(primary, log);
        this.primaryInfo = new PrimaryInfo(primary, history, config);
        this.commands = new ReplicationCommands(primaryInfo);
        config.backlogBytes.onApply(primary::backlogSizeChanged);
    }

    public void addTo(CommandTable table) {
        primaryCommands.addTo(table);
        commands.addTo(table);
    }

    /** The gate MIN_REPLICAS: no writes while too few replicas would have them. */
    public void addTo(Gates gates) {
        gates.install(Gate.MIN_REPLICAS, this::enoughReplicas);
        config.minReplicas.onApply(() -> armFor(gates));
        config.maxLagSeconds.onApply(() -> armFor(gates));
        armFor(gates);
    }

    private void armFor(Gates gates) {
        gates.arm(Gate.MIN_REPLICAS, config.needsReplicas());
    }

    private @Nullable ErrorReply enoughReplicas(Call call) {
        boolean write = (call.flags() & Flags.WRITE) != 0;
        boolean enough = !write || primary.goodReplicas(call.nowMs()) >= config.minReplicas.value;
        return enough ? null : Errors.NOREPLICAS;
    }

    public void addTo(Cron cron) {
        cron.every("replication", SECOND_MS, () -> primary.everySecond(keyspace.nowMs()));
    }

    public void addTo(Info info) {
        info.write("Replication", to -> primaryInfo.replication(to, keyspace.nowMs()));
        info.write("Stats", primaryInfo::stats);
        info.onReset(primary.stats()::reset);
    }

    /** Where the data set stands in its history. */
    public StreamPosition position() {
        return history.at(primary.position());
    }

    /** Bytes of the stream that are kept, with what slow replicas still need. */
    public long backlogBytes() {
        return primary.backlogBytes();
    }

    /** Bytes of the stream that are kept for replicas that come back. */
    public long backlogLimitBytes() {
        return config.backlogBytes.value;
    }

    /** Whether every replica that is to follow on has acknowledged all of the stream. */
    public boolean replicasHaveAll() {
        return primary.replicasHaveAll();
    }

    /** Logs which replicas lack something at the end, and how many do not. */
    public void logLaggards() {
        primary.logLaggards(keyspace.nowMs());
    }

    /** A client's connection has ended. */
    public void closed(Client client) {
        primary.closed(client);
    }

    /** Sends the replicas away and gives memory back; at shutdown. */
    public void close() {
        primary.close();
    }
}
