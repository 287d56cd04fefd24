package io.carnelian.integration;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server as a process of its own, on a free port, in a temporary directory, stopped by its pid.
 *
 * <p>{@link #subject} is the server under test: Carnelian from the jars that the build has just
 * made, with a small heap, assertions and checked memory.
 *
 * <pre>
 *   -Dcarnelian.it.subject=redis-server        the stock server instead, which tests the test
 *   -Dcarnelian.it.options="--io-threads 3"    options added to the server under test
 * </pre>
 */
public final class ServerProcess implements AutoCloseable {
    private static final String SUBJECT = System.getProperty("carnelian.it.subject", "carnelian");
    private static final String SUBJECT_OPTIONS = System.getProperty("carnelian.it.options", "");
    private static final String CARNELIAN_JAVA_OPTS =
            "-ea -Xms96m -Xmx96m -Dcarnelian.memory.checked=true"
                    + " -Dio.netty.buffer.checkBounds=true"
                    + " -Dio.netty.buffer.checkAccessible=true"
                    + " -Dio.netty.leakDetection.level=paranoid";
    private static final long START_TIMEOUT_MS = 30_000;
    private static final long STOP_TIMEOUT_MS = 15_000;
    private static final int POLL_MS = 10;
    private static final int LOG_TAIL_LINES = 40;

    private final String name;
    private final List<String> commandLine;
    private final Path directory;
    private final int port;
    private Process process;

    /**
     * @param options of the command line; a file's name may come first
     */
    private ServerProcess(String name, List<String> command, List<String> options)
            throws IOException, InterruptedException {
        this.name = name;
        this.port = freePort();
        this.directory = Files.createTempDirectory("carnelian-it-");
        commandLine = new ArrayList<>(command);
        boolean withFile = !options.isEmpty() && !options.getFirst().startsWith("--");
        commandLine.addAll(withFile ? options.subList(0, 1) : List.of());
        commandLine.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        commandLine.addAll(List.of("--save", "", "--dir", directory.toString()));
        commandLine.addAll(withFile ? options.subList(1, options.size()) : options);
        process = launch();
        awaitPong();
    }

    /** Starts the server under test. */
    public static ServerProcess subject(String... options)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(options));
        if (!SUBJECT_OPTIONS.isBlank()) {
            all.addAll(List.of(SUBJECT_OPTIONS.trim().split("\\s+")));
        }
        if (SUBJECT.equals("redis-server")) {
            return new ServerProcess("redis-server", List.of("redis-server"), all);
        }
        String launcher = launcher("carnelian-server").toString();
        return new ServerProcess("carnelian", List.of(launcher), all);
    }

    /** A program of this source tree. */
    public static Path launcher(String program) {
        return projectRoot().resolve("bin").resolve(program);
    }

    /** Starts the server under test as a daemon: the process of this object ends soon. */
    public static ServerProcess daemon(String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--daemonize", "yes"));
        all.addAll(List.of(options));
        return subject(all.toArray(new String[0]));
    }

    /** Starts the stock server of the machine. */
    public static ServerProcess redis(String... options) throws IOException, InterruptedException {
        return new ServerProcess("redis-server", List.of("redis-server"), List.of(options));
    }

    public String name() {
        return name;
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public Path directory() {
        return directory;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public RespConnection connect() throws IOException {
        return RespConnection.open(port);
    }

    /** Ends the process as a crash does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Starts it again after its end, on the same port and directory. */
    public void restart() throws IOException, InterruptedException {
        process = launch();
        awaitPong();
    }

    /** Resident size now, in bytes; 0 where there is no /proc. */
    public long residentBytes() throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }

    /** All that the server wrote, standard error included. */
    public String log() throws IOException {
        return Files.readString(directory.resolve("log"), StandardCharsets.ISO_8859_1);
    }

    /** The last lines of it, for a failure's message. */
    public String logTail() throws IOException {
        List<String> lines = log().lines().toList();
        return name
                + " wrote at last:\n"
                + String.join(
                        "\n",
                        lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    }

    /** SIGTERM, then SIGKILL if that is not obeyed; removes the directory. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private Process launch() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(commandLine).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()));
        builder.environment().put("CARNELIAN_JAVA_OPTS", CARNELIAN_JAVA_OPTS);
        // The jars are those of this build: a test must not start another one.
        builder.environment().put("CARNELIAN_BUILD", "no");
        return builder.start();
    }

    private void awaitPong() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MS);
        boolean leaves = commandLine.contains("--daemonize");
        while ((leaves || process.isAlive()) && System.nanoTime() < deadlineNs) {
            try (RespConnection connection = connect()) {
                Reply reply = connection.call("PING");
                // A replica that still loads answers -LOADING: it is up all the same.
                if (reply.text().equals("PONG") || reply.isError()) {
                    return;
                }
            } catch (SocketException | EOFException notYet) {
                Thread.sleep(POLL_MS);
            }
        }
        process.destroyForcibly();
        throw new IOException(name + " did not start: " + commandLine + "\n" + logTail());
    }

    private static Path projectRoot() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(root.resolve("bin").resolve("carnelian-server"))) {
            Path parent = root.getParent();
            if (parent == null) {
                throw new IllegalStateException("no bin/carnelian-server above this directory");
            }
            root = parent;
        }
        return root;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
