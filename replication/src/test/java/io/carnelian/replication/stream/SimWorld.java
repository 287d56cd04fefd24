package io.carnelian.replication.stream;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Two to five nodes on fake time. Everything that happens comes from one seed: writes, cuts,
 * crashes with a file or without, saves, role changes, and how late each piece of a message is.
 *
 * <pre>
 *   checked after every event:
 *     one place of one history is one data set, on whatever node, at whatever time
 *     the place of a node goes back only when its data set is replaced, or it has crashed
 *   at the end, with one primary and no more faults: all are equal
 * </pre>
 */
final class SimWorld {
    private static final int STEP_MS = 10;
    private static final int SECOND_MS = 1000;
    private static final int CALM_MS = 30_000;

    private final long seed;
    private final SplittableRandom random;
    private final List<SimNode> nodes = new ArrayList<>();
    private final List<SimWire> wires = new ArrayList<>();
    private final Map<String, Long> digests = new HashMap<>();
    private final Map<PsyncDecision.Reason, Integer> resyncs =
            new EnumMap<>(PsyncDecision.Reason.class);
    private final long backlogBytes;
    private long nowMs;
    private long writes;
    private int continues;

    SimWorld(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.backlogBytes = 16L + random.nextInt(5000);
        int count = 2 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            nodes.add(new SimNode(this, i, random.split()));
        }
    }

    long nowMs() {
        return nowMs;
    }

    long backlogBytes() {
        return backlogBytes;
    }

    int continues() {
        return continues;
    }

    Map<PsyncDecision.Reason, Integer> resyncs() {
        return resyncs;
    }

    void continued() {
        continues++;
    }

    void resynced(PsyncDecision.Reason why) {
        resyncs.merge(why, 1, Integer::sum);
    }

    SimWire connect(SimNode replica, SimNode primary) {
        SimWire made = new SimWire(replica, primary, random.split());
        wires.add(made);
        return made;
    }

    void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what + "; -Dseed=" + seed + " at " + nowMs + ": " + nodes);
        }
    }

    /** So many faults and writes, then calm; throws if something does not hold. */
    void run(int events) {
        for (int i = 0; i < events; i++) {
            event();
            pass(random.nextInt(1500));
        }
        SimNode last = nodes.get(random.nextInt(nodes.size()));
        last.promote();
        for (SimNode node : nodes) {
            if (!node.equals(last) && !leadsTo(node.primary(), last)) {
                node.follow(last);
            }
        }
        last.write(++writes);
        pass(CALM_MS);
        for (SimNode node : nodes) {
            check(node.equals(last) || node.isOnline(), "no link to " + node);
            check(node.digest() == last.digest(), "other data at " + node);
            check(node.equals(last) || node.offset() == last.offset(), "other place at " + node);
        }
    }

    private static boolean leadsTo(@Nullable SimNode from, SimNode to) {
        SimNode at = from;
        while (at != null && !at.equals(to)) {
            at = at.primary();
        }
        return at != null;
    }

    private void event() {
        SimNode node = nodes.get(random.nextInt(nodes.size()));
        int kind = random.nextInt(100);
        if (kind < 60) {
            writeSome();
        } else if (kind < 75) {
            cutSome();
        } else if (kind < 80) {
            node.save();
        } else if (kind < 84) {
            node.crash();
        } else if (kind < 90) {
            node.promote();
        } else {
            SimNode other = nodes.get(random.nextInt(nodes.size()));
            if (!leadsTo(other, node)) {
                node.follow(other);
            }
        }
    }

    private void writeSome() {
        for (SimNode node : nodes) {
            if (node.isPrimary()) {
                for (int i = random.nextInt(30); i > 0; i--) {
                    node.write(++writes);
                }
            }
        }
    }

    private void cutSome() {
        if (!wires.isEmpty()) {
            wires.get(random.nextInt(wires.size())).cut(nowMs);
        }
    }

    private void pass(int ms) {
        long end = nowMs + ms;
        while (nowMs < end) {
            long before = nowMs / SECOND_MS;
            nowMs += STEP_MS;
            long[] places = nodes.stream().mapToLong(SimNode::offset).toArray();
            int[] replaced = nodes.stream().mapToInt(SimNode::replaced).toArray();
            for (SimWire wire : List.copyOf(wires)) {
                if (!wire.run(nowMs)) {
                    wires.remove(wire);
                }
            }
            if (nowMs / SECOND_MS > before) {
                nodes.forEach(SimNode::everySecond);
            }
            checkAll(places, replaced);
        }
    }

    private void checkAll(long[] places, int[] replaced) {
        for (int i = 0; i < nodes.size(); i++) {
            SimNode node = nodes.get(i);
            boolean same = node.replaced() == replaced[i];
            check(!same || node.offset() >= places[i], "went back: " + node);
            if (node.isPositioned()) {
                String place = node.replid() + ":" + node.offset();
                Long known = digests.putIfAbsent(place, node.digest());
                check(known == null || known == node.digest(), "two data sets at " + place);
            }
        }
    }
}
