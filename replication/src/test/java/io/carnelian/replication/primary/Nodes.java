package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Nodes that can dial each other: the first is at port 1, and so on. */
final class Nodes {
    /** What every node says that it listens at. */
    static final int ANNOUNCED_PORT = 6379;

    private static final long TIMEOUT_NS = 10_000_000_000L;

    private final List<Node> all = new ArrayList<>();

    Nodes(Node... nodes) {
        for (Node node : nodes) {
            add(node);
        }
    }

    void add(Node node) {
        all.add(node);
        for (Node one : all) {
            for (int port = 1; port <= all.size(); port++) {
                one.others.putIfAbsent(port, all.get(port - 1));
            }
        }
    }

    /** Whoever dials this port finds this node from now on. */
    void atPort(int port, Node node) {
        for (Node one : all) {
            one.others.put(port, node);
        }
    }

    void step() {
        for (Node node : all) {
            node.turns();
            var _ = node.receive();
        }
    }

    void quiet() {
        boolean any = true;
        while (any) {
            any = false;
            for (Node node : all) {
                node.turns();
                any |= node.receive();
            }
        }
    }

    /** Threads load and send; ten seconds of real time are a failure. */
    void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + TIMEOUT_NS;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            step();
            Thread.onSpinWait();
        }
        quiet();
    }

    void follow(Node node, int port) {
        assertThat(node.ask(node.connect(), "REPLICAOF", "127.0.0.1", Integer.toString(port)))
                .isEqualTo("+OK\r\n");
        until(() -> isUp(node));
    }

    static boolean isUp(Node node) {
        return node.info().contains("master_link_status:up");
    }

    /** Everything must have been given back. */
    void close() {
        for (Node node : all) {
            node.close();
        }
        quiet();
        for (Node node : all) {
            node.close();
            assertThat(node.liveSnapshots()).isZero();
        }
    }
}
