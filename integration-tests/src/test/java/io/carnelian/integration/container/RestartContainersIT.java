package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A primary with an append-only file and two replicas with an RDB file, of which one ends, by a
 * crash or in order, and comes back with its disk or without. With it, PSYNC goes on; without it, a
 * replica takes everything, and an empty primary empties nobody.
 */
@RequiresDocker
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestartContainersIT {
    private static final String FOLLOW = "--replicaof primary " + Node.PORT;
    private static final int WRITES = 50;

    private final Topology topology = new Topology();
    private final Node primary =
            topology.carnelian("primary", "--appendonly yes", "--appendfsync always");
    private final Node one = topology.carnelian("one", FOLLOW);
    private final Node two = topology.carnelian("two", FOLLOW);

    @BeforeAll
    void start() throws IOException {
        topology.start(primary, one, two);
        Topology.assertSame(primary, one, two);
    }

    @AfterEach
    void allFollowThePrimary() throws IOException {
        Topology.assertSame(primary, one, two);
    }

    @AfterAll
    void end() {
        topology.close();
    }

    @Test
    void aReplicaKilledGoesOnFromItsFile() throws Exception {
        Resyncs resyncs =
                replicaRestarts(() -> {
                    assertThat(one.call("SAVE").text()).isEqualTo("OK");
                    one.kill();
                });
        resyncs.assertOnlyPartial(1);
    }

    @Test
    void aReplicaStoppedInOrderGoesOnFromItsFile() throws Exception {
        Resyncs resyncs = replicaRestarts(one::stop);
        resyncs.assertOnlyPartial(1);
    }

    private interface Ending {
        void run() throws IOException;
    }

    /** The other one confirms what is written meanwhile. */
    private Resyncs replicaRestarts(Ending ending) throws Exception {
        Resyncs before = Resyncs.of(primary);
        try (Ledger ledger = new Ledger(1, primary)) {
            ledger.awaitConfirmed(WRITES);
            ending.run();
            ledger.awaitConfirmed(WRITES);
            one.startAgain();
            Topology.awaitLink(one, true);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
        return Resyncs.of(primary).since(before);
    }

    @Test
    void aReplicaWithoutItsDiskTakesEverything() throws Exception {
        Resyncs before = Resyncs.of(primary);
        try (Ledger ledger = new Ledger(1, primary)) {
            ledger.awaitConfirmed(WRITES);
            one.startEmpty();
            Topology.awaitLink(one, true);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
        Resyncs since = Resyncs.of(primary).since(before);
        assertThat(since.full()).as("%s", since).isEqualTo(1);
    }

    /** With {@code appendfsync always} no replica is ever ahead of the file. */
    @Test
    void aPrimaryKilledIsFollowedOnFromItsAppendOnlyFile() throws Exception {
        try (Ledger ledger = new Ledger(2, primary)) {
            ledger.awaitConfirmed(WRITES);
            primary.kill();
            primary.startAgain();
            Topology.awaitFollows(one, primary);
            Topology.awaitFollows(two, primary);
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
        Resyncs.of(primary).assertOnlyPartial(2);
    }

    /**
     * Its replicas keep what they have and say so, until somebody decides; here one is promoted,
     * the other goes on with it, and the empty one takes everything from it.
     */
    @Test
    void aPrimaryWithoutItsDiskEmptiesNobody() throws Exception {
        try (Ledger ledger = new Ledger(2, primary)) {
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            primary.kill();
            primary.startEmpty();
            for (Node replica : new Node[] {one, two}) {
                await("refusal of " + replica)
                        .atMost(Topology.PATIENCE)
                        .ignoreExceptions()
                        .until(() ->
                                replica.info("replication", "replica_full_sync_guard")
                                        .equals("refused-empty"));
            }
            ledger.assertNoneLost(one, two);

            Resyncs before = Resyncs.of(one);
            one.promote();
            two.follow(one);
            Topology.awaitFollows(two, one);
            Resyncs.of(one).since(before).assertOnlyPartial(1);
            primary.follow(one);
            Topology.assertSame(one, primary, two);
            assertThat(Resyncs.of(one).since(before).full()).isEqualTo(1);
            ledger.assertNoneLost(primary, one, two);
        }
        // As it was: everybody has the same, so everybody goes on.
        Resyncs back = Resyncs.of(primary);
        Topology.handOver(one, primary);
        two.follow(primary);
        Topology.assertSame(primary, one, two);
        Resyncs.of(primary).since(back).assertOnlyPartial(2);
    }
}
