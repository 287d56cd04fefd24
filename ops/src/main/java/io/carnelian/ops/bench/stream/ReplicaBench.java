package io.carnelian.ops.bench.stream;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.ResultTable;
import io.carnelian.ops.bench.ServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-replicas}: what replicas cost a primary, beside the other server.
 *
 * <pre>
 *   full sync   two replicas at once: ours → ours, ours → other, other → other
 *   stream      pipelined SETs with 0, 1 and 2 replicas: ours, then the other
 * </pre>
 *
 * Ratios in the last columns are ours / other: the time, the waits and the cost of a replica are
 * better the smaller they are.
 */
@Command(
        name = "bench-replicas",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Attaches two replicas to a loaded primary at once and prints how long it takes, what",
            "clients at a fixed rate wait meanwhile and what memory it needs; then what each",
            "replica costs a primary that is written at full speed, and how far it is behind."
        },
        footer = {
            "",
            "Examples:",
            "  bin/bench-replicas",
            "  bin/bench-replicas --parts full-sync --keys 1000000 --rate 10000",
            "  bin/bench-replicas --parts stream --rounds 9 --requests 10000000"
        })
public final class ReplicaBench implements Callable<Integer> {
    private static final double GOAL = 0.5;
    private static final double MICROS = 1e3;
    private static final double MILLIS = 1e6;
    private static final double MEBI = 1 << 20;

    @Mixin private ServerOptions servers = new ServerOptions();

    @Option(
            names = "--parts",
            paramLabel = "NAMES",
            split = ",",
            description = "full-sync, stream (default: both).")
    private List<String> parts = List.of("full-sync", "stream");

    @Option(
            names = "--keys",
            paramLabel = "N",
            description = "Keys of the full sync, 16 bytes each (default: ${DEFAULT-VALUE}).")
    private long keys = 5_000_000;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description = "Bytes of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes = 32;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Requests/s meanwhile, every other one a SET (default: 5000).")
    private int rate = 5_000;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of the phase before the full sync (default: ${DEFAULT-VALUE}).")
    private int seconds = 30;

    @Option(
            names = "--stream-keys",
            paramLabel = "N",
            description = "Keys of the stream (default: ${DEFAULT-VALUE}).")
    private long streamKeys = 1_000_000;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "SETs of one run of the stream (default: ${DEFAULT-VALUE}).")
    private long requests = 3_000_000;

    @Option(
            names = "--pipeline",
            paramLabel = "N",
            description = "SETs a pipeline of 50 clients (default: ${DEFAULT-VALUE}).")
    private int pipeline = 16;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Runs with 0, 1, 2 replicas, after one thrown away (default: 5).")
    private int rounds = 5;

    @Option(
            names = "--server-cpus",
            paramLabel = "CPUS",
            description = "CPUs of the primary, '' for any (default: ${DEFAULT-VALUE}).")
    private String serverCpus = "0";

    @Option(
            names = "--client-cpus",
            paramLabel = "CPUS",
            description = "CPUs of redis-benchmark, '' for any (default: ${DEFAULT-VALUE}).")
    private String clientCpus = "1";

    @Option(
            names = "--replica-cpus",
            paramLabel = "CPUS",
            description = "CPUs of the replicas, as if elsewhere, '' for any (default: 1).")
    private String replicaCpus = "1";

    @Option(
            names = "--directory",
            paramLabel = "PATH",
            description = "Where the files go (default: the system's temporary folder).")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

    private record Pairing(BenchServer.Spec primary, BenchServer.Spec replica) {
        String name() {
            return primary.label() + " -> " + replica.label();
        }
    }

    /** Runs the tool; exit status 0, 1 for a failure, 2 for usage. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ReplicaBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(parent, "bench-replicas");
        if (parts.contains("full-sync")) {
            fullSync(directory);
        }
        if (parts.contains("stream")) {
            stream(directory);
        }
        Files.deleteIfExists(directory);
        return 0;
    }

    private void fullSync(Path directory) throws IOException, InterruptedException {
        FullSyncRun run = new FullSyncRun(new KeySet(keys, valueBytes), rate, seconds);
        BenchServer.Spec ours = servers.ours("");
        BenchServer.Spec other = servers.other("");
        List<Pairing> pairings =
                List.of(
                        new Pairing(ours, ours),
                        new Pairing(ours, other),
                        new Pairing(other, other));
        List<FullSyncRun.Figures> figures = new ArrayList<>();
        for (Pairing pairing : pairings) {
            out.println("full sync of " + keys + " keys to two replicas, " + pairing.name());
            figures.add(
                    run.run(
                            pairing.primary().on(serverCpus),
                            pairing.replica().on(replicaCpus),
                            directory));
        }
        out.println();
        printWaits(pairings, figures);
        out.println();
        printMemory(pairings, figures);
        out.println();
    }

    private void printWaits(List<Pairing> pairings, List<FullSyncRun.Figures> figures) {
        ResultTable table =
                new ResultTable(
                        "full sync",
                        "both up s",
                        "ratio",
                        "waits",
                        "p50 us",
                        "p99 us",
                        "p99.9 us",
                        "longest ms",
                        "p99.9 ratio",
                        "goal");
        FullSyncRun.Figures beside = figures.getLast();
        for (int i = 0; i < pairings.size(); i++) {
            FullSyncRun.Figures mine = figures.get(i);
            String name = pairings.get(i).name();
            table.row(waits(name + " before", "", "", mine.before(), "", ""));
            table.row(
                    waits(
                            name + " during",
                            number(mine.seconds()),
                            number(mine.seconds() / beside.seconds()),
                            mine.during(),
                            number(p999(mine.during()) / p999(beside.during())),
                            i == pairings.size() - 1 ? "" : "<= " + number(GOAL)));
        }
        table.print(out);
        for (int i = 0; i < pairings.size(); i++) {
            out.printf(
                    Locale.ROOT,
                    "%s: the client was woken late by %.2f ms at p99.9%n",
                    pairings.get(i).name(),
                    p999(figures.get(i).clientLateness()) / MILLIS);
        }
    }

    private static String[] waits(
            String name, String took, String ratio, Histogram waits, String tail, String goal) {
        return new String[] {
            name,
            took,
            ratio,
            Long.toString(waits.getTotalCount()),
            number(waits.getValueAtPercentile(50) / MICROS),
            number(waits.getValueAtPercentile(99) / MICROS),
            number(p999(waits) / MICROS),
            number(waits.getMaxValue() / MILLIS),
            tail,
            goal
        };
    }

    private static double p999(Histogram waits) {
        return waits.getValueAtPercentile(99.9);
    }

    private void printMemory(List<Pairing> pairings, List<FullSyncRun.Figures> figures) {
        ResultTable table =
                new ResultTable(
                        "primary, MiB",
                        "used before",
                        "most",
                        "resident before",
                        "most",
                        "child's copies",
                        "limbo",
                        "copied",
                        "stream",
                        "of replicas");
        for (int i = 0; i < pairings.size(); i++) {
            MemoryWatch.Figures memory = figures.get(i).memory();
            table.row(
                    pairings.get(i).name(),
                    mebi(memory.usedBefore()),
                    mebi(memory.peak("used_memory")),
                    mebi(memory.residentBefore()),
                    mebi(memory.residentPeak()),
                    mebi(memory.peak("current_cow_size")),
                    mebi(memory.peak("snapshot_limbo_bytes")),
                    mebi(memory.peak("snapshot_bytes_copied")),
                    mebi(memory.peak("mem_total_replication_buffers")),
                    mebi(memory.peak("mem_clients_slaves")));
        }
        table.print(out);
    }

    private void stream(Path directory) throws IOException, InterruptedException {
        ThroughputRun run =
                new ThroughputRun(
                        new ThroughputRun.Plan(
                                serverCpus,
                                clientCpus,
                                replicaCpus,
                                pipeline,
                                valueBytes,
                                requests,
                                rounds),
                        streamKeys);
        ResultTable table =
                new ResultTable(
                        "SET, pipeline " + pipeline,
                        "SET/s",
                        "command thread ns",
                        "per replica",
                        "goal",
                        "all threads ns",
                        "behind MiB",
                        "drained ms");
        for (BenchServer.Spec spec : List.of(servers.ours(""), servers.other(""))) {
            out.println("stream of " + spec.label() + " with 0, 1 and 2 replicas");
            List<ThroughputRun.Turn> turns = run.run(spec, spec, directory);
            for (int count = 0; count < turns.size(); count++) {
                ThroughputRun.Turn turn = turns.get(count);
                double cost = turn.commandThreadNs() / turns.getFirst().commandThreadNs() - 1;
                table.row(
                        spec.label() + ", replicas: " + count,
                        number(turn.setsPerSecond()),
                        number(turn.commandThreadNs()),
                        count == 0 ? "" : number(100 * cost / count) + " %",
                        count == 0 ? "" : "<= 5 %",
                        number(turn.allThreadsNs()),
                        count == 0 ? "" : number(turn.lagBytes() / MEBI),
                        count == 0 ? "" : number(turn.drainMs()));
            }
        }
        out.println();
        table.print(out);
    }

    private static String mebi(long bytes) {
        return number(bytes / MEBI);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 1000 ? "%.0f" : "%.2f", value);
    }
}
