package io.carnelian.replication.primary;

import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.ReplicationLog;
import io.carnelian.replication.stream.PsyncDecision;
import io.carnelian.replication.stream.PsyncDecision.Continue;
import io.carnelian.replication.stream.PsyncDecision.FullResync;
import io.carnelian.replication.stream.PsyncDecision.History;
import io.carnelian.server.client.BlockedClients;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node does for those who follow it. The backlog begins with the first of them; until then
 * no stream is kept, so the history gets a new name when it begins.
 *
 * <pre>
 *   PSYNC ─► decide ─► Continue: the cursor stands in the backlog, +CONTINUE, pump
 *                 └──► FullResync: one turn does  end of turn │ cut │ cursor parked │ +FULLRESYNC
 *                                  a snapshot thread does     FullSync
 *   stream ─► Backlog ─► pump all
 *   cron ───► ping, time-outs, output limits, backlog's time to live
 * </pre>
 *
 * Command thread only, but for {@link FullSync}, which comes back through the {@link Mailbox}.
 */
public final class Primary {
    private static final byte[] PING = Reply.ascii("*1\r\n$4\r\nPING\r\n");
    private static final byte[] GETACK =
            Reply.ascii("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");

    private final Keyspace keyspace;
    private final WriteStream stream;
    private final NodeHistory history;
    private final ReplicationConfig config;
    private final ReplicationLog log;
    private final Mailbox mailbox;
    private final ByteBufAllocator allocator;
    private final ThreadFactory snapshotThreads;
    private final Replicas replicas = new Replicas();
    private final Waits waits;
    private final SyncStats stats = new SyncStats();
    private @Nullable Backlog backlog;
    private IntSupplier streamDb = () -> 0;
    private boolean limitCheckPosted;
    private long nextPingAtMs;
    private long aloneSinceMs = -1;

    public Primary(
            Keyspace keyspace,
            WriteStream stream,
            BlockedClients blocked,
            NodeHistory history,
            ReplicationConfig config,
            ReplicationLog log,
            Mailbox mailbox,
            ByteBufAllocator allocator,
            ThreadFactory snapshotThreads) {
        this.keyspace = keyspace;
        this.stream = stream;
        this.history = history;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
        this.allocator = allocator;
        this.snapshotThreads = snapshotThreads;
        this.waits = new Waits(blocked, replicas);
    }

    // ---- synchronization

    /** What a client has told of itself by REPLCONF. */
    Replica of(Client client) {
        return replicas.of(client, c -> new Replica(c, mailbox, log));
    }

    /** PSYNC: goes on, if history and backlog allow it, else sends everything. */
    void psync(Replica replica, String replid, long byteNumber) {
        PsyncDecision decision = PsyncDecision.decide(history(), replid, byteNumber);
        switch (decision) {
            case Continue(long from) -> resume(replica, from);
            case FullResync(PsyncDecision.Reason why) -> {
                log.notContinued(why, replica.name(), replid, byteNumber, history);
                if (why != PsyncDecision.Reason.ASKED_FOR) {
                    stats.partialRefused++;
                }
                resync(replica, true);
            }
        }
    }

    /** SYNC, the way before PSYNC: a payload and nothing said about history. */
    void sync(Replica replica) {
        resync(replica, false);
    }

    private History history() {
        long kept = backlog == null ? -1 : backlog.bytes();
        return new History(
                history.replid(), history.replid2(), history.secondOffset(), position(), kept);
    }

    private void resume(Replica replica, long fromByte) {
        Backlog kept = requireBacklog();
        stats.partialOk++;
        follow(replica);
        replica.park(kept.cursorAt(fromByte - 1));
        log.continued(replica.name(), replica.behindBytes(), fromByte);
        replica.say(
                replica.capaPsync2 ? "+CONTINUE " + history.replid() + "\r\n" : "+CONTINUE\r\n");
        replica.ackedAtMs = keyspace.nowMs();
        replica.state(ReplicaState.ONLINE, "continues from byte " + fromByte);
        replica.pump();
    }

    /**
     * The cut, the cursor's place and the announced offset are of one moment: nothing is executed
     * between them.
     */
    private void resync(Replica replica, boolean announce) {
        stats.full++;
        Backlog kept = requireBacklog();
        stream.endTurn();
        stream.forgetDb();
        long position = position();
        follow(replica);
        replica.park(kept.cursorAt(position));
        RdbFacts facts =
                RdbFacts.of(keyspace.nowMs(), keyspace.slabs().usedBytes())
                        .at(history.replid(), position, streamDb.getAsInt());
        Snapshot snapshot = keyspace.cut();
        SnapshotEncoder encoder =
                new SnapshotEncoder(snapshot, facts, config.checksum.on, !replica.withoutKeys);
        boolean marked = replica.capaEof && config.disklessSync.on;
        if (announce) {
            replica.say("+FULLRESYNC " + history.replid() + " " + position + "\r\n");
        }
        replica.state(marked ? ReplicaState.TRANSFER : ReplicaState.COUNTING, "full resync");
        FullSync sync =
                new FullSync(
                        encoder,
                        replica.link(),
                        allocator,
                        marked ? history.newId() : "",
                        new Returning(replica, snapshot, encoder));
        replica.begin(sync, keyspace.nowMs());
        Thread thread = snapshotThreads.newThread(sync);
        log.transferStarts(thread.getName());
        thread.start();
    }

    private void follow(Replica replica) {
        replica.client().replica = true;
        replicas.follow(replica);
        aloneSinceMs = -1;
    }

    private Backlog requireBacklog() {
        Backlog kept = backlog;
        if (kept == null) {
            history.begin();
            kept = newBacklog();
            log.backlogCreated(history);
        }
        return kept;
    }

    private Backlog newBacklog() {
        Backlog made = new Backlog(config.backlogBytes.value, stream.offset(), this::onGrown);
        backlog = made;
        stream.addSink(made);
        return made;
    }

    // ---- as a replica that may have replicas itself

    /** From here on the stream is that of a primary; what it says next is kept for others. */
    public void keepStream() {
        if (backlog == null) {
            newBacklog();
        }
        aloneSinceMs = -1;
    }

    /**
     * The data set is another one now, at this offset of its history. Those who follow us have to
     * begin anew.
     */
    public void startAt(long offset) {
        sendAway("full resync");
        freeBacklog();
        stream.continueAt(offset);
        newBacklog();
        aloneSinceMs = -1;
    }

    /** Whoever follows us has to ask again: our history has another name. */
    public void sendAway(String reason) {
        for (Replica replica : replicas.copy()) {
            drop(replica, reason);
        }
    }

    /** The stream is our own again: its time to live without replicas begins. */
    public void promoted() {
        sendAway("promoted");
        aloneSinceMs = keyspace.nowMs();
    }

    /** Whether a part of the stream is kept. */
    public boolean hasBacklog() {
        return backlog != null;
    }

    /** Which database the stream is in where others begin to read it: our primary's choice. */
    public void streamDb(IntSupplier source) {
        streamDb = source;
    }

    private void freeBacklog() {
        Backlog kept = backlog;
        if (kept != null) {
            stream.removeSink(kept);
            kept.close();
            backlog = null;
        }
    }

    /** The stream has grown. Who is too far behind now is sent away in a turn of its own. */
    private void onGrown() {
        replicas.pump();
        if (!limitCheckPosted && replicas.anyBeyond(config, keyspace.nowMs())) {
            limitCheckPosted = true;
            mailbox.post(this::dropThoseTooFarBehind);
        }
    }

    private void dropThoseTooFarBehind() {
        limitCheckPosted = false;
        for (Replica replica : replicas.copy()) {
            long behind = replica.behindBytes();
            if (replica.isFollowing()
                    && replica.limits.exceeded(config, behind, keyspace.nowMs())) {
                log.tooFarBehind(
                        replica.client().toString(),
                        replica.name(),
                        replica.state().infoName(),
                        behind,
                        config);
                drop(replica, "output limit");
            }
        }
    }

    /** The snapshot thread's messages, each of which becomes a turn of the command thread. */
    private final class Returning implements FullSync.Outcome {
        private final Replica replica;
        private final Snapshot snapshot;
        private final SnapshotEncoder encoder;

        Returning(Replica replica, Snapshot snapshot, SnapshotEncoder encoder) {
            this.replica = replica;
            this.snapshot = snapshot;
            this.encoder = encoder;
        }

        @Override
        public void counted() {
            mailbox.post(() -> onCounted(replica));
        }

        @Override
        public void done(long ms) {
            mailbox.post(() -> {
                keyspace.end(snapshot);
                log.transferEnded(encoder.keysDone(), encoder.bytesDone(), ms);
                onSent(replica);
            });
        }

        @Override
        public void stopped() {
            mailbox.post(() -> {
                keyspace.end(snapshot);
                log.transferFailed(replica.name(), "the connection has ended");
            });
        }

        @Override
        public void failed(Throwable cause) {
            mailbox.post(() -> {
                keyspace.end(snapshot);
                log.transferBroke(replica.name(), cause);
                drop(replica, "snapshot failed");
            });
        }
    }

    private void onCounted(Replica replica) {
        if (replica.state() == ReplicaState.COUNTING) {
            replica.state(ReplicaState.TRANSFER, "length known");
        }
    }

    private void onSent(Replica replica) {
        if (replica.state() != ReplicaState.TRANSFER) {
            return;
        }
        boolean marked = replica.endTransfer();
        replica.ackedAtMs = keyspace.nowMs();
        if (replica.rdbOnly) {
            log.rdbOnlyDone(replica.name());
            replica.client().closeAfterReply();
            return;
        }
        if (marked) {
            log.waitsForAck(replica.name());
            replica.state(ReplicaState.AWAIT_ACK, "mark sent");
        } else {
            replica.state(ReplicaState.ONLINE, "payload sent");
        }
        log.synced(replica.name());
        replica.pump();
    }

    // ---- what replicas say

    /** {@code REPLCONF ACK}: a following replica has the stream up to this offset. */
    void acknowledged(Client client, long offset) {
        Replica replica = replicas.find(client);
        if (replica == null || !replica.isFollowing()) {
            return;
        }
        replica.ackedOffset = Math.max(replica.ackedOffset, offset);
        replica.ackedAtMs = keyspace.nowMs();
        if (replica.state() == ReplicaState.AWAIT_ACK) {
            replica.state(ReplicaState.ONLINE, "acknowledged the snapshot");
            replica.pump();
        }
        waits.acknowledged();
    }

    /** WAIT: false if as many have acknowledged the stream's end already; else the client waits. */
    boolean waits(Client client, long wanted, long timeoutMs) {
        if (replicas.acknowledged(position()) >= wanted) {
            return false;
        }
        waits.add(client, position(), wanted, timeoutMs);
        if (replicas.size() > 0) {
            stream.appendRaw(GETACK);
        }
        return true;
    }

    /** How many replicas are online and have everything. */
    int upToDate() {
        return replicas.acknowledged(position());
    }

    /** How many replicas are online and have acknowledged something within the allowed lag. */
    public int goodReplicas(long nowMs) {
        return replicas.heardOf(nowMs, config.maxLagSeconds.value);
    }

    /** Whether every replica that is to follow on has acknowledged all of the stream. */
    public boolean replicasHaveAll() {
        for (Replica replica : replicas.following()) {
            boolean stays = replica.isFollowing() && !replica.rdbOnly;
            if (stays && replica.ackedOffset != position()) {
                return false;
            }
        }
        return true;
    }

    /** Logs which replicas lack something at the end, and how many do not. */
    public void logLaggards(long nowMs) {
        int all = 0;
        int lagging = 0;
        for (Replica replica : replicas.following()) {
            if (!replica.isFollowing()) {
                continue;
            }
            all++;
            if (replica.ackedOffset != position()) {
                lagging++;
                long lagMs = replica.isOnline() ? nowMs - replica.ackedAtMs : 0;
                log.lagging(
                        replica.name(),
                        position() - replica.ackedOffset,
                        lagMs / 1000,
                        replica.state().infoName());
            }
        }
        if (all > 0) {
            log.inSync(all - lagging, all);
        }
    }

    /** A client's connection has ended. */
    public void closed(Client client) {
        Replica replica = replicas.remove(client);
        if (replica == null) {
            return;
        }
        boolean followed = replica.followed();
        replica.leave("connection closed");
        if (followed) {
            log.lost(replica.name());
            if (replicas.size() == 0) {
                aloneSinceMs = keyspace.nowMs();
            }
        }
    }

    private void drop(Replica replica, String reason) {
        replica.leave(reason);
        replica.client().kill();
    }

    // ---- cron

    /** Every time-out and period of this half; to be called each second. */
    public void everySecond(long nowMs) {
        // Replicas that hear nothing, or say nothing, for repl-timeout have gone without telling.
        long timeoutMs = config.timeoutSeconds.value * 1000;
        for (Replica replica : replicas.copy()) {
            switch (replica.state()) {
                case ONLINE -> {
                    if (nowMs - replica.ackedAtMs > timeoutMs) {
                        log.timedOutInStream(replica.name());
                        drop(replica, "timeout");
                    }
                }
                case COUNTING -> replica.say("\n");
                case TRANSFER -> {
                    if (nowMs - replica.transferMovedAtMs(nowMs) > timeoutMs) {
                        log.timedOutInTransfer(replica.name());
                        drop(replica, "timeout");
                    }
                }
                case HANDSHAKE, AWAIT_ACK, GONE -> {}
            }
        }

        // What a replica has not taken keeps blocks of the stream; there is a limit to that, also
        // in
        // time, which passes when nothing is written too.
        dropThoseTooFarBehind();

        // A ping in the stream, so that replicas know that we are there when nothing is written.
        if (replicas.size() == 0 || nextPingAtMs == 0) {
            nextPingAtMs = nowMs + config.pingPeriodSeconds.value * 1000;
        } else if (nowMs >= nextPingAtMs) {
            nextPingAtMs = nowMs + config.pingPeriodSeconds.value * 1000;
            stream.appendRaw(PING);
        }

        // Without replicas the backlog is memory for nobody; without it the history can't be
        // followed any more. A replica keeps its own: it may be promoted.
        Backlog kept = backlog;
        if (kept != null
                && aloneSinceMs >= 0
                && !stream.isRelaying()
                && config.backlogTtlSeconds.value > 0
                && nowMs - aloneSinceMs > config.backlogTtlSeconds.value * 1000) {
            freeBacklog();
            history.begin();
            log.backlogFreed(config.backlogTtlSeconds.value);
        }
    }

    /** {@code repl-backlog-size} has changed. */
    public void backlogSizeChanged() {
        if (backlog != null) {
            backlog.setLimitBytes(config.backlogBytes.value);
        }
    }

    /** Ends all transfers and gives the blocks back; at shutdown. */
    public void close() {
        sendAway("shutdown");
        freeBacklog();
    }

    // ---- what INFO and ROLE say

    public long position() {
        return stream.offset();
    }

    List<Replica> following() {
        return replicas.following();
    }

    @Nullable Backlog backlog() {
        return backlog;
    }

    /** Bytes of the stream that are kept, with what slow replicas still need. */
    public long backlogBytes() {
        Backlog kept = backlog;
        return kept == null ? 0 : kept.bytes();
    }

    public SyncStats stats() {
        return stats;
    }
}
