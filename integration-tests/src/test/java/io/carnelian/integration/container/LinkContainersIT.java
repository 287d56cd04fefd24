package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.replica.LinkProxy;
import io.carnelian.integration.replica.TypesWriter;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A primary and two replicas whose links are cut, one way or both, whose nodes freeze or are
 * isolated: each time long enough that the link is given up, each time somebody writes. When it is
 * over, all go on from where they were: no payload, same offsets, same data, every confirmed write
 * everywhere.
 */
@RequiresDocker
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LinkContainersIT {
    private static final String FOLLOW = "--replicaof primary " + Node.PORT;
    private static final int WRITES = 50;
    private static final int SLOW_BYTES_PER_SECOND = 400_000;
    private static final int KEYS = 2_000;
    private static final int KEYS_A_SECOND = 500;
    private static final long SEED = 8;

    private final Topology topology = new Topology();
    private final Node primary = topology.carnelian("primary");
    private final Node one = topology.carnelian("one", FOLLOW);
    private final Node two = topology.carnelian("two", FOLLOW);

    /** Something that happens to the links, and what is awaited before it ends. */
    @FunctionalInterface
    private interface Fault {
        void run(Ledger ledger) throws Exception;
    }

    @BeforeAll
    void start() throws IOException {
        topology.start(primary, one, two);
        Topology.assertSame(primary, one, two);
    }

    @AfterEach
    void heal() throws IOException {
        topology.heal();
        Topology.assertSame(primary, one, two);
    }

    @AfterAll
    void end() {
        topology.close();
    }

    @Test
    void aLinkCutBothWays() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    topology.cut(primary, one);
                    Topology.awaitLink(one, false);
                    Topology.awaitReplicas(primary, 1);
                    ledger.awaitConfirmed(WRITES);
                });
        resyncs.assertOnlyPartial(1);
    }

    @Test
    void aLinkThatCarriesNothingToTheReplica() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    topology.cutOneWay(primary, one);
                    Topology.awaitLink(one, false);
                    ledger.awaitConfirmed(WRITES);
                });
        resyncs.assertOnlyPartial(1);
    }

    @Test
    void aLinkThatCarriesNothingBack() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    topology.cutOneWay(one, primary);
                    Topology.awaitReplicas(primary, 1);
                    ledger.awaitConfirmed(WRITES);
                });
        resyncs.assertOnlyPartial(1);
    }

    @Test
    void anIsolatedReplica() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    one.isolate();
                    Topology.awaitLink(one, false);
                    Topology.awaitReplicas(primary, 1);
                    ledger.awaitConfirmed(WRITES);
                });
        resyncs.assertOnlyPartial(1);
    }

    /** Clients still reach it: it acknowledges, and WAIT tells them that nobody has it. */
    @Test
    void anIsolatedPrimary() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    primary.isolate();
                    Topology.awaitLink(one, false);
                    Topology.awaitLink(two, false);
                    Topology.awaitReplicas(primary, 0);
                    int confirmed = ledger.confirmed();
                    ledger.awaitUnconfirmed(3);
                    assertThat(ledger.confirmed()).isEqualTo(confirmed);
                });
        resyncs.assertOnlyPartial(2);
    }

    @Test
    void aReplicaFrozenUntilItIsGivenUp() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    one.freeze();
                    Topology.awaitReplicas(primary, 1);
                    ledger.awaitConfirmed(WRITES);
                });
        resyncs.assertOnlyPartial(1);
    }

    /** Shorter than any timeout: the link lives, the stream waits in it. */
    @Test
    void aReplicaFrozenForAMoment() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    one.freeze();
                    ledger.awaitConfirmed(WRITES);
                });
        resyncs.assertNone();
    }

    @Test
    void aPrimaryFrozenUntilItIsGivenUp() throws Exception {
        Resyncs resyncs =
                through(ledger -> {
                    primary.freeze();
                    Topology.awaitLink(one, false);
                    Topology.awaitLink(two, false);
                });
        resyncs.assertOnlyPartial(2);
    }

    /** Full sync and stream through a slow link, which is cut twice. */
    @Test
    void aSlowLink() throws Exception {
        TypesWriter writer = new TypesWriter(primary.connect(), KEYS, KEYS_A_SECOND, SEED);
        writer.preload();
        try (LinkProxy slow =
                        new LinkProxy(
                                Engine.gateway(one), primary.mappedPort(), SLOW_BYTES_PER_SECOND);
                Ledger ledger = new Ledger(2, primary)) {
            writer.start();
            one.promote();
            one.call("FLUSHALL");
            Resyncs before = Resyncs.of(primary);
            one.call(
                    "REPLICAOF",
                    Engine.gateway(one).getHostAddress(),
                    Integer.toString(slow.port()));
            Topology.awaitLink(one, true);
            assertThat(Resyncs.of(primary).since(before).full()).isEqualTo(1);
            for (int i = 1; i <= 2; i++) {
                Resyncs cutBefore = Resyncs.of(primary);
                slow.cut();
                await("another link")
                        .atMost(Topology.PATIENCE)
                        .until(() -> Resyncs.of(primary).since(cutBefore).partial() > 0);
                Topology.awaitLink(one, true);
                ledger.awaitConfirmed(WRITES);
            }
            writer.stop();
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
            assertThat(Resyncs.of(primary).since(before).full()).isEqualTo(1);
            one.follow(primary);
            Topology.awaitFollows(one, primary);
        }
    }

    /** Before, while and after: somebody writes, with one confirmation each. */
    private Resyncs through(Fault fault) throws Exception {
        Resyncs before = Resyncs.of(primary);
        try (Ledger ledger = new Ledger(1, primary)) {
            ledger.awaitConfirmed(WRITES);
            fault.run(ledger);
            topology.heal();
            ledger.awaitConfirmed(WRITES);
            ledger.stop();
            Topology.assertSame(primary, one, two);
            ledger.assertNoneLost(primary, one, two);
        }
        return Resyncs.of(primary).since(before);
    }
}
