package io.carnelian.integration.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;

/** A run that is killed leaves nothing behind, and none touches what belongs to a living one. */
@RequiresDocker
class CleanupIT {
    /** No Linux gives such a number. */
    private static final int NO_PROCESS = 1 << 23;

    private final DockerClient docker = DockerClientFactory.lazyClient();

    @Test
    void aKilledRunIsTidiedUpAfter(@TempDir Path folder) throws Exception {
        Engine.prepare();
        Path ready = folder.resolve("ready");
        Path said = folder.resolve("log");
        Process run =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                KilledRun.class.getName(),
                                ready.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        String owner;
        List<String> volumes;
        try {
            await("a topology")
                    .atMost(Topology.PATIENCE.multipliedBy(2))
                    .until(() -> {
                        assertThat(run.isAlive()).as(Files.readString(said, UTF_8)).isTrue();
                        return Files.exists(ready);
                    });
            owner = Files.readString(ready, UTF_8);
            assertThat(containers(owner)).hasSize(2);
            assertThat(networks(owner)).hasSize(1);
            volumes = containers(owner).stream().map(this::volume).toList();
        } finally {
            run.destroyForcibly().waitFor();
        }
        await("an end of what it left")
                .atMost(Topology.PATIENCE)
                .until(() -> containers(owner).isEmpty() && networks(owner).isEmpty());
        assertThat(
                        Objects.requireNonNullElse(
                                docker.listVolumesCmd().exec().getVolumes(), List.of()))
                .extracting(volume -> volume.getName())
                .doesNotContainAnyElementsOf(volumes);
    }

    /** As after a crash of the machine, which nobody survives to tidy up: the next run does. */
    @Test
    void theNextRunRemovesOnlyWhatIsOrphaned() {
        Engine.prepare();
        String mine = Engine.owner(ProcessHandle.current().pid());
        String host = mine.substring(0, mine.indexOf(':'));
        String orphan = host + ":" + NO_PROCESS + ":1";
        String younger = mine.substring(0, mine.lastIndexOf(':')) + ":1";
        String elsewhere = "elsewhere-" + orphan;
        String left = create(orphan);
        String reused = create(younger);
        String living = create(mine);
        String foreign = create(elsewhere);
        try {
            Engine.sweep();
            assertThat(containers(orphan)).isEmpty();
            assertThat(containers(younger)).isEmpty();
            assertThat(containers(mine)).extracting(Container::getId).contains(living);
            assertThat(containers(elsewhere)).extracting(Container::getId).containsOnly(foreign);
        } finally {
            for (String id : List.of(left, reused, living, foreign)) {
                if (docker.listContainersCmd().withShowAll(true).exec().stream()
                        .anyMatch(each -> each.getId().equals(id))) {
                    docker.removeContainerCmd(id).withForce(true).exec();
                }
            }
        }
    }

    private String create(String owner) {
        return docker.createContainerCmd("redis-stock:local")
                .withCmd("redis-server")
                .withLabels(Map.of(Engine.LABEL, owner))
                .exec()
                .getId();
    }

    private List<Container> containers(String owner) {
        return docker.listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of(Engine.LABEL, owner))
                .exec();
    }

    private List<Network> networks(String owner) {
        return docker.listNetworksCmd()
                .withFilter("label", List.of(Engine.LABEL + "=" + owner))
                .exec();
    }

    private String volume(Container container) {
        InspectContainerResponse inspected = docker.inspectContainerCmd(container.getId()).exec();
        return Objects.requireNonNull(inspected.getMounts()).getFirst().getName();
    }
}
