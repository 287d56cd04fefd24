package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.Network;

/** Our server as the primary of a stock redis-server, each in a container. */
@RequiresDocker
class StockReplicaIT {
    private static final int KEYS = 1000;
    private static final Duration ARRIVAL = Duration.ofSeconds(30);

    @Test
    void answersFromItsContainer() {
        try (Network network = Network.newNetwork();
                Node stock = Node.stock(network, "stock");
                Node ours = Node.carnelian(network, "ours")) {
            assertThat(stock.cli(ours, "PING")).isEqualTo("PONG");
            assertThat(ours.exec("cat", "/proc/1/comm")).isEqualTo("java");
        }
    }

    /**
     * Half of the keys are there before the replica: they come by the full sync, the rest by the
     * stream.
     */
    @Test
    void aStockReplicaReceivesAThousandKeys() {
        try (Network network = Network.newNetwork();
                Node ours = Node.carnelian(network, "ours");
                Node client = Node.stock(network, "client")) {
            set(client, ours, 0, KEYS / 2);
            try (Node replica =
                    Node.stock(
                            network,
                            "replica",
                            "--replicaof",
                            "ours",
                            Integer.toString(Node.PORT))) {
                await().atMost(ARRIVAL)
                        .untilAsserted(() ->
                                assertThat(client.cli(replica, "INFO", "replication"))
                                        .contains("master_link_status:up"));
                set(client, ours, KEYS / 2, KEYS);
                await().atMost(ARRIVAL)
                        .untilAsserted(() ->
                                assertThat(client.cli(replica, "DBSIZE"))
                                        .isEqualTo(Integer.toString(KEYS)));
                for (int i : new int[] {0, KEYS / 2 - 1, KEYS / 2, KEYS - 1}) {
                    assertThat(client.cli(replica, "GET", "key:" + i)).isEqualTo("value-" + i);
                }
            }
        }
    }

    private static void set(Node client, Node target, int from, int to) {
        String loop =
                "i="
                        + from
                        + "; while [ $i -lt "
                        + to
                        + " ]; do echo SET key:$i value-$i; i=$((i+1)); done";
        String cli = " | redis-cli -h " + target.alias() + " -p " + Node.PORT;
        String answers = client.exec("sh", "-c", loop + cli);
        assertThat(answers.lines()).hasSize(to - from).containsOnly("OK");
    }
}
