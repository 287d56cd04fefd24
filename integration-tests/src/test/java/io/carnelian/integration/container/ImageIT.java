package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the image promises by itself, whatever runs around it. */
@RequiresDocker
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageIT {
    private static final Logger LOG = LoggerFactory.getLogger(ImageIT.class);
    private static final String CACHE = "/opt/carnelian/carnelian.aot";

    private final Topology topology = new Topology();
    private final Node node = topology.carnelian("node");

    @BeforeAll
    void start() {
        topology.start(node);
        Instant started = Instant.parse(node.inspect().getState().getStartedAt());
        LOG.info(
                "answers {} ms after its start",
                Duration.between(started, Instant.now()).toMillis());
    }

    @AfterAll
    void end() {
        topology.close();
    }

    /** Mapped, and not only there: a cache that does not fit is let go again. */
    @Test
    void theServerStartsFromItsCache() {
        assertThat(node.exec("cat", "/proc/1/maps")).contains(CACHE);
    }

    @Test
    void theServerIsNobodySpecial() {
        assertThat(node.exec("id", "-u")).isEqualTo("999");
        assertThat(node.exec("sed", "-n", "s/^[UG]id:\\t//p", "/proc/1/status").split("\\s+"))
                .containsOnly("999");
        assertThat(node.exec("sed", "-n", "s/^CapEff:\\t//p", "/proc/1/status")).matches("0+");
    }

    /** The root is read-only, the volume is not, and what is there survives the container's end. */
    @Test
    void theDataIsOnItsVolume() throws IOException {
        assertThat(node.inspect().getHostConfig().getReadonlyRootfs()).isTrue();
        assertThat(node.execAs("0", "sh", "-c", "touch /x 2>&1 || :")).contains("Read-only");
        assertThat(node.exec("stat", "-c", "%u:%g", "/data")).isEqualTo("999:999");
        node.call("SET", "kept", "1");
        node.stop();
        assertThat(node.inspect().getState().getExitCodeLong()).isZero();
        assertThat(node.log()).contains("Received SIGTERM scheduling shutdown", "DB saved on disk");
        node.startAgain();
        assertThat(node.call("GET", "kept").text()).isEqualTo("1");
        node.call("SET", "saved", "1");
        assertThat(node.call("SAVE").text()).isEqualTo("OK");
        node.kill();
        node.startAgain();
        try (RespConnection connection = node.connect()) {
            assertThat(connection.call("GET", "kept").text()).isEqualTo("1");
            assertThat(connection.call("GET", "saved").text()).isEqualTo("1");
        }
    }

    @Test
    void theEngineFindsItHealthy() {
        await("healthy")
                .atMost(Topology.PATIENCE)
                .until(() -> node.inspect().getState().getHealth().getStatus().equals("healthy"));
        assertThat(node.exec("/opt/carnelian/bin/carnelian-healthcheck")).isEmpty();
        assertThat(node.exec("sh", "-c", "/opt/carnelian/bin/carnelian-healthcheck 1; echo $?"))
                .contains("no answer at port 1")
                .endsWith("1");
    }
}
