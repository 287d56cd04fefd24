package io.carnelian.integration.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carnelian.integration.house.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A server in a container on a test's own network, ours or a stock redis-server, reached by its
 * alias. Commands go in through the stock redis-cli of a {@linkplain #stock stock} node, because
 * our image carries no client.
 */
final class Node implements AutoCloseable {
    static final int PORT = 6379;

    private static final String READY = ".*[Rr]eady to accept connections.*\\n";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final GenericContainer<?> container;
    private final String alias;

    private Node(String image, Network network, String alias, String ready, String... command) {
        this.alias = alias;
        container =
                new GenericContainer<>(DockerImageName.parse(image))
                        .withImagePullPolicy(name -> false)
                        .withNetwork(network)
                        .withNetworkAliases(alias)
                        .withExposedPorts(PORT)
                        .withCommand(command)
                        .waitingFor(Wait.forLogMessage(ready, 1).withStartupTimeout(START_TIMEOUT));
        container.start();
    }

    /** Our server, with options after those of the image. */
    static Node carnelian(Network network, String alias, String... options) {
        Images.make();
        String[] fixed = {"--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/data"};
        return new Node("carnelian:local", network, alias, READY, concat(fixed, options));
    }

    /** A stock redis-server. */
    static Node stock(Network network, String alias, String... options) {
        Images.make();
        String[] fixed = {
            "redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/data"
        };
        return new Node("redis-stock:local", network, alias, READY, concat(fixed, options));
    }

    /** Runs redis-cli in this (stock) container against another node. */
    String cli(Node target, String... command) {
        String[] fixed = {"redis-cli", "-h", target.alias, "-p", Integer.toString(PORT)};
        return exec(concat(fixed, command));
    }

    /** Runs a program in this container and returns what it printed, without the last line end. */
    String exec(String... command) {
        try {
            ExecResult result = container.execInContainer(command);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(
                        String.join(" ", command) + ": " + result.getStdout() + result.getStderr());
            }
            return result.getStdout().stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + String.join(" ", command), e);
        }
    }

    /** The name under which other nodes of the network reach this one. */
    String alias() {
        return alias;
    }

    /** The port on this machine; it changes when the container is restarted or reconnected. */
    int mappedPort() {
        return container.getMappedPort(PORT);
    }

    /** What the server printed so far. */
    String log() {
        return container.getLogs();
    }

    @Override
    public void close() {
        container.close();
    }

    private static String[] concat(String[] first, String[] second) {
        String[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** The images of this machine, brought up to date once a run. */
    private static final class Images {
        private static boolean made;

        private Images() {}

        static synchronized void make() {
            if (made) {
                return;
            }
            Path script = SourceTree.folder().resolve("bin").resolve("container-base");
            try {
                Process process =
                        new ProcessBuilder(script.toString()).redirectErrorStream(true).start();
                String said = new String(process.getInputStream().readAllBytes(), UTF_8);
                if (process.waitFor() != 0) {
                    throw new IllegalStateException(said);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while making images", e);
            }
            made = true;
        }
    }
}
