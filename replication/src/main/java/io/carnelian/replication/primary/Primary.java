package io.carnelian.replication.primary;

import io.carnelian.rdb.load.ExpiredKeys;
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
import io.carnelian.server.command.Gate;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node does for those who follow it. The backlog begins with the first of them; until then
 * no stream is kept, so the history gets a new name when it begins.
 *
 * <pre>
 *   PSYNC ─► decide ─► Continue: the cursor stands in the backlog, +CONTINUE, pump
 *                 └──► FullResync: Transfers
 *   stream ─► Backlog ─► pump all
 *   cron ───► ping, time-outs, output limits, backlog's time to live
 * </pre>
 *
 * Command thread only.
 */
public final class Primary {
    /** The backlog leaves in whole blocks: it should have some. */
    private static final int BLOCKS = 4;

    private static final long SPILL_FILE_BYTES = 64 << 20;

    /** A disk that is so far behind the stream will not catch up. */
    private static final long SPILL_QUEUE_BYTES = 256 << 20;

    private static final byte[] PING = Reply.ascii("*1\r\n$4\r\nPING\r\n");
    private static final byte[] GETACK =
            Reply.ascii("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");

    private final Keyspace keyspace;
    private final WriteStream stream;
    private final NodeHistory history;
    private final ReplicationConfig config;
    private final ReplicationLog log;
    private final Mailbox mailbox;
    private final Replicas replicas = new Replicas();
    private final Waits waits;
    private final StoreWaits storeWaits;
    private final SyncStats stats = new SyncStats();
    private @Nullable Backlog backlog;
    private IntSupplier streamDb = () -> 0;
    private final Transfers transfers;
    private Runnable ackListener = () -> {};
    private BooleanSupplier pingsRest = () -> false;
    private final ByteBufAllocator allocator;
    private long spills;
    private boolean limitCheckPosted;
    private long nextPingAtMs;
    private long aloneSinceMs = -1;

    /**
     * @param keyDelayMicros a pause after every key of a payload; asked on snapshot threads
     */
    public Primary(
            Keyspace keyspace,
            WriteStream stream,
            BlockedClients blocked,
            NodeHistory history,
            ReplicationConfig config,
            ReplicationLog log,
            Mailbox mailbox,
            ByteBufAllocator allocator,
            ThreadFactory snapshotThreads,
            LongSupplier keyDelayMicros) {
        this.keyspace = keyspace;
        this.stream = stream;
        this.history = history;
        this.config = config;
        this.log = log;
        this.mailbox = mailbox;
        this.allocator = allocator;
        this.waits = new Waits(blocked, replicas);
        this.storeWaits = new StoreWaits(blocked, replicas, stream, GETACK);
        this.transfers =
                new Transfers(
                        this,
                        keyspace,
                        stream,
                        history,
                        config,
                        log,
                        mailbox,
                        allocator,
                        snapshotThreads,
                        keyDelayMicros);
    }

    // ---- synchronization

    /** What a client has told of itself by REPLCONF. */
    Replica of(Client client) {
        return replicas.of(client, c -> new Replica(c, mailbox, log, storeWaits::released));
    }

    /** PSYNC: goes on, if history and backlog allow it, else sends everything. */
    void psync(Replica replica, String replid, long byteNumber) {
        // What this turn has written is in the offset already: the backlog has to have it too.
        stream.endTurn();
        PsyncDecision decision = PsyncDecision.decide(history(), replid, byteNumber);
        switch (decision) {
            case Continue(long from) -> resume(replica, from);
            case FullResync(PsyncDecision.Reason why) -> {
                log.notContinued(why, replica.name(), replid, byteNumber, history);
                if (why != PsyncDecision.Reason.ASKED_FOR) {
                    stats.partialRefused++;
                }
                stats.full++;
                follow(replica);
                transfers.request(replica, true);
            }
        }
    }

    /** SYNC, the way before PSYNC: a payload and nothing said about history. */
    void sync(Replica replica) {
        stats.full++;
        follow(replica);
        transfers.request(replica, false);
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

    private void follow(Replica replica) {
        replica.client().replica = true;
        replica.client().gates |= Gate.REPLICA.bit();
        replica.link().noDelay(!config.disableNoDelay.on);
        replicas.follow(replica);
        aloneSinceMs = -1;
    }

    Backlog requireBacklog() {
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

    /**
     * Keys that the file had and this server has not: who goes on from where the file stood deletes
     * them. If they are more than the backlog holds, nobody can go on from there.
     */
    public void tellExpired(ExpiredKeys expired) {
        if (!expired.isWhole() || expired.bytes() > config.backlogBytes.value) {
            freeBacklog();
            stream.continueAt(stream.offset() + expired.bytes());
            newBacklog();
            return;
        }
        for (ExpiredKeys.ExpiredKey key : expired.keys()) {
            stream.appendDel(key.db(), key.name());
        }
        stream.endTurn();
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
            mailbox.post(this::relieveThoseTooFarBehind);
        }
    }

    private void relieveThoseTooFarBehind() {
        limitCheckPosted = false;
        for (Replica replica : replicas.copy()) {
            if (replica.isFollowing()) {
                relieve(replica);
            }
        }
    }

    /** Too much of the stream waits for it in memory: it goes to files, or the replica goes. */
    private void relieve(Replica replica) {
        long most = config.spillLimitBytes.value;
        long behind = replica.inMemoryBytes();
        if (replica.isSpilling()) {
            if (replica.spilledBytes() <= most && replica.spillQueueBytes() <= SPILL_QUEUE_BYTES) {
                return;
            }
        } else if (!replica.limits.exceeded(config, behind, keyspace.nowMs())) {
            return;
        } else if (behind <= most) {
            log.spills(replica.name(), behind, most);
            replica.spill(
                    new Spill(
                            config.directory(),
                            SpillFiles.name(++spills),
                            SPILL_FILE_BYTES,
                            allocator,
                            mailbox,
                            replica));
            replica.limits.relieved();
            return;
        }
        log.tooFarBehind(
                replica.client().toString(),
                replica.name(),
                replica.state().infoName(),
                replica.behindBytes(),
                config);
        drop(replica, "output limit");
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
        ackListener.run();
    }

    /** Who hears that a replica has acknowledged something. */
    public void onAcknowledged(Runnable listener) {
        ackListener = listener;
    }

    /** Whether nothing but writes may go into the stream now: somebody has to catch up with it. */
    public void pingsRest(BooleanSupplier when) {
        pingsRest = when;
    }

    /** Every replica shall tell at once how far it is. */
    public void askForAcks() {
        stream.appendRaw(GETACK);
        stream.endTurn();
    }

    /** The replica at an address that is online and has everything, or is online, or any there. */
    public Standing standing(String ip, int port) {
        Replica found = null;
        for (Replica replica : replicas.following()) {
            if (replica.isFollowing() && replica.listeningPort == port && replica.ip().equals(ip)) {
                found = replica;
            }
        }
        if (found == null) {
            return Standing.NOBODY;
        }
        if (!found.isOnline()) {
            return Standing.NOT_ONLINE;
        }
        return found.ackedOffset == position() ? Standing.HAS_ALL : Standing.BEHIND;
    }

    /** How far a replica is, as FAILOVER asks. */
    public enum Standing {
        NOBODY,
        NOT_ONLINE,
        BEHIND,
        HAS_ALL
    }

    /** The address of a replica that has everything, the first to come; null if none has. */
    public @Nullable InetSocketAddress anyWithAll() {
        for (Replica replica : replicas.following()) {
            if (replica.isOnline()
                    && replica.ackedOffset == position()
                    && replica.listeningPort != 0) {
                return InetSocketAddress.createUnresolved(replica.ip(), replica.listeningPort);
            }
        }
        return null;
    }

    /** How many connections follow, in any state. */
    public int followers() {
        return replicas.size();
    }

    /** Whether a client waits for replicas. */
    public boolean hasWaits() {
        return !waits.isEmpty() || !storeWaits.isEmpty();
    }

    /** Who has the stream on a disk. */
    public StoreWaits storeWaits() {
        return storeWaits;
    }

    /** WAIT: false if as many have acknowledged what the client knows; else the client waits. */
    boolean waits(Client client, long wanted, long timeoutMs) {
        if (upToDate(client) >= wanted) {
            return false;
        }
        waits.add(client, stream.offsetAt(client.knownAt()), wanted, timeoutMs);
        if (replicas.size() > 0) {
            stream.appendRaw(GETACK);
        }
        return true;
    }

    /** How many replicas are online and have all that the client wrote or read. */
    int upToDate(Client client) {
        return replicas.acknowledged(stream.offsetAt(client.knownAt()));
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

    void drop(Replica replica, String reason) {
        replica.leave(reason);
        replica.client().kill();
    }

    // ---- cron

    /** Every time-out and period of this half; to be called each second. */
    public void everySecond(long nowMs) {
        // Replicas that hear nothing, or say nothing, for repl-timeout have gone without telling.
        for (Replica replica : replicas.copy()) {
            replica.sample(nowMs);
            timeOut(replica, nowMs);
        }

        // What a replica has not taken keeps blocks of the stream; there is a limit to that,
        // also in time, which passes when nothing is written too.
        relieveThoseTooFarBehind();

        // A ping in the stream, so that replicas know that we are there when nothing is written.
        if (replicas.size() == 0 || nextPingAtMs == 0) {
            pingLater();
        } else if (pingIsDue(nowMs) && !pingsRest.getAsBoolean()) {
            pingLater();
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

    private void timeOut(Replica replica, long nowMs) {
        long timeoutMs = config.timeoutSeconds.value * 1000;
        switch (replica.state()) {
            case AWAIT_ACK, ONLINE -> {
                if (!replica.neverSpeaks && nowMs - replica.heardAtMs() > timeoutMs) {
                    log.timedOutInStream(replica.name());
                    drop(replica, "timeout");
                }
            }
            case WAITING, WRITING -> replica.say("\n");
            case TRANSFER -> {
                if (nowMs - replica.transferMovedAtMs(nowMs) > timeoutMs) {
                    log.timedOutInTransfer(replica.name());
                    drop(replica, "timeout");
                }
            }
            case HANDSHAKE, GONE -> {}
        }
    }

    /** Its time has come, or the clock was set back: then it would not come for long. */
    private boolean pingIsDue(long nowMs) {
        long leftMs = nextPingAtMs - nowMs;
        return leftMs <= 0 || leftMs > config.pingPeriodSeconds.value * 1000;
    }

    /** Starts who has waited long enough for others; to be called every tick. */
    public void everyTick(long nowMs) {
        transfers.startWaiting(nowMs);
    }

    /** A command has deleted everything. */
    public void flushedAll() {
        transfers.flushedAll();
    }

    /** How many payloads are on their way. */
    public int transfers() {
        return transfers.running();
    }

    /** The next ping comes after the present period: {@code repl-ping-replica-period}. */
    public void pingLater() {
        nextPingAtMs = keyspace.nowMs() + config.pingPeriodSeconds.value * 1000;
    }

    /** {@code repl-backlog-size} has changed. */
    public void backlogSizeChanged() {
        stream.blockBytes(config.backlogBytes.value / BLOCKS);
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

    int streamDb() {
        return streamDb.getAsInt();
    }

    List<Replica> copyOfFollowing() {
        return replicas.copy();
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
