package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.relay.Network;
import io.carnelian.ops.relay.Network.Party;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server, or a Sentinel, as a process of its own: on one port and in one folder for all its
 * lives. Stopped by its pid only.
 *
 * <p>Where links are to fail, a node is behind a relay, whose port it announces as its own: nodes,
 * Sentinels and clients know that one only. The drill itself looks at nodes past the relays.
 */
final class DrillNode implements AutoCloseable {
    private static final long START_TIMEOUT_MS = 30_000;
    private static final long STOP_TIMEOUT_MS = 20_000;
    private static final int READ_TIMEOUT_MS = 5_000;
    private static final int POLL_MS = 20;

    private final String name;
    private final int ownPort;
    private final @Nullable Party party;
    private final Path directory;
    private final List<String> command;
    private Process process;
    private int lives;

    /**
     * What all servers have in common.
     *
     * @param program with its leading arguments; it must become the server by exec
     * @param options more of them
     * @param directives lines of the configuration file
     * @param network of relays, or null if nodes reach one another without
     */
    record Plan(
            List<String> program,
            List<String> options,
            List<String> directives,
            @Nullable Network network) {}

    private DrillNode(
            String name, int port, @Nullable Party party, Path directory, List<String> command)
            throws IOException {
        this.name = name;
        this.ownPort = port;
        this.party = party;
        this.directory = directory;
        this.command = command;
        this.process = launch();
    }

    /** Starts a server. */
    static DrillNode server(String name, Path folder, Plan plan)
            throws IOException, InterruptedException {
        int port = freePort();
        Party party = plan.network() == null ? null : plan.network().join(port);
        Path directory = Files.createDirectories(folder.resolve(name));
        // A file, so that CONFIG REWRITE can keep a role over a restart.
        Path file = directory.resolve("node.conf");
        List<String> lines = new ArrayList<>();
        lines.add("port " + port);
        lines.add("bind 127.0.0.1");
        lines.add("dir " + directory);
        lines.add("save \"\"");
        lines.add("enable-debug-command yes");
        if (party != null) {
            lines.add("bind-source-addr " + party.address());
            lines.add("replica-announce-ip 127.0.0.1");
            lines.add("replica-announce-port " + party.port());
        }
        lines.addAll(plan.directives());
        Files.write(file, lines);
        List<String> line = new ArrayList<>(plan.program());
        line.add(file.toString());
        line.addAll(plan.options());
        DrillNode node = new DrillNode(name, port, party, directory, line);
        node.awaitPong();
        return node;
    }

    /** Starts a Sentinel with this configuration behind its port and folder. */
    static DrillNode sentinel(String name, Path folder, String configuration)
            throws IOException, InterruptedException {
        int port = freePort();
        Path directory = Files.createDirectories(folder.resolve(name));
        Path file = directory.resolve("sentinel.conf");
        Files.writeString(
                file, "port " + port + "\nbind 127.0.0.1\ndir " + directory + "\n" + configuration);
        List<String> line = List.of("redis-sentinel", file.toString());
        DrillNode node = new DrillNode(name, port, null, directory, line);
        node.awaitPong();
        return node;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process launch() throws IOException {
        lives++;
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()));
        builder.environment().put("CARNELIAN_BUILD", "no");
        Process started = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        return started;
    }

    private void awaitPong() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MS);
        while (System.nanoTime() < deadlineNs) {
            if (!process.isAlive()) {
                throw new IOException(name + " ended at its start; see " + directory + "/log");
            }
            if (answers(READ_TIMEOUT_MS)) {
                return;
            }
            Thread.sleep(POLL_MS);
        }
        throw new IOException(name + " did not answer in time; see " + directory + "/log");
    }

    String name() {
        return name;
    }

    /** Where others reach it. */
    int port() {
        return party == null ? ownPort : party.port();
    }

    /** Where it listens itself: who knows that passes by its relay. */
    int ownPort() {
        return ownPort;
    }

    /** What it is to the network of relays. */
    Party party() {
        if (party == null) {
            throw new IllegalStateException(name + " is not behind a relay");
        }
        return party;
    }

    /** How often it was started; counters of INFO begin anew with each. */
    int lives() {
        return lives;
    }

    RespLink connect() throws IOException {
        return new RespLink(ownPort, READ_TIMEOUT_MS);
    }

    private boolean answers(int timeoutMs) {
        return answers(ownPort, timeoutMs);
    }

    /** Whether it says anything to a PING of somebody elsewhere within a time. */
    boolean isReachable(int timeoutMs) {
        return answers(port(), timeoutMs);
    }

    private static boolean answers(int port, int timeoutMs) {
        try (RespLink link = new RespLink(port, timeoutMs)) {
            var _ = link.call("PING");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** One section of INFO; empty if it does not answer. */
    Map<String, String> info(String section) {
        try (RespLink link = connect()) {
            return link.info(section);
        } catch (IOException e) {
            return Map.of();
        }
    }

    /** A number of its INFO replication, or -1 if it tells none. */
    long offset(String field) {
        return Long.parseLong(info("replication").getOrDefault(field, "-1"));
    }

    /** Whether it says that it is a replica. */
    boolean isReplica() {
        return info("replication").getOrDefault("role", "").equals("slave");
    }

    /** Makes it follow somebody, over its restarts too. */
    void follow(int primaryPort) throws IOException {
        try (RespLink link = connect()) {
            var _ = link.require("REPLICAOF", "127.0.0.1", Integer.toString(primaryPort));
            var _ = link.require("CONFIG", "REWRITE");
        }
    }

    /** Changes a parameter, and tells what it was. */
    String set(String parameter, String value) throws IOException {
        try (RespLink link = connect()) {
            Object before = link.require("CONFIG", "GET", parameter);
            var _ = link.require("CONFIG", "SET", parameter, value);
            return before instanceof List<?> pair && pair.size() == 2
                    ? String.valueOf(pair.get(1))
                    : "";
        }
    }

    /** What it is, it shall be after a restart. */
    void remember() throws IOException {
        try (RespLink link = connect()) {
            var _ = link.require("CONFIG", "REWRITE");
        }
    }

    /** Makes it a primary, over its restarts too. */
    void promote() throws IOException {
        try (RespLink link = connect()) {
            var _ = link.require("REPLICAOF", "NO", "ONE");
            var _ = link.require("CONFIG", "REWRITE");
        }
    }

    /** Ends it as a crash does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void freeze() throws IOException, InterruptedException {
        signal("-STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("-CONT");
    }

    /** Ends it in order: SIGTERM. */
    void stop() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
            throw new IOException(name + " does not end; see " + directory + "/log");
        }
    }

    /** Starts it again, as it was started first. */
    void start() throws IOException, InterruptedException {
        process = launch();
        awaitPong();
    }

    private void signal(String which) throws IOException, InterruptedException {
        String pid = Long.toString(process.pid());
        if (new ProcessBuilder("kill", which, pid).start().waitFor() != 0) {
            throw new IOException("kill " + which + " of " + name + " failed");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
