package io.carnelian.ops.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One server process under measurement: started on a free port with persistence off, optionally
 * pinned to a set of CPUs, and stopped by its pid. The command given must exec the server, so that
 * the pid is the server's ({@code taskset} and {@code bin/carnelian-server} both do).
 *
 * <p>{@link #freeze} stops the process with SIGSTOP while another one is measured on the same core.
 * Both servers of a comparison can so stay up, loaded and warm, without the idle one's cron, JIT or
 * collector costing the other anything.
 */
public final class BenchServer implements AutoCloseable {
    private static final long START_TIMEOUT_MS = 30_000;
    private static final long STOP_TIMEOUT_MS = 20_000;
    private static final int READ_TIMEOUT_MS = 120_000;
    private static final int LOG_TAIL_LINES = 20;

    private final Spec spec;
    private final Process process;
    private final int port;
    private final Path directory;

    /**
     * What to start.
     *
     * @param label the name in the table
     * @param command the program and its leading arguments
     * @param options arguments put after the tool's own, so that they win
     * @param environment variables added to the tool's own environment
     * @param cpus a CPU list for {@code taskset -c}, or "" for any
     */
    public record Spec(
            String label,
            List<String> command,
            List<String> options,
            Map<String, String> environment,
            String cpus) {}

    private BenchServer(Spec spec, Process process, int port, Path directory) {
        this.spec = spec;
        this.process = process;
        this.port = port;
        this.directory = directory;
    }

    /** Starts the server in a directory of its own and waits for its first PONG. */
    public static BenchServer start(Spec spec, Path directory)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        int port = freePort();
        List<String> line = new ArrayList<>();
        if (!spec.cpus().isEmpty()) {
            line.addAll(List.of("taskset", "-c", spec.cpus()));
        }
        line.addAll(spec.command());
        line.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        line.addAll(List.of("--save", "", "--appendonly", "no", "--dir", directory.toString()));
        line.addAll(spec.options());
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.redirectOutput(directory.resolve("log").toFile());
        builder.environment().putAll(spec.environment());
        BenchServer server = new BenchServer(spec, builder.start(), port, directory);
        Runtime.getRuntime().addShutdownHook(new Thread(server.process::destroyForcibly));
        server.awaitPong();
        return server;
    }

    public String label() {
        return spec.label();
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public RespLink connect() throws IOException {
        return new RespLink(port, READ_TIMEOUT_MS);
    }

    public CpuSample cpu() throws IOException {
        return CpuSample.of(pid());
    }

    /** Resident size now, in bytes. */
    public long residentBytes() throws IOException {
        return statusBytes("VmRSS:");
    }

    /** The largest resident size so far, in bytes. */
    public long peakResidentBytes() throws IOException {
        return statusBytes("VmHWM:");
    }

    /** Empties the server and loads a key set into it. */
    public void refill(KeySet keys) throws IOException {
        try (RespLink link = connect()) {
            link.require("FLUSHALL");
        }
        keys.loadInto(port);
        try (RespLink link = connect()) {
            Object size = link.require("DBSIZE");
            if (!size.equals(keys.count())) {
                throw new IOException(label() + " holds " + size + " keys after loading");
            }
        }
    }

    public void freeze() throws IOException, InterruptedException {
        signal("-STOP");
    }

    public void thaw() throws IOException, InterruptedException {
        signal("-CONT");
    }

    /**
     * Stops the server by its pid, with SIGTERM, and SIGKILL if that is not obeyed in time. Then
     * its directory goes too: a snapshot of ten million keys is most of a gigabyte.
     */
    @Override
    public void close() throws IOException {
        try {
            if (process.isAlive()) {
                thaw();
            }
            process.destroy();
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

    private void awaitPong() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MS);
        while (System.nanoTime() < deadlineNs) {
            if (!process.isAlive()) {
                throw new IOException(label() + " ended at its start:\n" + logTail());
            }
            try (RespLink link = new RespLink(port, 1_000)) {
                if (link.call("PING").equals("PONG")) {
                    return;
                }
            } catch (ConnectException | SocketTimeoutException notYet) {
                Thread.sleep(20);
            }
        }
        process.destroyForcibly();
        throw new IOException(label() + " did not answer PING in time:\n" + logTail());
    }

    private String logTail() throws IOException {
        List<String> lines =
                Files.readString(directory.resolve("log"), StandardCharsets.ISO_8859_1)
                        .lines()
                        .toList();
        return String.join(
                "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    }

    private long statusBytes(String field) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid()), "status");
        for (String line : Files.readAllLines(status, StandardCharsets.US_ASCII)) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IOException("no " + field + " in " + status);
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", name, Long.toString(pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill " + name + " of " + label() + " failed");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
