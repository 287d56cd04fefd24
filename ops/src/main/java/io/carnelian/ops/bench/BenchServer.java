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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final long LOG_TIMEOUT_MS = 10_000;
    private static final int READ_TIMEOUT_MS = 120_000;
    private static final int LOG_TAIL_LINES = 20;
    private static final int POLL_MS = 20;
    private static final long LARGE_JOURNAL_BYTES = 1L << 30;

    private final Spec spec;
    private final Process process;
    private final int port;
    private final Path directory;
    private final List<BenchServer> replicas = new ArrayList<>();

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
            String cpus) {

        /** The same with more options, which those that the user gave win over. */
        public Spec with(List<String> more) {
            List<String> all = new ArrayList<>(more);
            all.addAll(options);
            return new Spec(label, command, all, environment, cpus);
        }

        /** The same on other CPUs. */
        public Spec on(String otherCpus) {
            return new Spec(label, command, options, environment, otherCpus);
        }
    }

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

    /** Lets {@link #peakResidentBytes} count from now on. */
    public void forgetPeakResident() throws IOException {
        // proc(5): writing 5 resets VmHWM to the current resident size.
        Files.writeString(Path.of("/proc", Long.toString(pid()), "clear_refs"), "5");
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

    /** Makes another server follow this one, and waits until it does; it ends with this one. */
    public void attach(BenchServer replica) throws IOException, InterruptedException {
        replicas.add(replica);
        replica.follow(this);
        try (RespLink link = replica.connect()) {
            while (!replica.isLinkUp(link)) {
                Thread.sleep(POLL_MS);
            }
        }
    }

    /** Orders this server to follow another one; does not wait. */
    public void follow(BenchServer primary) throws IOException {
        try (RespLink link = connect()) {
            link.require("REPLICAOF", "127.0.0.1", Integer.toString(primary.port()));
        }
    }

    /** Whether this replica has loaded its primary's data set and follows; asked over a link. */
    public boolean isLinkUp(RespLink link) throws IOException {
        if (!process.isAlive()) {
            throw new IOException(label() + " has ended:\n" + logTail());
        }
        return "up".equals(link.info("replication").get("master_link_status"));
    }

    /** Waits until the replicas that were attached have taken the whole stream of this moment. */
    public void awaitReplicas() throws IOException, InterruptedException {
        if (replicas.isEmpty()) {
            return;
        }
        long offset = 0;
        try (RespLink link = connect()) {
            offset = link.infoLong("replication", "master_repl_offset");
        }
        for (BenchServer replica : replicas) {
            try (RespLink link = replica.connect()) {
                while (link.infoLong("replication", "slave_repl_offset") < offset) {
                    Thread.sleep(POLL_MS);
                }
            }
        }
    }

    /**
     * Rewrites the append-only file if it has grown a great deal: between two runs, where it costs
     * neither; for the automatic rewrite might fall into one of them.
     */
    public void shortenJournal() throws IOException, InterruptedException {
        try (RespLink link = connect()) {
            Map<String, String> fields = link.info("persistence");
            long size = Long.parseLong(fields.getOrDefault("aof_current_size", "0"));
            if (size > LARGE_JOURNAL_BYTES) {
                link.require("BGREWRITEAOF");
                while (!link.info("persistence")
                        .getOrDefault("aof_rewrite_in_progress", "0")
                        .equals("0")) {
                    Thread.sleep(POLL_MS);
                }
            }
        }
    }

    /** Stops this server and its replicas where they are, until {@link #thaw}. */
    public void freeze() throws IOException, InterruptedException {
        signal("-STOP");
        for (BenchServer replica : replicas) {
            replica.signal("-STOP");
        }
    }

    public void thaw() throws IOException, InterruptedException {
        for (BenchServer replica : replicas) {
            replica.signal("-CONT");
        }
        signal("-CONT");
    }

    /**
     * Stops the server by its pid, with SIGTERM, and SIGKILL if that is not obeyed in time. Then
     * its directory goes too: a snapshot of ten million keys is most of a gigabyte.
     */
    @Override
    public void close() throws IOException {
        for (BenchServer replica : replicas) {
            replica.close();
        }
        replicas.clear();
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
                // Asked again, as is one that is still loading: not at once, it needs the CPUs.
            }
            Thread.sleep(POLL_MS);
        }
        process.destroyForcibly();
        throw new IOException(label() + " did not answer PING in time:\n" + logTail());
    }

    /**
     * What a group of the pattern is where the log has it, which may need some time to come.
     *
     * @throws IOException if it does not
     */
    public String awaitLogged(Pattern what) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOG_TIMEOUT_MS);
        while (System.nanoTime() < deadlineNs) {
            Matcher found = what.matcher(log());
            if (found.find()) {
                return found.group(1);
            }
            Thread.sleep(POLL_MS);
        }
        throw new IOException(label() + " does not log " + what + ":\n" + logTail());
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("log"), StandardCharsets.ISO_8859_1);
    }

    private String logTail() throws IOException {
        List<String> lines = log().lines().toList();
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
