package io.carnelian.integration.container;

import io.carnelian.integration.replica.TypesWriter;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Replicas of replicas, and replicas that are pointed elsewhere while somebody writes: all of one
 * history, so nobody takes a payload.
 */
@RequiresDocker
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MoveContainersIT {
    private static final int WRITES = 50;
    private static final int MOVES = 6;
    private static final int KEYS = 2_000;
    private static final int KEYS_A_SECOND = 1_000;
    private static final long SEED = 8;

    private final Topology topology = new Topology();
    private final Node primary = topology.carnelian("primary");
    private final Node one = topology.carnelian("one");
    private final Node two = topology.carnelian("two");

    @BeforeAll
    void start() throws IOException {
        topology.start(primary, one, two);
    }

    @AfterEach
    void heal() {
        topology.heal();
    }

    @AfterAll
    void end() {
        topology.close();
    }

    private void star() throws IOException {
        one.follow(primary);
        two.follow(primary);
        Topology.awaitFollows(one, primary);
        Topology.awaitFollows(two, primary);
        Topology.assertSame(primary, one, two);
    }

    private void chain() throws IOException {
        one.follow(primary);
        Topology.awaitFollows(one, primary);
        two.follow(one);
        Topology.awaitFollows(two, one);
        Topology.assertSame(primary, one, two);
    }

    /**
     * The one below hears nothing either, since only the primary speaks in the stream: it may give
     * its link up, but it goes on from where it is.
     */
    @Test
    void aChainWhoseUpperLinkIsCut() throws Exception {
        chain();
        Resyncs above = Resyncs.of(primary);
        Resyncs below = Resyncs.of(one);
        try (Ledger ledger = new Ledger(1, primary)) {
            ledger.awaitConfirmed(WRITES);
            topology.cut(primary, one);
            Topology.awaitLink(one, false);
            Topology.awaitReplicas(primary, 0);
            ledger.awaitUnconfirmed(2);
            topology.heal();
            Topology.awaitLink(one, true);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
        Resyncs.of(primary).since(above).assertOnlyPartial(1);
        Resyncs.of(one).since(below).assertOnlyPartial(0);
    }

    /** The middle of a chain and its top exchange their roles: both ends go on with it. */
    @Test
    void theMiddleOfAChainIsPromoted() throws Exception {
        chain();
        Resyncs below = Resyncs.of(one);
        try (Ledger ledger = new Ledger(1, primary, one)) {
            ledger.awaitConfirmed(WRITES);
            Topology.handOver(primary, one);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(one, primary, two);
            ledger.assertNoneLost(primary, one, two);
        }
        Resyncs.of(one).since(below).assertOnlyPartial(2);
        Topology.handOver(one, primary);
    }

    @Test
    void aReplicaIsMovedToAndFroUnderLoad() throws Exception {
        star();
        Resyncs ofPrimary = Resyncs.of(primary);
        Resyncs ofOne = Resyncs.of(one);
        TypesWriter writer = new TypesWriter(primary.connect(), KEYS, KEYS_A_SECOND, SEED);
        writer.preload();
        writer.start();
        try (Ledger ledger = new Ledger(1, primary)) {
            for (int i = 0; i < MOVES; i++) {
                Node next = i % 2 == 0 ? one : primary;
                two.follow(next);
                Topology.awaitFollows(two, next);
                ledger.awaitConfirmed(WRITES);
            }
            writer.stop();
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
        Resyncs.of(primary).since(ofPrimary).assertOnlyPartial(MOVES / 2);
        Resyncs.of(one).since(ofOne).assertOnlyPartial(MOVES / 2);
    }

    /** FAILOVER holds writes back until its replica has all of them, there and back. */
    @Test
    void rolesAreExchangedUnderLoad() throws Exception {
        star();
        try (Ledger ledger = new Ledger(1, primary, one)) {
            ledger.awaitConfirmed(WRITES);
            Resyncs ofOne = Resyncs.of(one);
            Topology.handOver(primary, one);
            two.follow(one);
            Topology.awaitFollows(two, one);
            ledger.awaitConfirmed(WRITES);
            Resyncs.of(one).since(ofOne).assertOnlyPartial(2);
            Resyncs ofPrimary = Resyncs.of(primary);
            Topology.handOver(one, primary);
            two.follow(primary);
            Topology.awaitFollows(two, primary);
            Resyncs.of(primary).since(ofPrimary).assertOnlyPartial(2);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
    }
}
