package io.carnelian.replication.primary;

import io.carnelian.replication.ReplicationLog;
import io.carnelian.replication.stream.StreamCursor;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.client.ReplicaLink;
import io.carnelian.server.command.Gate;
import io.carnelian.server.feed.StreamBlock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection that follows us: what it told of itself, its state, and its place in the stream. The
 * states and their steps are drawn at {@link ReplicaState}. Command thread only.
 *
 * <p>The stream is pulled, not pushed: at most {@link #MAX_UNDER_WAY_BYTES} are with the connection
 * at a time, the rest stays in the shared blocks until the socket has taken something ({@link
 * #sent}). So a slow replica costs no memory of its own, and what it costs is {@link #behindBytes}.
 * If that is too much, what it lacks goes to files, as long as it lacks anything: {@link #spill}.
 */
final class Replica implements ReplicaLink.Sent, Spill.Reader {
    /**
     * How much of the stream the connection holds at a time: enough to keep a fast link busy for a
     * turn.
     */
    static final long MAX_UNDER_WAY_BYTES = 1024 * 1024;

    private static final int MAX_SLICE_BYTES = 256 * 1024;

    private final Client client;
    private final ReplicaLink link;
    private final ReplicationLog log;
    private ReplicaState state = ReplicaState.HANDSHAKE;
    private @Nullable StreamCursor<StreamBlock> cursor;
    private @Nullable FullSync fullSync;
    private final Mailbox mailbox;
    private @Nullable Spill spill;
    private final LongSupplier released;
    private boolean pumping;
    private boolean posted;
    private long underWayBytes;
    private long transferredBytes;
    private long transferMovedAtMs;
    private long transferBeganAtMs;
    private long receivedBytes;
    private long receivedAtMs;
    private long rateFrom;
    private long rateBytes;

    /** {@code REPLCONF listening-port}, 0 when it did not say. */
    int listeningPort;

    /** {@code REPLCONF ip-address}; empty: the address of the connection. */
    String announcedIp = "";

    /** It understands a payload that ends with a mark. */
    boolean capaEof;

    /** It understands +CONTINUE with a replid. */
    boolean capaPsync2;

    /** It came with SYNC, which is older than acknowledgements: its silence says nothing. */
    boolean neverSpeaks;

    /** It wants a snapshot and no stream. */
    boolean rdbOnly;

    /** It wants no keys: {@code REPLCONF rdb-filter-only}. */
    boolean withoutKeys;

    /** Whether it is told where the stream behind its payload begins: it came with PSYNC. */
    boolean announce;

    /** Offset of the stream that it said is on its disk; -1 before it said any. */
    long storedOffset = -1;

    /** Offset of the stream that it said it has. */
    long ackedOffset;

    /** When it said so, in milliseconds since 1970; until then, when it went online. */
    long ackedAtMs;

    final LimitWatch limits = new LimitWatch();

    /**
     * @param released how far the stream may be read: what a crash can take from us is not told
     */
    Replica(Client client, Mailbox mailbox, ReplicationLog log, LongSupplier released) {
        this.client = client;
        this.released = released;
        this.link = client.link().replicaLink();
        this.mailbox = mailbox;
        this.log = log;
    }

    Client client() {
        return client;
    }

    ReplicaLink link() {
        return link;
    }

    ReplicaState state() {
        return state;
    }

    /** Goes on to a state that the drawing at {@link ReplicaState} allows. */
    void state(ReplicaState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(
                    name() + ": " + state + " -> " + next + " (" + reason + ")");
        }
        log.state(name(), state, next, reason);
        state = next;
    }

    /** It has asked for the stream and is still there. */
    boolean isFollowing() {
        return state != ReplicaState.HANDSHAKE && state != ReplicaState.GONE;
    }

    /** It has asked for the stream some time. */
    boolean followed() {
        return state != ReplicaState.HANDSHAKE;
    }

    boolean isOnline() {
        return state == ReplicaState.ONLINE;
    }

    /** Address as it announced it, else that of the connection. */
    String ip() {
        if (!announcedIp.isEmpty()) {
            return announcedIp;
        }
        String peer = client.link().peerAddress();
        int colon = peer.lastIndexOf(':');
        String host = colon < 0 ? peer : peer.substring(0, colon);
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    /** How the log names it. */
    String name() {
        return ip() + ":" + (listeningPort == 0 ? "<unknown-replica-port>" : listeningPort);
    }

    /** It will read the stream from here on; nothing is sent before it is online. */
    void park(StreamCursor<StreamBlock> at) {
        cursor = at;
    }

    void begin(FullSync sync, long nowMs) {
        fullSync = sync;
        transferMovedAtMs = nowMs;
        transferBeganAtMs = nowMs;
    }

    /**
     * When its socket last took something of the snapshot, or had nothing to take, as far as it was
     * asked: each second.
     */
    long transferMovedAtMs(long nowMs) {
        FullSync sync = fullSync;
        if (sync != null && (sync.sentBytes() != transferredBytes || !sync.isHeldUp())) {
            transferredBytes = sync.sentBytes();
            transferMovedAtMs = nowMs;
        }
        return transferMovedAtMs;
    }

    /** Looks what has happened since the last time; to be called each second. */
    void sample(long nowMs) {
        long received = client.link().arrivedBytes();
        if (received != receivedBytes) {
            receivedBytes = received;
            receivedAtMs = nowMs;
        }
        rateBytes = Math.max(0, ackedOffset - rateFrom);
        rateFrom = ackedOffset;
    }

    /**
     * When it last said anything. While it loads it sends empty lines, which acknowledge nothing.
     */
    long heardAtMs() {
        return Math.max(ackedAtMs, receivedAtMs);
    }

    /** What is still to go to it, in bytes: the rest of the payload, roughly, and the stream. */
    long leftBytes(long position) {
        FullSync sync = fullSync;
        if (sync != null) {
            return sync.leftBytes() + behindBytes();
        }
        return isOnline() ? Math.max(0, position - ackedOffset) : behindBytes();
    }

    /** In how many milliseconds that will be there, at the present pace; -1: nobody knows. */
    long etaMs(long position, long nowMs) {
        long left = leftBytes(position);
        FullSync sync = fullSync;
        if (sync != null) {
            long sent = sync.sentBytes();
            long tookMs = nowMs - transferBeganAtMs;
            return sent == 0 ? -1 : (long) ((double) left * tookMs / sent);
        }
        if (left == 0) {
            return 0;
        }
        return rateBytes == 0 ? -1 : left * 1000 / rateBytes;
    }

    /** Whether a payload with an end mark is on its way to it. */
    boolean isSentMarked() {
        return state == ReplicaState.TRANSFER && fullSync != null && fullSync.isMarked();
    }

    /** All of the snapshot is with the connection. Whether it ends with a mark. */
    boolean endTransfer() {
        boolean marked = fullSync != null && fullSync.isMarked();
        fullSync = null;
        return marked;
    }

    /** Bytes of the stream that its socket has not taken yet. */
    long behindBytes() {
        return inMemoryBytes() + spilledBytes();
    }

    /** Those of them that are in memory, and not on their way to files. */
    long inMemoryBytes() {
        return (cursor == null ? 0 : cursor.behindBytes()) + underWayBytes;
    }

    /** Bytes that wait for the disk. */
    long spillQueueBytes() {
        return spill == null ? 0 : spill.queuedBytes();
    }

    /** Those of them that are in files, or on their way there. */
    long spilledBytes() {
        return spill == null ? 0 : spill.bytes();
    }

    boolean isSpilling() {
        return spill != null;
    }

    /** From now on what it lacks waits in files, until it lacks nothing. */
    void spill(Spill files) {
        spill = files;
        absorb();
    }

    private void absorb() {
        StreamCursor<StreamBlock> reader = cursor;
        Spill files = spill;
        while (reader != null && files != null && next(reader)) {
            StreamBlock block = reader.block();
            int from = (int) (reader.from() - block.start());
            int to = (int) (reader.to() - block.start());
            files.append(block.slice(from, to));
        }
    }

    /** Steps over the next bytes that it may be told; false if there are none. */
    private boolean next(StreamCursor<StreamBlock> reader) {
        long left = released.getAsLong() - reader.position();
        return left > 0 && reader.next((int) Math.min(MAX_SLICE_BYTES, left));
    }

    private void drain() {
        Spill files = spill;
        if (files == null || state != ReplicaState.ONLINE) {
            return;
        }
        if (files.isEmpty() && underWayBytes == 0) {
            endSpill(files);
        } else if (underWayBytes < MAX_UNDER_WAY_BYTES) {
            files.readNext();
        }
    }

    private void endSpill(Spill files) {
        files.close();
        spill = null;
        limits.relieved();
        log.spillDrained(name());
    }

    @Override
    public void read(ByteBuf bytes) {
        Spill files = spill;
        if (files == null || state != ReplicaState.ONLINE) {
            bytes.release();
            return;
        }
        underWayBytes += bytes.readableBytes();
        link.write(bytes, this);
        link.flush();
        if (files.isEmpty()) {
            endSpill(files);
        }
        pump();
    }

    @Override
    public void failed(Throwable why) {
        log.spillFailed(name(), why);
        client.kill();
    }

    /** Sends words of the protocol. */
    void say(String words) {
        underWayBytes += words.length();
        link.write(Unpooled.copiedBuffer(words, StandardCharsets.ISO_8859_1), this);
        link.flush();
    }

    /** Sends what the stream has for it, as far as its connection can hold it. */
    void pump() {
        if (spill != null) {
            absorb();
            drain();
            return;
        }
        StreamCursor<StreamBlock> reader = cursor;
        if (state != ReplicaState.ONLINE || reader == null || pumping) {
            return;
        }
        pumping = true;
        boolean any = false;
        while (underWayBytes < MAX_UNDER_WAY_BYTES && next(reader)) {
            StreamBlock block = reader.block();
            int from = (int) (reader.from() - block.start());
            int to = (int) (reader.to() - block.start());
            underWayBytes += to - from;
            link.write(block.slice(from, to), this);
            any = true;
        }
        if (any) {
            link.flush();
        }
        pumping = false;
    }

    /**
     * The socket has taken something, perhaps at once, inside {@link #pump}. Then what is left
     * waits for the next turn: a replica far behind with a fast socket must not keep the command
     * thread.
     */
    @Override
    public void sent(int bytes, boolean ok) {
        underWayBytes -= bytes;
        if (!ok) {
            return;
        }
        if (!pumping) {
            pump();
        } else if (!posted && cursor != null && cursor.behindBytes() > 0) {
            posted = true;
            mailbox.post(this::pumpOn);
        }
    }

    private void pumpOn() {
        posted = false;
        pump();
    }

    /** Ends everything that is done for it; the connection is closed by the caller. */
    void leave(String reason) {
        if (state == ReplicaState.GONE) {
            return;
        }
        state(ReplicaState.GONE, reason);
        client.replica = false;
        client.gates &= ~Gate.REPLICA.bit();
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
        if (fullSync != null) {
            fullSync.stop();
            fullSync = null;
        }
        if (spill != null) {
            spill.close();
            spill = null;
        }
    }
}
