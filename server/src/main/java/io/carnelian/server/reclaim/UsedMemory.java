package io.carnelian.server.reclaim;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;
import java.util.function.LongSupplier;

/**
 * How much memory is in use, and how much of it counts against {@code maxmemory}.
 *
 * <pre>
 *   used     = slabs (records, tables, limbo), exact at any time
 *            + clients' buffers, replication backlog, AOF buffer      sampled
 *   counted  = used - what a deleted key would not lower:
 *              limbo of snapshots, replicas' buffers, what they hold beyond the backlog, AOF
 *              buffer,
 *              and what it would raise: messages about changed keys that were not read yet
 * </pre>
 *
 * The sum over the clients is taken anew when it is older than a millisecond for every 32 of them:
 * so a check before every command costs next to nothing, and with few clients it is up to date.
 */
public final class UsedMemory {
    private static final int CLIENTS_A_MS = 32;
    private static final int FEW_CLIENTS = 500;

    private final Keyspace keyspace;
    private final Clients clients;
    private LongSupplier backlogBytes = () -> 0;
    private LongSupplier backlogLimitBytes = () -> 0;
    private LongSupplier aofBufferBytes = () -> 0;

    private long sampledAtMs;
    private long normalBytes;
    private long replicaBytes;
    private long toldBytes;
    private long streamBytes;
    private long streamLimitBytes;
    private long aofBytes;
    private final long startupBytes;
    private long peakBytes;

    /** Made before the first key: what is used now is the server's own. */
    public UsedMemory(Keyspace keyspace, Clients clients) {
        this.keyspace = keyspace;
        this.clients = clients;
        this.startupBytes = keyspace.slabs().usedBytes();
        this.peakBytes = startupBytes;
    }

    /**
     * Where the stream for replicas is kept.
     *
     * @param bytes kept now, with what slow replicas still need
     * @param limit bytes that would be kept without them: {@code repl-backlog-size}
     */
    public void countBacklog(LongSupplier bytes, LongSupplier limit) {
        backlogBytes = bytes;
        backlogLimitBytes = limit;
    }

    /** Bytes that wait to be written to the AOF. */
    public void countAofBuffer(LongSupplier bytes) {
        aofBufferBytes = bytes;
    }

    /** Bytes in use. */
    public long usedBytes() {
        return keyspace.slabs().usedBytes() + bufferBytes();
    }

    /** Bytes in use that eviction can do something about. */
    public long countedBytes() {
        return usedBytes() - uncountedBytes();
    }

    /** Bytes in use that do not count against {@code maxmemory}. */
    public long uncountedBytes() {
        long streams = replicaBytes + beyondBacklog(0) + aofBytes;
        return keyspace.epochs().limboBytes() + streams + toldBytes;
    }

    /** Sums the buffers up, if that was not done just now. */
    public void refresh() {
        long age = keyspace.nowMs() - sampledAtMs;
        if (age < 0 || age > clients.size() / CLIENTS_A_MS) {
            sample();
        }
    }

    /** Ten times a second: with many clients each is looked at about once a second instead. */
    public void tick() {
        if (clients.size() <= FEW_CLIENTS) {
            sample();
        } else {
            sampleStreams();
        }
    }

    /** Counts what a client holds now. */
    public void look(Client client) {
        long waiting = client.output().heldBytes() + client.link().unsentBytes();
        if (waiting == 0) {
            client.toldOfChanges = false;
        }
        long told = client.toldOfChanges && !client.replica ? waiting : 0;
        count(client, waiting + client.link().inputBytes(), client.replica, told);
    }

    /** A client has gone. */
    public void forget(Client client) {
        count(client, 0, false, 0);
    }

    private void count(Client client, long bytes, boolean replica, long told) {
        toldBytes += told - client.sampledToldBytes;
        client.sampledToldBytes = told;
        if (client.sampledAsReplica) {
            replicaBytes -= client.sampledBytes;
        } else {
            normalBytes -= client.sampledBytes;
        }
        client.sampledBytes = bytes;
        client.sampledAsReplica = replica;
        if (replica) {
            replicaBytes += bytes;
        } else {
            normalBytes += bytes;
        }
    }

    /** Sums the buffers up, and notes the peak. */
    public void sample() {
        for (Client client : clients.all()) {
            look(client);
        }
        sampledAtMs = keyspace.nowMs();
        sampleStreams();
    }

    private void sampleStreams() {
        streamBytes = backlogBytes.getAsLong();
        streamLimitBytes = backlogLimitBytes.getAsLong();
        aofBytes = aofBufferBytes.getAsLong();
        peakBytes = Math.max(peakBytes, usedBytes());
    }

    /** Bytes of the buffers of clients that are no replicas. */
    public long normalClientBytes() {
        return normalBytes;
    }

    /** Connected clients, replicas included. */
    public int clientCount() {
        return clients.size();
    }

    /** Bytes of replicas' own buffers, and of the stream that is kept for them alone. */
    public long replicaClientBytes() {
        return replicaBytes + beyondBacklog(WriteStream.BLOCK_BYTES);
    }

    /** Bytes of the replication backlog without what is kept for slow replicas. */
    public long backlogBytes() {
        return Math.min(streamBytes, streamLimitBytes);
    }

    /** Bytes of the stream kept at all, for the backlog and for replicas. */
    public long streamBytes() {
        return streamBytes;
    }

    public long aofBufferBytes() {
        return aofBytes;
    }

    /** Bytes that the server used before the first key. */
    public long startupBytes() {
        return startupBytes;
    }

    /** The most that was seen in use. */
    public long peakBytes() {
        return peakBytes;
    }

    /** CONFIG RESETSTAT: what is used now is the peak. */
    public void resetPeak() {
        peakBytes = usedBytes();
    }

    /** Bytes in use that hold no data: tables, buffers, and what the server used at the start. */
    public long overheadBytes() {
        return keyspace.overheadBytes() + keyspace.epochs().listBytes() + bufferBytes();
    }

    private long bufferBytes() {
        return normalBytes + replicaBytes + streamBytes + aofBytes;
    }

    /** The stream is kept in whole blocks: so much of it is in one that the backlog needs too. */
    private long beyondBacklog(long slackBytes) {
        return Math.max(0, streamBytes - streamLimitBytes - slackBytes);
    }
}
