package io.carnelian.server.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClusterCommandsTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    /** What redis-server 7.0.15 answers without cluster-enabled. */
    @Test
    void sayThatThereIsNoCluster() {
        for (List<String> command :
                List.of(
                        List.of("CLUSTER", "INFO"),
                        List.of("CLUSTER", "HELP"),
                        List.of("cluster", "keyslot", "k"),
                        List.of("CLUSTER", "SETSLOT", "1", "STABLE"),
                        List.of("READONLY"),
                        List.of("READWRITE"),
                        List.of("ASKING"))) {
            assertThat(server.run(command.toArray(String[]::new)))
                    .isEqualTo("-ERR This instance has cluster support disabled|");
        }
    }

    @Test
    void checkTheirArgumentsFirst() {
        assertThat(server.run("CLUSTER"))
                .isEqualTo("-ERR wrong number of arguments for 'cluster' command|");
        assertThat(server.run("CLUSTER", "FOO"))
                .isEqualTo("-ERR unknown subcommand 'FOO'. Try CLUSTER HELP.|");
        assertThat(server.run("CLUSTER", "NODES", "x"))
                .isEqualTo("-ERR wrong number of arguments for 'cluster|nodes' command|");
        assertThat(server.run("READONLY", "x"))
                .isEqualTo("-ERR wrong number of arguments for 'readonly' command|");
    }
}
