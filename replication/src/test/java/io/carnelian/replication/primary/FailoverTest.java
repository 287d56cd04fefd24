package io.carnelian.replication.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** FAILOVER between two nodes: b follows a. */
class FailoverTest {
    private static final String PORT = Integer.toString(Nodes.ANNOUNCED_PORT);

    private final Node a = new Node(1);
    private final Node b = new Node(2);
    private final Nodes nodes = new Nodes(a, b);
    private final Client operator = a.connect();

    @BeforeEach
    void followEachOther() {
        nodes.atPort(Nodes.ANNOUNCED_PORT, b);
        a.run(operator, "set", "k", "1");
        nodes.follow(b, 1);
    }

    @AfterEach
    void close() {
        nodes.close();
    }

    private static boolean has(Node node, String part) {
        return node.info().contains(part);
    }

    private void assertIsPrimaryAgain() {
        assertThat(a.info()).contains("role:master", "master_failover_state:no-failover");
        assertThat(a.pause.isActive()).isFalse();
    }

    @Test
    void theReplicaBecomesThePrimaryAndIsFollowed() {
        a.run(operator, "set", "k", "2");
        assertThat(a.ask(operator, "FAILOVER", "TO", "127.0.0.1", PORT)).isEqualTo("+OK\r\n");
        assertThat(a.info()).contains("master_failover_state:waiting-for-sync");
        assertThat(a.pause.isActive()).isTrue();
        a.pass(1);
        nodes.until(() -> has(b, "role:master") && Nodes.isUp(a));
        assertThat(a.info()).contains("role:slave", "master_failover_state:no-failover");
        assertThat(a.pause.isActive()).isFalse();
        assertThat(b.info()).contains("sync_full:0", "sync_partial_ok:1");
        b.run(b.connect(), "set", "k", "3");
        nodes.quiet();
        assertThat(a.contents()).isEqualTo(b.contents()).containsEntry("0 k", "3 @-1");
        assertThat(a.position()).isEqualTo(b.position());
    }

    @Test
    void anyReplicaWillDo() {
        assertThat(a.ask(operator, "FAILOVER")).isEqualTo("+OK\r\n");
        a.pass(1);
        nodes.until(() -> has(b, "role:master") && Nodes.isUp(a));
    }

    @Test
    void aReplicaThatDoesNotCatchUpEndsItInTime() {
        a.ask(operator, "FAILOVER", "TIMEOUT", "500");
        assertThat(a.info()).contains("master_failover_state:waiting-for-sync");
        a.pass(1);
        assertIsPrimaryAgain();
    }

    @Test
    void itCanBeAborted() {
        assertThat(a.ask(operator, "FAILOVER", "ABORT"))
                .isEqualTo("-ERR No failover in progress.\r\n");
        a.ask(operator, "FAILOVER");
        assertThat(a.ask(operator, "FAILOVER", "ABORT")).isEqualTo("+OK\r\n");
        assertIsPrimaryAgain();
    }

    @Test
    void byForceItHappensWithoutTheLastWrites() {
        a.ask(operator, "FAILOVER", "TO", "127.0.0.1", PORT, "FORCE", "TIMEOUT", "100");
        a.pass(1);
        assertThat(a.info()).contains("master_failover_state:failover-in-progress", "role:slave");
        assertThat(a.ask(operator, "REPLICAOF", "NO", "ONE"))
                .isEqualTo("-ERR REPLICAOF not allowed while failing over.\r\n");
        assertThat(a.ask(a.connect(), "PSYNC", "?", "-1"))
                .isEqualTo("-NOMASTERLINK Can't SYNC while failing over\r\n");
        nodes.until(() -> has(b, "role:master") && Nodes.isUp(a));
        assertThat(a.info()).contains("master_failover_state:no-failover");
    }

    @Test
    void aTimeThatIsNeverOverIsNotOverAtOnce() {
        String forEver = Long.toString(Long.MAX_VALUE);
        a.run(operator, "set", "k", "2");
        a.ask(operator, "FAILOVER", "TO", "127.0.0.1", PORT, "FORCE", "TIMEOUT", forEver);
        a.pass(1);
        assertThat(a.info()).contains("master_failover_state:waiting-for-sync");
        nodes.until(() -> has(b, "role:master") && Nodes.isUp(a));
        assertThat(b.contents()).containsEntry("0 k", "2 @-1");
    }

    @Test
    void whoIsRefusedIsThePrimaryAgain() {
        a.ask(operator, "FAILOVER", "TO", "127.0.0.1", PORT, "FORCE", "TIMEOUT", "100");
        b.run(b.connect(), "REPLICAOF", "NO", "ONE");
        a.pass(1);
        assertThat(a.info()).contains("role:slave");
        nodes.until(() -> has(a, "role:master"));
        assertIsPrimaryAgain();
    }

    @Test
    void mistakesAreToldAsByRedis() {
        assertThat(a.ask(operator, "FAILOVER", "TO", "nobody", PORT))
                .isEqualTo("-ERR FAILOVER target HOST and PORT is not a replica.\r\n");
        assertThat(a.ask(operator, "FAILOVER", "TO", "127.0.0.1", "x"))
                .isEqualTo("-ERR value is not an integer or out of range\r\n");
        assertThat(a.ask(operator, "FAILOVER", "FORCE", "TIMEOUT", "100"))
                .startsWith("-ERR FAILOVER with force option requires both a timeout and");
        assertThat(a.ask(operator, "FAILOVER", "TIMEOUT", "0"))
                .isEqualTo("-ERR FAILOVER timeout must be greater than 0\r\n");
        assertThat(a.ask(operator, "FAILOVER", "NOW")).isEqualTo("-ERR syntax error\r\n");
        assertThat(b.ask(b.connect(), "FAILOVER"))
                .isEqualTo("-ERR FAILOVER is not valid when server is a replica.\r\n");
        a.ask(operator, "FAILOVER");
        assertThat(a.ask(operator, "FAILOVER")).isEqualTo("-ERR FAILOVER already in progress.\r\n");
        a.ask(operator, "FAILOVER", "ABORT");
        assertThat(a.ask(a.connect(), "PSYNC", "?", "-1", "FAILOVER"))
                .isEqualTo("-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
        assertThat(b.ask(b.connect(), "PSYNC", "x", "1", "FAILOVER"))
                .isEqualTo("-ERR PSYNC FAILOVER replid must match my replid.\r\n");
    }

    @Test
    void withoutReplicasThereIsNobodyToGiveItTo() {
        Node alone = new Node(3);
        assertThat(alone.ask(alone.connect(), "FAILOVER"))
                .isEqualTo("-ERR FAILOVER requires connected replicas.\r\n");
        alone.close();
    }
}
