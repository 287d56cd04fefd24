package io.carnelian.replication.replica;

import io.carnelian.rdb.load.LoadResult;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.replication.stream.Handshake;
import io.carnelian.replication.stream.Handshake.Event;
import io.carnelian.replication.stream.PsyncDecision;
import io.carnelian.server.net.Dialer;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the primary, from dialing to its end: what comes is lines, then perhaps a
 * payload, then the stream.
 *
 * <pre>
 *   received ─┬─ HANDSHAKE, AWAIT_PAYLOAD ─► lines ─► Handshake ─► steps
 *             ├─ TRANSFER, LOADING ────────► Receiving ─► loaded ─► Upstream publishes
 *             └─ ONLINE ───────────────────► Following
 * </pre>
 *
 * What comes when this is not the present attempt any more is dropped. Command thread only.
 */
final class Attempt implements Dialer.Listener, Receiving.Outcome {
    private static final int MAX_LINE_BYTES = 4096;

    private final Upstream upstream;
    private final LinkParts parts;
    private final UpstreamLog log;
    private final Handshake handshake;
    private final StringBuilder line = new StringBuilder();
    private Dialer.@Nullable Wire wire;
    private @Nullable Receiving receiving;
    private String targetId = "";
    private long targetOffset;

    /** Why the connection has ended while its payload, all of which is here, was being read. */
    private @Nullable String gone;

    /**
     * @param known whether our position means anything to the other side
     * @param failover whether it is to become the primary
     */
    Attempt(Upstream upstream, LinkParts parts, UpstreamLog log, boolean known, boolean failover) {
        this.upstream = upstream;
        this.parts = parts;
        this.log = log;
        ReplicationConfig config = parts.config();
        int announced = config.announcePort.intValue();
        handshake =
                new Handshake(
                        new Handshake.Words(
                                config.primaryUser.value,
                                config.primaryPassword.value,
                                announced == 0 ? parts.listeningPort().getAsInt() : announced,
                                config.announceIp.value,
                                known ? parts.history().replid() : PsyncDecision.ANY,
                                known ? parts.stream().offset() + 1 : -1,
                                failover));
    }

    void dialed(Dialer.Wire made) {
        wire = made;
    }

    Dialer.Wire wire() {
        Dialer.Wire there = wire;
        if (there == null) {
            throw new IllegalStateException("not dialed yet");
        }
        return there;
    }

    @Nullable Receiving receiving() {
        return receiving;
    }

    /** Which history the payload that is awaited or on its way belongs to; empty: none knows. */
    String targetId() {
        return targetId;
    }

    private boolean isCurrent() {
        return upstream.isCurrent(this);
    }

    private LinkState state() {
        return upstream.state();
    }

    /** Whether the socket is not read because we do not want more now. */
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
            upstream.heard();
            upstream.state(LinkState.HANDSHAKE, "socket open");
            say(handshake.begin().words());
        }
    }

    @Override
    public void closed(String why) {
        if (!isCurrent()) {
            return;
        }
        Receiving payload = receiving;
        if (payload != null && payload.isWhole()) {
            // To begin anew would take as long, and might end in the same way.
            gone = why;
            log.goneWhileLoading(why);
            return;
        }
        if (payload != null) {
            log.payloadBrokeOff(payload.receivedBytes(), why);
        } else if (state() != LinkState.ONLINE) {
            log.cannotConnect(why);
        }
        upstream.lost(why);
    }

    @Override
    public void received(ByteBuf bytes) {
        if (!isCurrent()) {
            bytes.release();
            return;
        }
        upstream.heard();
        if (isInLines()) {
            lines(bytes);
        }
        if (!bytes.isReadable() || !isCurrent()) {
            bytes.release();
            return;
        }
        Receiving payload = receiving;
        if (state() == LinkState.ONLINE) {
            parts.following().apply(bytes);
            if (parts.following().takeWish()) {
                upstream.acknowledge(this);
            }
        } else if (payload != null) {
            payload.received(bytes);
            if (state() == LinkState.TRANSFER && payload.isWhole()) {
                upstream.state(LinkState.LOADING, "payload is here");
            }
        } else {
            bytes.release();
        }
    }

    private boolean isInLines() {
        return state() == LinkState.HANDSHAKE || state() == LinkState.AWAIT_PAYLOAD;
    }

    private void lines(ByteBuf bytes) {
        while (bytes.isReadable() && isCurrent() && isInLines()) {
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
                upstream.lost("line too long");
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
                upstream.state(LinkState.AWAIT_PAYLOAD, "full resync");
                upstream.handover().accepted();
            }
            case Handshake.LegacySync() -> {
                log.triesSync();
                upstream.state(LinkState.AWAIT_PAYLOAD, "SYNC");
            }
            case Handshake.Continue(String id) -> {
                resume(id);
                upstream.handover().accepted();
            }
            case Handshake.Payload payload -> {
                log.receives(payload.length());
                upstream.state(LinkState.TRANSFER, "payload begins");
                Receiving begun =
                        new Receiving(
                                payload,
                                parts.source(),
                                wire(),
                                parts.mailbox(),
                                parts.keyspace().nowMs(),
                                this);
                receiving = begun;
                begun.begin();
            }
            case Handshake.GiveUp(Event event, String text) -> {
                log.note(event, text);
                if (event == Event.FAILOVER_REFUSED) {
                    upstream.handover().rejected();
                } else {
                    upstream.lost(text);
                }
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
        boolean renamed = !id.isEmpty() && !id.equals(parts.history().replid());
        if (renamed) {
            parts.stream().endTurn();
            parts.history().rename(id, parts.stream().offset());
            parts.primary().sendAway("history has another name");
        }
        log.continues(id, renamed);
        parts.primary().keepStream();
        online("continued");
        log.accepted();
    }

    private void online(String reason) {
        parts.following().begin(wire());
        upstream.state(LinkState.ONLINE, reason);
        upstream.acknowledge(this);
    }

    @Override
    public void loaded(Keyspace data, LoadResult result) {
        Receiving done = receiving;
        receiving = null;
        if (done == null || state() != LinkState.LOADING) {
            throw new IllegalStateException("a payload came in state " + state());
        }
        ByteBuf rest = done.takeRest();
        if (upstream.refuses(data, result, targetId)) {
            data.discard();
            if (rest != null) {
                rest.release();
            }
            upstream.lost("full resync refused");
            return;
        }
        upstream.publish(data, result, targetId, targetOffset);
        upstream.heard();
        online("payload loaded");
        if (rest != null) {
            received(rest);
        }
        if (isCurrent() && gone != null) {
            upstream.lost(gone);
        } else if (isCurrent()) {
            wire().reads(true);
        }
    }

    @Override
    public void failed(String why) {
        if (isCurrent()) {
            log.payloadFailed(why);
            upstream.lost("payload failed");
        }
    }
}
