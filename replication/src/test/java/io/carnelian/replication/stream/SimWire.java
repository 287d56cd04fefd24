package io.carnelian.replication.stream;

import java.util.ArrayDeque;
import java.util.SplittableRandom;

/**
 * A connection between two simulated nodes: two directions, each in order, each piece late by some
 * time of its own. When it is cut what is under way is lost, and each end hears of it later.
 */
final class SimWire {
    private record Piece(long dueMs, byte[] bytes) {}

    private static final byte[] END = new byte[0];
    private static final int MAX_DELAY_MS = 40;
    private static final int MAX_CUT_NEWS_MS = 3_000;

    private final SplittableRandom random;
    private final ArrayDeque<Piece> toPrimary = new ArrayDeque<>();
    private final ArrayDeque<Piece> toReplica = new ArrayDeque<>();
    private long lastToPrimaryMs;
    private long lastToReplicaMs;
    private boolean cut;

    final SimNode replica;
    final SimNode primary;

    SimWire(SimNode replica, SimNode primary, SplittableRandom random) {
        this.replica = replica;
        this.primary = primary;
        this.random = random;
    }

    boolean isCut() {
        return cut;
    }

    void sendToPrimary(long nowMs, byte[] bytes) {
        if (!cut) {
            lastToPrimaryMs = due(nowMs, lastToPrimaryMs);
            toPrimary.add(new Piece(lastToPrimaryMs, bytes));
        }
    }

    void sendToReplica(long nowMs, byte[] bytes) {
        if (!cut) {
            lastToReplicaMs = due(nowMs, lastToReplicaMs);
            toReplica.add(new Piece(lastToReplicaMs, bytes));
        }
    }

    private long due(long nowMs, long lastMs) {
        return Math.max(lastMs, nowMs + random.nextInt(MAX_DELAY_MS));
    }

    /** Ends it; both ends hear of it some time. */
    void cut(long nowMs) {
        if (cut) {
            return;
        }
        cut = true;
        keepSome(toPrimary);
        keepSome(toReplica);
        toPrimary.add(new Piece(nowMs + random.nextInt(MAX_CUT_NEWS_MS), END));
        toReplica.add(new Piece(nowMs + random.nextInt(MAX_CUT_NEWS_MS), END));
    }

    /** What is lost is lost from some piece on. */
    private void keepSome(ArrayDeque<Piece> pieces) {
        int lost = random.nextInt(pieces.size() + 1);
        for (int i = 0; i < lost; i++) {
            pieces.removeLast();
        }
    }

    /** Delivers what is due; false when both ends know of its end. */
    boolean run(long nowMs) {
        while (!toPrimary.isEmpty() && toPrimary.peek().dueMs <= nowMs) {
            byte[] bytes = toPrimary.remove().bytes;
            if (bytes.length == 0) {
                primary.followerGone(this);
            } else {
                primary.fromReplica(this, bytes);
            }
        }
        while (!toReplica.isEmpty() && toReplica.peek().dueMs <= nowMs) {
            byte[] bytes = toReplica.remove().bytes;
            if (bytes.length == 0) {
                replica.linkGone(this);
            } else {
                replica.fromPrimary(this, bytes);
            }
        }
        return !cut || !toPrimary.isEmpty() || !toReplica.isEmpty();
    }
}
