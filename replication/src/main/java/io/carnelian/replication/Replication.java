package io.carnelian.replication;

import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.primary.PrimaryCommands;
import io.carnelian.replication.primary.PrimaryInfo;
import io.carnelian.server.Cron;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.feed.StreamPosition;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.info.Info;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.ThreadFactory;
import java.util.random.RandomGenerator;

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

    /** A client's connection has ended. */
    public void closed(Client client) {
        primary.closed(client);
    }

    /** Sends the replicas away and gives memory back; at shutdown. */
    public void close() {
        primary.close();
    }
}
