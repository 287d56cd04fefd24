package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that writes one key after the other to whichever of some nodes says it is the primary,
 * asks by WAIT who has it, and remembers which writes were confirmed. Those must be found wherever
 * the data is said to be, whatever happened in between. A connection that breaks or refuses is
 * given up and the primary looked for again.
 */
final class Ledger implements AutoCloseable {
    private static final AtomicInteger LEDGERS = new AtomicInteger();
    private static final String WAIT_MS = "200";
    private static final int READ_TIMEOUT_MS = 1_000;
    private static final long PAUSE_NS = 50_000_000;
    private static final long PACE_NS = 1_000_000;
    private static final int BATCH = 500;

    private final String prefix = "ledger:" + LEDGERS.incrementAndGet() + ":";
    private final int replicas;
    private final List<Node> nodes;
    private final Thread thread = new Thread(this::run, "ledger");
    private final BitSet confirmed = new BitSet();
    private final AtomicInteger confirmedCount = new AtomicInteger();
    private final AtomicInteger unconfirmedCount = new AtomicInteger();
    private volatile boolean stopping;

    /** Starts to write. A write is confirmed when that many replicas have it. */
    Ledger(int replicas, Node... nodes) {
        this.replicas = replicas;
        this.nodes = List.of(nodes);
        thread.setDaemon(true);
        thread.start();
    }

    int confirmed() {
        return confirmedCount.get();
    }

    /** Writes that were acknowledged, but that too few replicas had in time. */
    int unconfirmed() {
        return unconfirmedCount.get();
    }

    void awaitConfirmed(int more) {
        int goal = confirmed() + more;
        await(more + " more confirmed writes")
                .atMost(Topology.PATIENCE)
                .until(() -> confirmed() >= goal);
    }

    void awaitUnconfirmed(int more) {
        int goal = unconfirmed() + more;
        await(more + " unconfirmed writes")
                .atMost(Topology.PATIENCE)
                .until(() -> unconfirmed() >= goal);
    }

    /** Returns when the last write has its answer. */
    void stop() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a ledger ends", e);
        }
    }

    /** After {@link #stop}: all confirmed writes are on each of these nodes. */
    void assertNoneLost(Node... where) throws IOException {
        assertThat(thread.isAlive()).isFalse();
        assertThat(confirmed.cardinality()).isPositive();
        for (Node node : where) {
            List<String> lost = new ArrayList<>();
            try (RespConnection connection = node.connect()) {
                int[] numbers = confirmed.stream().toArray();
                for (int from = 0; from < numbers.length; from += BATCH) {
                    ask(connection, numbers, from, Math.min(from + BATCH, numbers.length), lost);
                }
            }
            assertThat(lost)
                    .as("lost on %s of %d that WAIT had confirmed", node, confirmed())
                    .isEmpty();
        }
    }

    private void ask(RespConnection connection, int[] numbers, int from, int to, List<String> lost)
            throws IOException {
        String[] words = new String[1 + to - from];
        words[0] = "MGET";
        for (int i = from; i < to; i++) {
            words[1 + i - from] = prefix + numbers[i];
        }
        Reply values = connection.call(words);
        for (int i = from; i < to; i++) {
            if (!values.elements().get(i - from).text().equals(Integer.toString(numbers[i]))) {
                lost.add(prefix + numbers[i]);
            }
        }
    }

    private void run() {
        int next = 1;
        while (!stopping) {
            for (Node node : nodes) {
                next = writeWhilePrimary(node, next);
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** Returns the next number. The fate of the last one may be unknown. */
    private int writeWhilePrimary(Node node, int first) {
        int next = first;
        try (RespConnection connection = RespConnection.open(node.mappedPort(), READ_TIMEOUT_MS)) {
            if (!"master".equals(connection.info("replication").get("role"))) {
                return next;
            }
            while (!stopping) {
                int number = next++;
                if (!write(connection, number)) {
                    break;
                }
                LockSupport.parkNanos(PACE_NS);
            }
        } catch (IOException | RuntimeException broken) {
            // Killed, frozen or restarting; which of them is the test's business.
            return next;
        }
        return next;
    }

    private boolean write(RespConnection connection, int number) throws IOException {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(RespConnection.encode("SET", prefix + number, Integer.toString(number)));
        both.writeBytes(RespConnection.encode("WAIT", Integer.toString(replicas), WAIT_MS));
        connection.send(both.toByteArray());
        Reply set = connection.readReply();
        Reply wait = connection.readReply();
        if (set.isError() || wait.isError()) {
            return false;
        }
        if (wait.integer() >= replicas) {
            confirmed.set(number);
            var _ = confirmedCount.incrementAndGet();
        } else {
            var _ = unconfirmedCount.incrementAndGet();
        }
        return true;
    }

    @Override
    public void close() {
        stop();
    }
}
