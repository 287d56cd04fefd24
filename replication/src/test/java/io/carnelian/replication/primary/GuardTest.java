package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A primary is lost, and another server answers at its address: what its replica makes of it. */
class GuardTest {
    private static final int PRIMARY_PORT = 1;

    private final Node lost = new Node(1);
    private final Node replica = new Node(2);
    private final Node back = new Node(3);
    private final Nodes nodes = new Nodes(lost, replica, back);
    private Map<String, String> held;

    @BeforeEach
    void follow() {
        lost.run(lost.connect(), "set", "k", "1");
        nodes.follow(replica, PRIMARY_PORT);
        lost.run(lost.connect(), "set", "k", "2");
        nodes.quiet();
        held = replica.contents();
        assertThat(replica.info()).contains("replica_full_sync_guard:armed");
    }

    @AfterEach
    void close() {
        nodes.close();
    }

    private void comesBack() {
        nodes.atPort(PRIMARY_PORT, back);
        lost.cutReplicas();
    }

    @Test
    void anEmptyPrimaryDoesNotEmptyItsReplica() {
        comesBack();
        nodes.until(() -> replica.info().contains("replica_full_sync_guard:refused-empty"));
        assertThat(replica.contents()).isEqualTo(held);
        assertThat(replica.info()).contains("role:slave", "master_link_status:down");
        replica.pass(5);
        nodes.quiet();
        assertThat(back.info()).contains("sync_full:1");

        nodes.follow(replica, PRIMARY_PORT);
        assertThat(replica.contents()).isEmpty();
        assertThat(replica.info()).contains("replica_full_sync_guard:armed");
    }

    @Test
    void withoutTheGuardItDoes() {
        replica.set("replica-full-sync-guard", "no");
        comesBack();
        nodes.until(() -> Nodes.isUp(replica) && replica.contents().isEmpty());
    }

    @Test
    void switchingTheGuardOffLetsItGoOn() {
        comesBack();
        nodes.until(() -> replica.info().contains("replica_full_sync_guard:refused-empty"));
        replica.set("replica-full-sync-guard", "no");
        replica.pass(1);
        nodes.until(() -> Nodes.isUp(replica) && replica.contents().isEmpty());
    }

    @Test
    void anotherPrimaryOfTheOperatorsChoiceMayBeEmpty() {
        nodes.follow(replica, 3);
        assertThat(replica.contents()).isEmpty();
    }

    @Test
    void aPrimaryWithOtherDataIsTaken() {
        back.run(back.connect(), "set", "other", "1");
        comesBack();
        nodes.until(() -> Nodes.isUp(replica) && replica.contents().containsKey("0 other"));
    }
}
