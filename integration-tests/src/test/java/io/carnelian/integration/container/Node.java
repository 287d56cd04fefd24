package io.carnelian.integration.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.Volume;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.ExecConfig;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * A program in a container: our server, a stock redis-server or redis-sentinel. Its clients reach
 * it by a port of this machine, other nodes by its name on the {@link Mesh}. The root file system
 * is read-only.
 *
 * <p>A disk is the container's volume: it outlives {@link #kill} and {@link #stop}, and goes with
 * {@link #close}.
 */
final class Node implements AutoCloseable {
    static final int PORT = 6379;

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final int STOP_TIMEOUT_S = 20;
    private static final int LOG_TAIL_LINES = 40;

    private final DockerClient docker = DockerClientFactory.lazyClient();
    private final Mesh mesh;
    private final String name;
    private final String address;
    private final String image;
    private final List<String> command;
    private final boolean ours;
    private Box box;
    private boolean frozen;
    private boolean isolated;

    Node(Mesh mesh, String name, String address, String image, List<String> command) {
        this.mesh = mesh;
        this.name = name;
        this.address = address;
        this.image = image;
        this.command = List.copyOf(command);
        this.ours = image.startsWith("carnelian");
        this.box = new Box();
    }

    /** Joins the mesh between its making and its start. */
    private final class Box extends GenericContainer<Box> {
        Box() {
            super(DockerImageName.parse(image));
            withImagePullPolicy(ignored -> false);
            withExposedPorts(PORT);
            withCommand(command.toArray(String[]::new));
            withLabels(Engine.labels());
            waitingFor(new Pong());
            withCreateContainerCmdModifier(this::complete);
        }

        private void complete(CreateContainerCmd create) {
            // Who enters as root may then close routes; the server itself is nobody special.
            HostConfig host =
                    Objects.requireNonNull(create.getHostConfig())
                            .withReadonlyRootfs(true)
                            .withCapAdd(Capability.NET_ADMIN);
            if (!ours) {
                // Our image has its volume and needs nothing else.
                host.withTmpFs(Map.of("/tmp", ""));
                create.withVolumes(new Volume("/data"));
            }
        }

        @Override
        protected void containerIsCreated(String containerId) {
            mesh.join(containerId, name, address);
        }
    }

    private final class Pong extends AbstractWaitStrategy {
        @Override
        protected void waitUntilReady() {
            awaitAnswer();
        }
    }

    /** Makes the container and waits until the program answers. */
    void start() {
        box.start();
    }

    String name() {
        return name;
    }

    /** On the mesh, as long as this node lives. */
    String address() {
        return address;
    }

    RespConnection connect() throws IOException {
        return RespConnection.open(mappedPort());
    }

    /** The port on this machine; another one after each start. */
    int mappedPort() throws IOException {
        Ports ports = inspect().getNetworkSettings().getPorts();
        Ports.Binding[] bindings = ports.getBindings().get(ExposedPort.tcp(PORT));
        if (bindings == null || bindings.length == 0) {
            throw new IOException(name + " has no port");
        }
        return Integer.parseInt(bindings[0].getHostPortSpec());
    }

    /** One command on a connection of its own. */
    Reply call(String... words) throws IOException {
        try (RespConnection connection = connect()) {
            return connection.call(words);
        }
    }

    /** A field of INFO; empty if it is missing. */
    String info(String section, String field) throws IOException {
        try (RespConnection connection = connect()) {
            return connection.info(section).getOrDefault(field, "");
        }
    }

    boolean isPrimary() throws IOException {
        return info("replication", "role").equals("master");
    }

    /** Follows another node, by its name. */
    void follow(Node primary) throws IOException {
        assertThat(call("REPLICAOF", primary.name, Integer.toString(PORT)).text()).startsWith("OK");
    }

    /** The same by its address, as sentinels say it. */
    void followAddress(Node primary) throws IOException {
        assertThat(call("REPLICAOF", primary.address, Integer.toString(PORT)).text())
                .startsWith("OK");
    }

    /** For the time after a primary's end. A living one might be ahead: see Topology.handOver. */
    void promote() throws IOException {
        assertThat(call("REPLICAOF", "NO", "ONE").text()).startsWith("OK");
    }

    /** Ends the program as a crash does. */
    void kill() {
        docker.killContainerCmd(id()).withSignal("KILL").exec();
        awaitEnd();
    }

    /** SIGTERM, and the time that it needs. */
    void stop() {
        docker.stopContainerCmd(id()).withTimeout(STOP_TIMEOUT_S).exec();
        awaitEnd();
    }

    /** After {@link #kill} or {@link #stop}: the same container with the same disk. */
    void startAgain() {
        docker.startContainerCmd(id()).exec();
        awaitAnswer();
    }

    /** The same program in a new container, with an empty disk. */
    void startEmpty() {
        box.close();
        box = new Box();
        box.start();
    }

    void freeze() {
        docker.pauseContainerCmd(id()).exec();
        frozen = true;
    }

    void thaw() {
        if (frozen) {
            docker.unpauseContainerCmd(id()).exec();
            frozen = false;
        }
    }

    /** Takes it off the mesh; clients still reach it. */
    void isolate() {
        mesh.leave(id());
        isolated = true;
    }

    void rejoin() {
        if (isolated) {
            mesh.join(id(), name, address);
            isolated = false;
        }
    }

    /** Nothing goes from here to there any more; what comes from there still arrives. */
    void cutTo(Node other) {
        execAs("0", "ip", "route", "add", "blackhole", other.address + "/32");
    }

    void healTo(Node other) {
        execAs("0", "ip", "route", "del", "blackhole", other.address + "/32");
    }

    /** Runs a program in the container, as the server's user; returns what it printed, stripped. */
    String exec(String... words) {
        return execAs("", words);
    }

    String execAs(String user, String... words) {
        try {
            ExecConfig.ExecConfigBuilder entering = ExecConfig.builder().command(words);
            ExecResult result =
                    box.execInContainer((user.isEmpty() ? entering : entering.user(user)).build());
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(
                        String.join(" ", words) + ": " + result.getStdout() + result.getStderr());
            }
            return result.getStdout().strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + String.join(" ", words), e);
        }
    }

    InspectContainerResponse inspect() {
        return docker.inspectContainerCmd(id()).exec();
    }

    /** This machine, as the container sees it beyond the mesh. */
    String bridgeGateway() {
        var networks = inspect().getNetworkSettings().getNetworks();
        return Objects.requireNonNull(Objects.requireNonNull(networks.get("bridge")).getGateway());
    }

    String log() {
        return box.getLogs();
    }

    /** The last lines, for a failure's message. */
    String logTail() {
        List<String> lines = log().lines().toList();
        List<String> last = lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size());
        return name + " wrote at last:\n" + String.join("\n", last);
    }

    @Override
    public void close() {
        thaw();
        box.close();
    }

    @Override
    public String toString() {
        return name;
    }

    private String id() {
        return Objects.requireNonNull(box.getContainerId());
    }

    private void awaitEnd() {
        await(name + " to end")
                .atMost(START_TIMEOUT)
                .until(() -> !Boolean.TRUE.equals(inspect().getState().getRunning()));
    }

    /** A replica that waits for its first data is up as well; one that still loads is not. */
    private void awaitAnswer() {
        await(name + " to answer")
                .atMost(START_TIMEOUT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    try {
                        Reply reply = call("PING");
                        return !reply.text().startsWith("LOADING");
                    } catch (IOException notYet) {
                        if (Boolean.FALSE.equals(inspect().getState().getRunning())) {
                            throw new IllegalStateException(logTail(), notYet);
                        }
                        return false;
                    }
                });
    }
}
