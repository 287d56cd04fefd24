package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.replica.TypesWriter;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two nodes of ours and a stock redis-server in every place of a group. */
@RequiresDocker
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MixedContainersIT {
    private static final int WRITES = 50;
    private static final int KEYS = 1_000;
    private static final int KEYS_A_SECOND = 500;
    private static final long SEED = 8;

    private final Topology topology = new Topology();
    private final Node ours = topology.carnelian("ours");
    private final Node other = topology.carnelian("other");
    private final Node stock = topology.stock("stock");

    @BeforeAll
    void start() {
        topology.start(ours, other, stock);
    }

    @BeforeEach
    void everybodyFollowsOurs() throws IOException {
        ours.promote();
        star(ours, stock, other);
    }

    @AfterEach
    void heal() {
        topology.heal();
    }

    @AfterAll
    void end() {
        topology.close();
    }

    private static void star(Node primary, Node... replicas) throws IOException {
        for (Node replica : replicas) {
            replica.follow(primary);
        }
        for (Node replica : replicas) {
            Topology.awaitFollows(replica, primary);
        }
        Topology.assertSame(primary, replicas);
    }

    /** Nodes see each other by their names, from within the containers too. */
    @Test
    void aStockClientReachesOurs() {
        assertThat(stock.exec("redis-cli", "-h", "ours", "PING")).isEqualTo("PONG");
        assertThat(ours.exec("cat", "/proc/1/comm")).isEqualTo("java");
    }

    /** Half of the data is there before the stock replica, which takes it as a payload. */
    @Test
    void aStockReplicaTakesPayloadAndStream() throws Exception {
        stock.promote();
        stock.call("FLUSHALL");
        Resyncs before = Resyncs.of(ours);
        TypesWriter writer = new TypesWriter(ours.connect(), KEYS, KEYS_A_SECOND, SEED);
        writer.preload();
        writer.start();
        try (Ledger ledger = new Ledger(2, ours)) {
            stock.follow(ours);
            Topology.awaitFollows(stock, ours);
            ledger.awaitConfirmed(WRITES);
            writer.stop();
            ledger.stop();
            Topology.assertSame(ours, stock, other);
            ledger.assertNoneLost(ours, stock, other);
        }
        assertThat(Resyncs.of(ours).since(before).full()).isEqualTo(1);
    }

    /** A cut link to the stock replica: it goes on with PSYNC. */
    @Test
    void aStockReplicaIsCutOff() throws Exception {
        Resyncs before = Resyncs.of(ours);
        try (Ledger ledger = new Ledger(1, ours)) {
            ledger.awaitConfirmed(WRITES);
            topology.cut(ours, stock);
            Topology.awaitLink(stock, false);
            Topology.awaitReplicas(ours, 1);
            ledger.awaitConfirmed(WRITES);
            topology.heal();
            Topology.awaitLink(stock, true);
            ledger.stop();
            Topology.assertSame(ours, stock, other);
            ledger.assertNoneLost(ours, stock, other);
        }
        Resyncs.of(ours).since(before).assertOnlyPartial(1);
    }

    /**
     * Ours is killed, the stock server is promoted, the other one goes on with it by PSYNC; the
     * killed one comes back with an old file and follows. Then the two exchange their roles.
     */
    @Test
    void aStockServerTakesOverAndGivesBack() throws Exception {
        assertThat(ours.call("SAVE").text()).isEqualTo("OK");
        Resyncs before = Resyncs.of(stock);
        try (Ledger ledger = new Ledger(2, ours, stock)) {
            ledger.awaitConfirmed(WRITES);
            ours.kill();
            stock.promote();
            other.follow(stock);
            Topology.awaitFollows(other, stock);
            ours.startAgain();
            ours.follow(stock);
            Topology.awaitFollows(ours, stock);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(stock, ours, other);
            ledger.assertNoneLost(stock, ours, other);
        }
        Resyncs since = Resyncs.of(stock).since(before);
        assertThat(since.partial()).as("%s", since).isGreaterThanOrEqualTo(1);

        Resyncs back = Resyncs.of(ours);
        Topology.handOver(stock, ours);
        other.follow(ours);
        Topology.awaitFollows(other, ours);
        Topology.assertSame(ours, stock, other);
        Resyncs.of(ours).since(back).assertOnlyPartial(2);
    }

    /** Ours, stock, ours; and stock, ours, ours. */
    @Test
    void chainsOfBothKinds() throws Exception {
        Resyncs ofStock = Resyncs.of(stock);
        other.follow(stock);
        Topology.awaitFollows(other, stock);
        write(ours, stock, other);
        Resyncs.of(stock).since(ofStock).assertOnlyPartial(1);

        stock.promote();
        ours.follow(stock);
        Topology.awaitFollows(ours, stock);
        Resyncs ofOurs = Resyncs.of(ours);
        other.follow(ours);
        Topology.awaitFollows(other, ours);
        write(stock, ours, other);
        Resyncs.of(ours).since(ofOurs).assertOnlyPartial(1);
    }

    private static void write(Node primary, Node... below) throws Exception {
        try (Ledger ledger = new Ledger(1, primary)) {
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, below);
            ledger.assertNoneLost(below);
        }
    }
}
