package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.Network;

/** The plumbing of every container test: images, a network, aliases, a client. */
@RequiresDocker
class TwoContainersIT {
    @Test
    void oneNodeReachesAnotherByItsAlias() {
        try (Network network = Network.newNetwork();
                Node one = Node.stock(network, "one");
                Node two = Node.stock(network, "two")) {
            assertThat(one.cli(two, "PING")).isEqualTo("PONG");
            assertThat(two.cli(one, "PING")).isEqualTo("PONG");
        }
    }
}
