package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.stream.FullSyncRule;
import io.carnelian.replication.stream.Handshake;
import io.carnelian.server.client.Client;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.store.Keyspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom this server follows, and the link to it. The steps are drawn at {@link LinkState}, the words
 * at {@link Handshake}.
 *
 * <pre>
 *   REPLICAOF ─► follow ─► dial ─► Attempt ─► lines: Handshake
 *                                     ├─ payload ─► Receiving ─► Guard ─► publish: data, history,
 *                                     │                                    offset
 *                                     └─ stream ──► Following ─► commands, offset, sub-replicas
 *   cron ────► connect, ACK, time-outs
 * </pre>
 *
 * The data set stands at {@code stream.offset()} of {@link NodeHistory} at all times: that is what
 * the next PSYNC asks to go on from, whoever is followed then. A payload changes data and position
 * in one turn, or not at all. Command thread only.
 */
public final class Upstream {
    private static final byte[] KEEP_ALIVE = {'\n'};

    private final LinkParts parts;
    private final Keyspace keyspace;
    private final WriteStream stream;
    private final Primary primary;
    private final NodeHistory history;
    private final ReplicationConfig config;
    private final Following following;
    private final UpstreamLog log = new UpstreamLog();
    private final List<Runnable> roleListeners = new ArrayList<>();
    private final List<Runnable> dataListeners = new ArrayList<>();
    private final Guard guard;
    private Handover handover = Handover.NONE;
    private @Nullable String host;
    private int port;
    private LinkState state = LinkState.NONE;
    private @Nullable Attempt attempt;

    /** Whether the position means anything to others: there is a history that is told by stream. */
    private boolean resumable;

    private long lastIoMs;
    private long downSinceMs;
    private Runnable stateListener = () -> {};

    public Upstream(LinkParts parts) {
        this.parts = parts;
        this.keyspace = parts.keyspace();
        this.stream = parts.stream();
        this.primary = parts.primary();
        this.history = parts.history();
        this.config = parts.config();
        this.following = parts.following();
        this.guard = new Guard(config.fullSyncGuard);
    }

    /** Which FAILOVER there may be. */
    public void handover(Handover source) {
        handover = source;
    }

    Handover handover() {
        return handover.isUnderWay() ? handover : Handover.NONE;
    }

    // ---- roles

    /** Who hears that this server has become a replica, or a primary. */
    public void onRoleChange(Runnable listener) {
        roleListeners.add(listener);
    }

    /**
     * Who hears that the keyspace holds the data set of a payload now: it is published, history and
     * offset are those that belong to it, and nothing of the stream behind it has been applied. An
     * append-only file begins anew here.
     */
    public void onNewData(Runnable listener) {
        dataListeners.add(listener);
    }

    /** Who hears of every step of the link; before those who hear of roles. */
    public void onStep(Runnable listener) {
        stateListener = listener;
    }

    public boolean isReplica() {
        return host != null;
    }

    /** Whether the stream is applied as it comes. */
    public boolean isOnline() {
        return state == LinkState.ONLINE;
    }

    /**
     * Becomes a replica of another server, or of another one than so far.
     *
     * @param first whether this is the configuration's word, before anything was served: then our
     *     own history means nothing
     */
    public void follow(String newHost, int newPort, boolean first) {
        boolean wasPrimary = host == null;
        if (!wasPrimary) {
            drop();
        }
        host = newHost;
        port = newPort;
        config.replicaof.values = List.of(newHost, Integer.toString(newPort));
        downSinceMs = 0;
        guard.forget();
        if (wasPrimary) {
            keyspace.expiredKeys(Keyspace.EXPIRED_HIDE);
            stream.relaying(true);
            following.db(0);
            resumable = !first;
            if (!first) {
                log.usesOwnPosition();
            }
        }
        state(LinkState.CONNECT, "REPLICAOF");
        tellRole();
        if (!first) {
            log.connecting(newHost, newPort);
            connect();
        }
    }

    /** Becomes a primary: the history goes on under a name of its own. */
    public void promote() {
        drop();
        guard.forget();
        host = null;
        config.replicaof.values = List.of();
        // What our primary has said is told under its name, also if we crash in this turn.
        stream.endTurn();
        history.rename(history.newId(), stream.offset());
        log.promoted(history);
        stream.relaying(false);
        keyspace.expiredKeys(Keyspace.EXPIRED_DELETE);
        state(LinkState.NONE, "REPLICAOF NO ONE");
        primary.promoted();
        tellRole();
    }

    private void tellRole() {
        for (Runnable listener : roleListeners) {
            listener.run();
        }
    }

    /**
     * The file that was loaded says where its data set stood; before the link is up. A replica goes
     * on from there; a primary takes another name, under which those go on who stand there too.
     */
    public void standsAt(String replid, long offset, int db) {
        history.become(replid);
        stream.continueAt(offset);
        if (isReplica()) {
            following.db(db);
            resumable = true;
            guard.followed();
        } else {
            history.restartedAt(offset);
            history.rename(history.newId(), offset);
            primary.keepStream();
            primary.promoted();
        }
    }

    /** Whether the position means anything to others. */
    public boolean isPositioned() {
        return isReplica() ? resumable : primary.hasBacklog();
    }

    public void logFollows(String who) {
        log.follows(String.valueOf(host), port, who);
    }

    public void logFollowsAlready() {
        log.followsAlready();
    }

    public void logPrimary(String who) {
        log.isPrimaryNow(who);
    }

    public void logFailedOver(String who) {
        log.failedOver(who);
    }

    // ---- the link

    void state(LinkState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(state + " -> " + next + " (" + reason + ")");
        }
        log.state(state, next, reason);
        if (state == LinkState.ONLINE && next != LinkState.ONLINE) {
            downSinceMs = keyspace.nowMs();
        }
        if (next == LinkState.ONLINE) {
            guard.followed();
        }
        state = next;
        stateListener.run();
    }

    private void connect() {
        String to = host;
        if (to != null) {
            state(LinkState.CONNECTING, "dial");
            lastIoMs = keyspace.nowMs();
            Attempt begun = new Attempt(this, parts, log, resumable, handover.isUnderWay());
            attempt = begun;
            begun.dialed(parts.dialer().dial(to, port, begun));
        }
    }

    /** Ends the connection, if there is one, and forgets what has come of it half. */
    private void drop() {
        Attempt now = attempt;
        attempt = null;
        if (now != null) {
            now.end();
        }
        following.end();
    }

    void lost(String why) {
        boolean wasOnline = state == LinkState.ONLINE;
        drop();
        if (following.wasBroken()) {
            // It would come again, for ever.
            log.streamIsBroken();
            resumable = false;
        }
        if (following.wasIncomplete()) {
            // Going on would be silent: only a payload brings what is missing.
            log.memoryRanOut();
            resumable = false;
        }
        state(LinkState.CONNECT, why);
        if (wasOnline) {
            log.lost();
            log.reconnecting(String.valueOf(host), port);
            connect();
        }
    }

    /** What the primary wants to know as soon as what it has sent is done. */
    public void acknowledgeSoon() {
        following.acknowledgeSoon();
    }

    boolean isCurrent(Attempt asking) {
        return asking.equals(attempt);
    }

    /** Something came from the primary. */
    void heard() {
        lastIoMs = keyspace.nowMs();
    }

    /** Whether a payload that has been loaded must not replace what is here; says why. */
    boolean refuses(Keyspace data, LoadResult result, String id) {
        FullSyncRule.Held held =
                new FullSyncRule.Held(keyspace.size(), history.replid(), stream.offset());
        boolean refused = guard.refuses(held, data.size(), id, result.facts());
        if (refused) {
            log.refusesPayload(guard.state(), held.keys(), String.valueOf(host), port);
        }
        return refused;
    }

    /** Data set, history and offset become those of the payload, in this turn. */
    void publish(Keyspace data, LoadResult result, String id, long offset) {
        log.replacesData(keyspace.size());
        resumable = !id.isEmpty();
        stream.endTurn();
        history.become(resumable ? id : history.newId());
        primary.startAt(offset);
        keyspace.adopt(data);
        following.db(PayloadSource.streamDb(result, keyspace.databases()));
        log.finished(result.keys(), result.bytes());
        for (Runnable listener : dataListeners) {
            listener.run();
        }
    }

    /** {@code replica-full-sync-guard} has changed. */
    public void guardChanged() {
        if (!config.fullSyncGuard.on) {
            guard.release();
        }
    }

    void acknowledge(Attempt now) {
        now.say(following.acknowledgement());
    }

    /**
     * Every time-out and period of the link; to be called each second.
     *
     * @param ready whether this server has loaded its own data
     */
    public void everySecond(long nowMs, boolean ready) {
        Attempt now = attempt;
        long silentMs = nowMs - lastIoMs;
        long timeoutMs = config.timeoutSeconds.value * 1000;
        switch (state) {
            case NONE -> {}
            case CONNECT -> {
                if (ready && !guard.hasRefused()) {
                    log.connecting(String.valueOf(host), port);
                    connect();
                }
            }
            case CONNECTING, HANDSHAKE -> {
                if (silentMs > timeoutMs) {
                    log.timedOutConnecting();
                    lost("timeout");
                }
            }
            case AWAIT_PAYLOAD, TRANSFER -> {
                if (now != null && now.isResting()) {
                    // We are slower: its time to speak begins when we read on.
                    heard();
                }
                if (nowMs - lastIoMs > timeoutMs) {
                    log.timedOutInTransfer();
                    lost("timeout");
                } else if (now != null) {
                    now.wire().send(KEEP_ALIVE);
                }
            }
            case LOADING -> {
                if (now != null) {
                    now.wire().send(KEEP_ALIVE);
                }
            }
            case ONLINE -> {
                if (following.isResting()) {
                    heard();
                }
                if (nowMs - lastIoMs > timeoutMs) {
                    log.timedOutInStream();
                    lost("timeout");
                } else if (now != null) {
                    acknowledge(now);
                }
            }
        }
    }

    /** Ends the link; at shutdown. */
    public void close() {
        drop();
    }

    // ---- what INFO and ROLE say

    String host() {
        return host == null ? "" : host;
    }

    int port() {
        return port;
    }

    LinkState state() {
        return state;
    }

    /** Where the data set stands. */
    long position() {
        return stream.offset();
    }

    /** How far the stream has come, though not all of it is applied. */
    long readPosition() {
        return stream.offset() + following.unsettledBytes();
    }

    long lastIoMs() {
        return lastIoMs;
    }

    /** When the stream stopped, in ms since 1970; 0: it has not begun yet. */
    long downSinceMs() {
        return downSinceMs;
    }

    @Nullable Receiving receiving() {
        Attempt now = attempt;
        return now == null ? null : now.receiving();
    }

    /** Whether a payload is being loaded. */
    public boolean isLoading() {
        return receiving() != null;
    }

    /** Whether the payload on its way is of the history that the data set belongs to. */
    boolean receivesOwnHistory() {
        Attempt now = attempt;
        return now != null && now.targetId().equals(history.replid());
    }

    Guard guard() {
        return guard;
    }

    /** Whether this is where we are connected or connecting to. */
    public boolean follows(String otherHost, int otherPort) {
        return host != null
                && host.equalsIgnoreCase(otherHost)
                && port == otherPort
                && !guard.hasRefused();
    }

    /** The database that the stream is in. */
    public int streamDb() {
        return isReplica() ? following.dbIndex() : stream.db();
    }

    /** The client that stands for the primary, while the stream is applied. */
    public @Nullable Client client() {
        return following.client();
    }
}
