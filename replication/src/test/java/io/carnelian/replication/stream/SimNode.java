package io.carnelian.replication.stream;

import io.carnelian.replication.NodeHistory;
import io.carnelian.replication.stream.Handshake.Step;
import io.carnelian.replication.stream.PsyncDecision.Continue;
import io.carnelian.replication.stream.PsyncDecision.FullResync;
import io.carnelian.replication.stream.PsyncDecision.History;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A node of the simulation: the real decisions, handshake, backlog and history, around a data set
 * that is the digest of all writes in their order. A write is eight bytes of the stream.
 */
final class SimNode {
    static final int WRITE_BYTES = 8;

    private static final int PAYLOAD_BYTES = Long.BYTES;

    /** A piece of the stream. */
    private record Block(long start, byte[] bytes) {}

    /** What a file holds; no name: it tells no position. */
    private record Saved(@Nullable String replid, long offset, long digest) {}

    /** Somebody who follows. */
    private static final class Follower {
        @Nullable StreamCursor<Block> cursor;
        boolean streams;
        boolean awaitsAck;
    }

    private final SimWorld world;
    private final SplittableRandom random;
    private final Map<SimWire, Follower> followers = new LinkedHashMap<>();
    private NodeHistory history;
    private @Nullable BlockRing<Block> ring;
    private long offset;
    private long digest;
    private @Nullable Saved saved;

    private @Nullable SimNode primary;
    private @Nullable SimWire link;
    private @Nullable Handshake handshake;
    private final StringBuilder line = new StringBuilder();
    private @Nullable PayloadFrame frame;
    private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
    private final ByteArrayOutputStream tail = new ByteArrayOutputStream();
    private String targetId = "";
    private long targetOffset;
    private boolean online;
    private boolean resumable;
    private int replaced;

    final int number;

    SimNode(SimWorld world, int number, SplittableRandom random) {
        this.world = world;
        this.number = number;
        this.random = random;
        this.history = new NodeHistory(random);
    }

    // ---- what the world does to it

    boolean isPrimary() {
        return primary == null;
    }

    boolean isOnline() {
        return online;
    }

    @Nullable SimNode primary() {
        return primary;
    }

    long offset() {
        return offset;
    }

    long digest() {
        return digest;
    }

    /** How often its data set has been replaced by another node's. */
    int replaced() {
        return replaced;
    }

    String replid() {
        return history.replid();
    }

    /** Whether its place means something to others. */
    boolean isPositioned() {
        return isPrimary() ? ring != null : resumable;
    }

    void write(long id) {
        apply(id);
        if (ring != null) {
            offset += WRITE_BYTES;
            append(ByteBuffer.allocate(WRITE_BYTES).putLong(id).array());
        }
    }

    void save() {
        saved = new Saved(isPositioned() ? history.replid() : null, offset, digest);
    }

    /** It ends without a word and comes back with its file, or with nothing. */
    void crash() {
        dropAll();
        history = new NodeHistory(random);
        ring = null;
        resumable = false;
        Saved file = saved;
        offset = 0;
        digest = 0;
        if (file != null) {
            digest = file.digest;
        }
        if (file != null && file.replid != null) {
            history.become(file.replid);
            offset = file.offset;
            resumable = true;
            if (isPrimary()) {
                history.rename(history.newId(), offset);
                newRing();
            }
        }
    }

    void follow(SimNode other) {
        dropLink();
        resumable |= isPrimary() && ring != null;
        primary = other;
    }

    void promote() {
        if (primary == null) {
            return;
        }
        dropLink();
        primary = null;
        history.rename(history.newId(), offset);
        sendAway();
        if (ring == null) {
            newRing();
        }
    }

    /** Connects again, if it is time to; acknowledges. */
    void everySecond() {
        SimWire now = link;
        if (primary != null && now == null) {
            link = world.connect(this, primary);
            Handshake begun =
                    new Handshake(
                            new Handshake.Words(
                                    "",
                                    "",
                                    number,
                                    "",
                                    resumable ? history.replid() : PsyncDecision.ANY,
                                    resumable ? offset + 1 : -1,
                                    false));
            handshake = begun;
            say(begun.begin().words());
        } else if (now != null && online) {
            say(List.of("REPLCONF", "ACK", Long.toString(offset)));
        }
    }

    private void apply(long id) {
        digest = (digest ^ id) * 0x9E3779B97F4A7C15L + 1;
    }

    // ---- as a primary

    private BlockRing<Block> newRing() {
        BlockRing<Block> made = new BlockRing<>(world.backlogBytes(), offset, block -> {});
        ring = made;
        return made;
    }

    private void append(byte[] bytes) {
        BlockRing<Block> kept = ring;
        if (kept != null) {
            kept.add(new Block(offset - bytes.length, bytes), bytes.length);
            pumpAll();
        }
    }

    private void pumpAll() {
        for (Map.Entry<SimWire, Follower> e : followers.entrySet()) {
            pump(e.getKey(), e.getValue());
        }
    }

    private void pump(SimWire wire, Follower to) {
        StreamCursor<Block> cursor = to.cursor;
        if (cursor == null || !to.streams) {
            return;
        }
        while (cursor.next(1 + random.nextInt(20))) {
            Block block = cursor.block();
            int from = (int) (cursor.from() - block.start);
            int end = (int) (cursor.to() - block.start);
            wire.sendToReplica(world.nowMs(), Arrays.copyOfRange(block.bytes, from, end));
        }
    }

    void fromReplica(SimWire wire, byte[] bytes) {
        String[] words = new String(bytes, StandardCharsets.ISO_8859_1).split(" ");
        switch (words[0]) {
            case "PING" -> answer(wire, "+PONG");
            case "REPLCONF" -> {
                if (words[1].equals("ACK")) {
                    acknowledged(wire, Long.parseLong(words[2]));
                } else {
                    answer(wire, "+OK");
                }
            }
            case "PSYNC" -> psync(wire, words[1], Long.parseLong(words[2]));
            default -> throw new IllegalStateException(words[0]);
        }
    }

    private void answer(SimWire wire, String text) {
        byte[] bytes = (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        wire.sendToReplica(world.nowMs(), bytes);
    }

    private void psync(SimWire wire, String replid, long byteNumber) {
        if (!isPrimary() && !online) {
            answer(wire, "-NOMASTERLINK Can't SYNC while not connected with my master");
            return;
        }
        long kept = ring == null ? -1 : ring.bytes();
        History known =
                new History(
                        history.replid(), history.replid2(), history.secondOffset(), offset, kept);
        Follower follower = new Follower();
        switch (PsyncDecision.decide(known, replid, byteNumber)) {
            case Continue(long from) -> {
                world.continued();
                follower.cursor = new StreamCursor<>(requireRing(), from - 1);
                answer(wire, "+CONTINUE " + history.replid());
                follower.streams = true;
            }
            case FullResync(PsyncDecision.Reason why) -> {
                world.resynced(why);
                follower.cursor = new StreamCursor<>(requireRing(), offset);
                answer(wire, "+FULLRESYNC " + history.replid() + " " + offset);
                sendPayload(wire, follower);
            }
        }
        followers.put(wire, follower);
        pump(wire, follower);
    }

    private BlockRing<Block> requireRing() {
        BlockRing<Block> kept = ring;
        if (kept == null) {
            history.begin();
            kept = newRing();
        }
        return kept;
    }

    private void sendPayload(SimWire wire, Follower follower) {
        byte[] data = ByteBuffer.allocate(PAYLOAD_BYTES).putLong(digest).array();
        if (random.nextBoolean()) {
            answer(wire, "$" + PAYLOAD_BYTES);
            wire.sendToReplica(world.nowMs(), data);
            follower.streams = true;
        } else {
            String mark = history.newId();
            answer(wire, "$EOF:" + mark);
            wire.sendToReplica(world.nowMs(), data);
            wire.sendToReplica(world.nowMs(), mark.getBytes(StandardCharsets.ISO_8859_1));
            follower.awaitsAck = true;
        }
    }

    private void acknowledged(SimWire wire, long position) {
        Follower follower = followers.get(wire);
        if (follower == null) {
            return;
        }
        world.check(position <= offset || !isPrimary(), "an acknowledgement from the future");
        if (follower.awaitsAck) {
            follower.awaitsAck = false;
            follower.streams = true;
            pump(wire, follower);
        }
    }

    void followerGone(SimWire wire) {
        Follower gone = followers.remove(wire);
        if (gone != null && gone.cursor != null) {
            gone.cursor.close();
        }
    }

    private void sendAway() {
        for (SimWire wire : List.copyOf(followers.keySet())) {
            followerGone(wire);
            wire.cut(world.nowMs());
        }
    }

    // ---- as a replica

    private void say(List<String> words) {
        SimWire to = link;
        if (to != null) {
            byte[] bytes = String.join(" ", words).getBytes(StandardCharsets.ISO_8859_1);
            to.sendToPrimary(world.nowMs(), bytes);
        }
    }

    private void dropLink() {
        SimWire now = link;
        link = null;
        handshake = null;
        frame = null;
        online = false;
        line.setLength(0);
        payload.reset();
        tail.reset();
        if (now != null) {
            now.cut(world.nowMs());
        }
    }

    private void dropAll() {
        dropLink();
        sendAway();
    }

    void linkGone(SimWire wire) {
        if (wire.equals(link)) {
            dropLink();
        }
    }

    void fromPrimary(SimWire wire, byte[] bytes) {
        int at = 0;
        while (at < bytes.length && wire.equals(link)) {
            PayloadFrame receiving = frame;
            if (online) {
                stream(Arrays.copyOfRange(bytes, at, bytes.length));
                return;
            }
            if (receiving != null) {
                payload.writeBytes(receiving.accept(Arrays.copyOfRange(bytes, at, bytes.length)));
                at += receiving.taken();
                if (receiving.isWhole()) {
                    publish();
                }
                continue;
            }
            char c = (char) (bytes[at++] & 0xFF);
            if (c != '\n') {
                line.append(c);
                continue;
            }
            String text = line.toString().stripTrailing();
            line.setLength(0);
            Handshake talking = handshake;
            if (talking != null) {
                for (Step step : talking.line(text)) {
                    perform(step);
                }
            }
        }
    }

    private void perform(Step step) {
        switch (step) {
            case Handshake.Say(List<String> words) -> say(words);
            case Handshake.Note note -> {}
            case Handshake.FullResync(String id, long at) -> {
                targetId = id;
                targetOffset = at;
            }
            case Handshake.LegacySync() -> throw new IllegalStateException("SYNC");
            case Handshake.Continue(String id) -> {
                if (!id.isEmpty() && !id.equals(history.replid())) {
                    history.rename(id, offset);
                    sendAway();
                }
                if (ring == null) {
                    newRing();
                }
                goOnline();
            }
            case Handshake.Payload(long length, String mark) ->
                    frame = new PayloadFrame(length, mark);
            case Handshake.GiveUp giveUp -> dropLink();
        }
    }

    private void publish() {
        replaced++;
        frame = null;
        digest = ByteBuffer.wrap(payload.toByteArray()).getLong();
        payload.reset();
        history.become(targetId);
        sendAway();
        offset = targetOffset;
        newRing();
        resumable = true;
        goOnline();
    }

    private void goOnline() {
        online = true;
        tail.reset();
        say(List.of("REPLCONF", "ACK", Long.toString(offset)));
    }

    /** Whole writes are applied and passed on; the rest waits, and is forgotten with the link. */
    private void stream(byte[] bytes) {
        tail.writeBytes(bytes);
        byte[] all = tail.toByteArray();
        int whole = all.length / WRITE_BYTES * WRITE_BYTES;
        for (int i = 0; i < whole; i += WRITE_BYTES) {
            apply(ByteBuffer.wrap(all, i, WRITE_BYTES).getLong());
            offset += WRITE_BYTES;
            append(Arrays.copyOfRange(all, i, i + WRITE_BYTES));
        }
        tail.reset();
        tail.write(all, whole, all.length - whole);
    }

    @Override
    public String toString() {
        SimNode of = primary;
        return number
                + (of == null ? " primary" : " of " + of.number + (online ? " online" : " down"))
                + " at "
                + history.replid().substring(0, 6)
                + ":"
                + offset;
    }
}
