package io.carnelian.ops.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-connections}: many idle connections and some busy ones against two servers.
 *
 * <p>For each server in turn: resident size just after the start, and with the idle ones, each of
 * which has sent one PING, so that whatever a server keeps for a client that has talked is there.
 * (After a load it would not show: both have memory then that they do not give back.) Then, with
 * servers of their own, the throughput of busy ones by redis-benchmark, alone in alternating runs
 * and then beside the idle ones, with the CPU time an operation cost the server. Memory of the
 * kernel (about the same for both) is not counted. The idle connections go to one server at a time,
 * so {@code ulimit -n} need only be a few hundred above the number of all.
 */
@Command(
        name = "bench-connections",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Holds idle connections to Carnelian and redis-server; drives busy ones beside them.",
            "Prints memory a connection, throughput and server CPU time an operation."
        })
public final class ConnectionBench implements Callable<Integer> {

    /** Looking for a free port takes milliseconds when most of an address's 28,232 are taken. */
    private static final int A_LOOPBACK_ADDRESS = 10_000;

    private static final int SPARE_CLIENTS = 100;
    private static final int WARM_UP_REQUESTS = 200_000;
    private static final long SETTLE_MS = 3_000;

    @Mixin private ServerOptions servers = new ServerOptions();

    @Option(
            names = "--idle",
            paramLabel = "N",
            description = "Idle connections (default: ${DEFAULT-VALUE}).")
    private int idle = 10_000;

    @Option(
            names = "--busy",
            paramLabel = "N",
            description = "Busy connections (default: ${DEFAULT-VALUE}).")
    private int busy = 200;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Measured runs of each server (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "Requests a run (default: ${DEFAULT-VALUE}).")
    private long requests = 200_000;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

    /** What was measured of one server. */
    private static final class Figures {
        long emptyBytes;
        long withIdleBytes;
        final List<RedisBenchmark.Run> alone = new ArrayList<>();
        final List<RedisBenchmark.Run> besideIdle = new ArrayList<>();
    }

    /** Runs the tool; exit status 0, 1 for a failure, 2 for usage. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ConnectionBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("bench-connections");
        Path fresh = Files.createTempDirectory("bench-connections");
        Figures ours = new Figures();
        Figures other = new Figures();
        measureMemory(servers.ours("0"), fresh.resolve("ours"), ours);
        measureMemory(servers.other("0"), fresh.resolve("other"), other);
        try (BenchServer first = start(servers.ours("0"), directory.resolve("ours"));
                BenchServer second = start(servers.other("0"), directory.resolve("other"))) {
            for (BenchServer server : List.of(first, second)) {
                drive(server, WARM_UP_REQUESTS);
            }
            measureBusy(first, ours.alone, second, other.alone);
            measureIdle(first, ours);
            measureIdle(second, other);
        }
        Files.deleteIfExists(directory);
        Files.deleteIfExists(fresh);
        print(ours, other);
        return 0;
    }

    /** Both servers let in all that will come, from any address of the loopback. */
    private BenchServer start(BenchServer.Spec spec, Path directory)
            throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(spec.options());
        options.addAll(List.of("--maxclients", Integer.toString(idle + busy + SPARE_CLIENTS)));
        options.addAll(List.of("--protected-mode", "no"));
        return BenchServer.start(
                new BenchServer.Spec(
                        spec.label(), spec.command(), options, spec.environment(), spec.cpus()),
                directory);
    }

    private void measureMemory(BenchServer.Spec spec, Path directory, Figures figures)
            throws IOException, InterruptedException {
        try (BenchServer server = start(spec, directory)) {
            Thread.sleep(SETTLE_MS);
            figures.emptyBytes = server.residentBytes();
            whileHeld(
                    server,
                    () -> {
                        Thread.sleep(SETTLE_MS);
                        figures.withIdleBytes = server.residentBytes();
                    });
        }
    }

    private void measureIdle(BenchServer server, Figures figures)
            throws IOException, InterruptedException {
        whileHeld(
                server,
                () -> {
                    for (int round = 0; round < rounds; round++) {
                        figures.besideIdle.add(drive(server, requests));
                    }
                });
    }

    /** Something to be done while the idle connections are there. */
    private interface Measurement {
        void run() throws IOException, InterruptedException;
    }

    private void whileHeld(BenchServer server, Measurement measurement)
            throws IOException, InterruptedException {
        List<SocketChannel> held = new ArrayList<>();
        try {
            hold(server, held);
            measurement.run();
        } finally {
            for (SocketChannel channel : held) {
                channel.close();
            }
        }
    }

    /** Opens the idle connections; each has had one answer. */
    private void hold(BenchServer server, List<SocketChannel> held) throws IOException {
        ByteBuffer ping = ByteBuffer.wrap("PING\r\n".getBytes(StandardCharsets.US_ASCII));
        ByteBuffer pong = ByteBuffer.allocate(7);
        for (int i = 0; i < idle; i++) {
            SocketChannel channel = SocketChannel.open();
            held.add(channel);
            // Closed with a reset: waiting for a minute after its end, as TCP has it otherwise, the
            // port of each would be missing when the next server is held as many.
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            // One source address has too few ports for very many connections.
            byte[] from = {127, 0, 0, (byte) (2 + i / A_LOOPBACK_ADDRESS)};
            channel.bind(new InetSocketAddress(InetAddress.getByAddress(from), 0));
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            channel.write(ping.rewind());
            pong.clear();
            while (pong.hasRemaining()) {
                if (channel.read(pong) < 0) {
                    throw new IOException(
                            server.label() + " closed idle connection " + i + ": ulimit -n?");
                }
            }
            String reply = StandardCharsets.US_ASCII.decode(pong.flip()).toString();
            if (!reply.equals("+PONG\r\n")) {
                throw new IOException(server.label() + " refuses idle connections: " + reply);
            }
        }
    }

    private void measureBusy(
            BenchServer ours,
            List<RedisBenchmark.Run> ofOurs,
            BenchServer other,
            List<RedisBenchmark.Run> ofOther)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            ofOurs.add(drive(ours, requests));
            ofOther.add(drive(other, requests));
        }
    }

    private RedisBenchmark.Run drive(BenchServer server, long count)
            throws IOException, InterruptedException {
        RedisBenchmark benchmark = new RedisBenchmark("1", busy, 100_000);
        return benchmark.run(server, new RedisBenchmark.Cell("SET", 1, 64), count);
    }

    private void print(Figures ours, Figures other) {
        out.printf("%d idle connections, %d busy ones (SET of 64 bytes)%n%n", idle, busy);
        ResultTable table = new ResultTable("", "ours", "other", "ratio");
        double mine = (double) (ours.withIdleBytes - ours.emptyBytes) / idle;
        double theirs = (double) (other.withIdleBytes - other.emptyBytes) / idle;
        row(table, "bytes an idle connection", mine, theirs, theirs / mine);
        rows(table, "busy alone", ours.alone, other.alone);
        rows(table, "busy beside idle", ours.besideIdle, other.besideIdle);
        table.print(out);
    }

    private static void rows(
            ResultTable table,
            String what,
            List<RedisBenchmark.Run> ours,
            List<RedisBenchmark.Run> other) {
        double mine = median(ours, RedisBenchmark.Run::requestsPerSecond);
        double theirs = median(other, RedisBenchmark.Run::requestsPerSecond);
        row(table, what + ": requests/s", mine, theirs, mine / theirs);
        double myCpu = median(ours, RedisBenchmark.Run::cpuNsPerRequest);
        double theirCpu = median(other, RedisBenchmark.Run::cpuNsPerRequest);
        row(table, what + ": CPU ns/request", myCpu, theirCpu, theirCpu / myCpu);
    }

    private static double median(
            List<RedisBenchmark.Run> runs, ToDoubleFunction<RedisBenchmark.Run> figure) {
        return ResultTable.median(runs.stream().mapToDouble(figure).toArray());
    }

    private static void row(ResultTable table, String what, double ours, double other, double r) {
        table.row(
                what,
                String.format(Locale.ROOT, "%,.0f", ours),
                String.format(Locale.ROOT, "%,.0f", other),
                String.format(Locale.ROOT, "%.2f", r));
    }
}
