package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.primary.Primary;
import io.carnelian.replication.stream.Handshake;
import io.carnelian.replication.stream.Handshake.Event;
import io.carnelian.replication.stream.PsyncDecision;
import io.carnelian.server.client.Client;
import io.carnelian.server.client.Mailbox;
import io.carnelian.server.feed.WriteStream;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whom this server follows, and the link to it. The steps are drawn at {@link LinkState}, the words
 * at {@link Handshake}.
 *
 * <pre>
 *   REPLICAOF ─► follow ─► dial ─► Attempt: lines ─► Handshake ─► steps
 *                                     │
 *                                     ├─ payload ─► Receiving ─► publish: data, history, offset
 *                                     └─ stream ──► Following ─► commands, offset, sub-replicas
 *   cron ────► connect, ACK, time-outs
 * </pre>
 *
 * The data set stands at {@code stream.offset()} of {@link NodeHistory} at all times: that is what
 * the next PSYNC asks to go on from, whoever is followed then. A payload changes data and position
 * in one turn, or not at all. Command thread only.
 */
public final class Upstream {
    private static final int MAX_LINE_BYTES = 4096;
    private static final byte[] KEEP_ALIVE = {'\n'};

    private final Keyspace keyspace;
    private final WriteStream stream;
    private final Primary primary;
    private final NodeHistory history;
    private final ReplicationConfig config;
    private final Dialer dialer;
    private final Mailbox mailbox;
    private final PayloadSource source;
    private final Following following;
    private final IntSupplier listeningPort;
    private final UpstreamLog log = new UpstreamLog();
    private final List<Runnable> roleListeners = new ArrayList<>();
    private @Nullable String host;
    private int port;
    private LinkState state = LinkState.NONE;
    private @Nullable Attempt attempt;

    /** Whether the position means anything to others: there is a history that is told by stream. */
    private boolean resumable;

    private long lastIoMs;
    private long downSinceMs;
    private Runnable stateListener = () -> {};

    /**
     * @param following applies the stream
     * @param listeningPort what others reach this server at
     */
    public Upstream(
            Keyspace keyspace,
            WriteStream stream,
            Primary primary,
            NodeHistory history,
            ReplicationConfig config,
            Dialer dialer,
            Mailbox mailbox,
            PayloadSource source,
            Following following,
            IntSupplier listeningPort) {
        this.keyspace = keyspace;
        this.stream = stream;
        this.primary = primary;
        this.history = history;
        this.config = config;
        this.dialer = dialer;
        this.mailbox = mailbox;
        this.source = source;
        this.following = following;
        this.listeningPort = listeningPort;
    }

    // ---- roles

    /** Who hears that this server has become a replica, or a primary. */
    public void onRoleChange(Runnable listener) {
        roleListeners.add(listener);
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
        host = null;
        config.replicaof.values = List.of();
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
        } else {
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

    // ---- the link

    private void state(LinkState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(state + " -> " + next + " (" + reason + ")");
        }
        log.state(state, next, reason);
        if (state == LinkState.ONLINE && next != LinkState.ONLINE) {
            downSinceMs = keyspace.nowMs();
        }
        state = next;
        stateListener.run();
    }

    private void connect() {
        String to = host;
        if (to != null) {
            state(LinkState.CONNECTING, "dial");
            lastIoMs = keyspace.nowMs();
            Attempt begun = new Attempt();
            attempt = begun;
            begun.wire = dialer.dial(to, port, begun);
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

    private void lost(String why) {
        boolean wasOnline = state == LinkState.ONLINE;
        drop();
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

    private void acknowledge(Attempt now) {
        now.say(List.of("REPLCONF", "ACK", Long.toString(stream.offset())));
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
                if (ready) {
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
                if (silentMs > timeoutMs && (now == null || !now.isResting())) {
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
                if (silentMs > timeoutMs) {
                    log.timedOutInStream();
                    lost("timeout");
                } else if (now != null) {
                    acknowledge(now);
                }
            }
        }
    }

    /** One connection to the primary, from dialing to its end. */
    private final class Attempt implements Dialer.Listener, Receiving.Outcome {
        private final Handshake handshake;
        private final StringBuilder line = new StringBuilder();
        private Dialer.@Nullable Wire wire;
        private @Nullable Receiving receiving;
        private String targetId = "";
        private long targetOffset;

        Attempt() {
            boolean known = resumable;
            handshake =
                    new Handshake(
                            new Handshake.Words(
                                    config.primaryUser.value,
                                    config.primaryPassword.value,
                                    config.announcePort.value == 0
                                            ? listeningPort.getAsInt()
                                            : config.announcePort.intValue(),
                                    config.announceIp.value,
                                    known ? history.replid() : PsyncDecision.ANY,
                                    known ? stream.offset() + 1 : -1));
        }

        Dialer.Wire wire() {
            Dialer.Wire there = wire;
            if (there == null) {
                throw new IllegalStateException("not dialed yet");
            }
            return there;
        }

        boolean isCurrent() {
            return equals(attempt);
        }

        boolean isResting() {
            return receiving != null && receiving.isResting();
        }

        void end() {
            if (receiving != null) {
                receiving.stop("the link has ended");
                receiving = null;
            }
            wire().close();
        }

        void say(List<String> words) {
            StringBuilder command = new StringBuilder("*").append(words.size()).append("\r\n");
            for (String word : words) {
                command.append('$').append(word.length()).append("\r\n").append(word);
                command.append("\r\n");
            }
            wire().send(command.toString().getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public void connected() {
            if (isCurrent()) {
                log.connected();
                lastIoMs = keyspace.nowMs();
                state(LinkState.HANDSHAKE, "socket open");
                say(handshake.begin().words());
            }
        }

        @Override
        public void closed(String why) {
            if (isCurrent()) {
                if (state != LinkState.ONLINE) {
                    log.cannotConnect(why);
                }
                lost(why);
            }
        }

        @Override
        public void received(ByteBuf bytes) {
            if (!isCurrent()) {
                bytes.release();
                return;
            }
            lastIoMs = keyspace.nowMs();
            if (state == LinkState.HANDSHAKE || state == LinkState.AWAIT_PAYLOAD) {
                lines(bytes);
            }
            if (!bytes.isReadable() || !isCurrent()) {
                bytes.release();
                return;
            }
            Receiving payload = receiving;
            if (state == LinkState.ONLINE) {
                following.apply(bytes);
                if (following.takeWish()) {
                    acknowledge(this);
                }
            } else if (payload != null) {
                payload.received(bytes);
                if (state == LinkState.TRANSFER && payload.isWhole()) {
                    state(LinkState.LOADING, "payload is here");
                }
            } else {
                bytes.release();
            }
        }

        private void lines(ByteBuf bytes) {
            while (bytes.isReadable()
                    && isCurrent()
                    && (state == LinkState.HANDSHAKE || state == LinkState.AWAIT_PAYLOAD)) {
                char c = (char) (bytes.readByte() & 0xFF);
                if (c == '\n') {
                    String text = line.toString();
                    line.setLength(0);
                    for (Handshake.Step step : handshake.line(text.stripTrailing())) {
                        perform(step);
                    }
                } else if (line.length() < MAX_LINE_BYTES) {
                    line.append(c);
                } else {
                    log.badLine();
                    lost("line too long");
                }
            }
        }

        private void perform(Handshake.Step step) {
            switch (step) {
                case Handshake.Say(List<String> words) -> {
                    logAsking(words);
                    say(words);
                }
                case Handshake.Note(Event event, String text) -> log.note(event, text);
                case Handshake.FullResync(String id, long offset) -> {
                    targetId = id;
                    targetOffset = offset;
                    log.fullResync(id, offset);
                    state(LinkState.AWAIT_PAYLOAD, "full resync");
                }
                case Handshake.LegacySync() -> {
                    log.triesSync();
                    state(LinkState.AWAIT_PAYLOAD, "SYNC");
                }
                case Handshake.Continue(String id) -> resume(id);
                case Handshake.Payload payload -> {
                    log.receives(payload.length());
                    state(LinkState.TRANSFER, "payload begins");
                    Receiving begun =
                            new Receiving(payload, source, wire(), mailbox, lastIoMs, this);
                    receiving = begun;
                    begun.begin();
                }
                case Handshake.GiveUp(Event event, String text) -> {
                    log.note(event, text);
                    lost(text);
                }
            }
        }

        private void logAsking(List<String> words) {
            if (words.getFirst().equals("PSYNC")) {
                if (words.get(1).equals(PsyncDecision.ANY)) {
                    log.asksForAll();
                } else {
                    log.asks(words.get(1), words.get(2));
                }
            }
        }

        private void resume(String id) {
            boolean renamed = !id.isEmpty() && !id.equals(history.replid());
            if (renamed) {
                history.rename(id, stream.offset());
                primary.sendAway("history has another name");
            }
            log.continues(id, renamed);
            primary.keepStream();
            online("continued");
            log.accepted();
        }

        private void online(String reason) {
            following.begin(wire());
            state(LinkState.ONLINE, reason);
            acknowledge(this);
        }

        @Override
        public void loaded(Keyspace data, LoadResult result) {
            Receiving done = receiving;
            receiving = null;
            if (done == null || state != LinkState.LOADING) {
                throw new IllegalStateException("a payload came in state " + state);
            }
            log.replacesData(keyspace.size());
            boolean positioned = !targetId.isEmpty();
            history.become(positioned ? targetId : history.newId());
            primary.startAt(targetOffset);
            keyspace.adopt(data);
            resumable = positioned;
            following.db(PayloadSource.streamDb(result, keyspace.databases()));
            log.finished(result.keys(), result.bytes());
            lastIoMs = keyspace.nowMs();
            online("payload loaded");
            ByteBuf rest = done.takeRest();
            if (rest != null) {
                received(rest);
            }
            if (isCurrent()) {
                wire().reads(true);
            }
        }

        @Override
        public void failed(String why) {
            if (isCurrent()) {
                log.payloadFailed(why);
                lost("payload failed");
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
        return now == null ? null : now.receiving;
    }

    /** Whether this is where we are connected or connecting to. */
    public boolean follows(String otherHost, int otherPort) {
        return host != null && host.equalsIgnoreCase(otherHost) && port == otherPort;
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
