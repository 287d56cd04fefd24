package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.ResultTable;
import io.carnelian.ops.bench.ServerOptions;
import io.carnelian.ops.bench.stall.OverwriteLoad.Phase;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-stall}: what a client notices of a server that holds many keys. Each server in
 * turn is loaded with 16-byte keys, weighed, overwritten at random at full speed and snapshotted
 * meanwhile (see {@link StallRun} for the course of it); the table sets both beside the goals of
 * issue 2, "Must show" 3.
 *
 * <p>Reading the table: <i>batch</i> rows are the closed loop's view, <i>probe</i> rows that of a
 * connection that asks at a fixed rate, free of coordinated omission, so the longest stall is the
 * probe's. Two rows say how much of it is the machine's doing: how late the client's own thread was
 * woken at worst, and how long the server's busiest thread stood runnable without a CPU. On a
 * machine with as many busy threads as cores these reach milliseconds, whatever the server does.
 */
@Command(
        name = "bench-stall",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Loads many keys into Carnelian and redis-server in turn and reports bytes a key,",
            "then the stalls, pauses and snapshots that random overwrites at full speed notice."
        },
        footer = {
            "",
            "Examples:",
            "  bin/bench-stall",
            "  bin/bench-stall --keys 1000000 --seconds 20 --only-ours",
            "  bin/bench-stall --vs-self --ours-env CARNELIAN_JAVA_OPTS=-XX:+UseParallelGC"
        })
public final class StallBench implements Callable<Integer> {
    private static final double MICROS = 1e3;
    private static final double MILLIS = 1e6;
    private static final double MEBI = 1 << 20;
    private static final double BYTES_PER_KEY_GOAL = 0.65;
    private static final double RESIDENT_GOAL = 0.75;
    private static final double PAUSE_GOAL_MS = 5;
    private static final double CUT_GOAL_MS = 0.5;
    private static final double DURING_GOAL = 2;

    @Mixin private ServerOptions servers = new ServerOptions();
    @Mixin private KeyOptions keys = new KeyOptions();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of the overwriting, warm-up apart (default: ${DEFAULT-VALUE}).")
    private int seconds = 60;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Overwriting connections (default: ${DEFAULT-VALUE}).")
    private int connections = 4;

    @Option(
            names = "--pipeline",
            paramLabel = "N",
            description = "Overwrites a batch (default: ${DEFAULT-VALUE}).")
    private int pipeline = 16;

    @Option(
            names = "--probe-rate",
            paramLabel = "HZ",
            description = "Requests/s of the probing connection (default: ${DEFAULT-VALUE}).")
    private int probeRate = 1000;

    @Option(
            names = "--snapshots",
            paramLabel = "N",
            description = "Snapshots during the overwriting (default: ${DEFAULT-VALUE}).")
    private int snapshots = 3;

    @Option(
            names = "--snapshot-gap",
            paramLabel = "MS",
            description = "Milliseconds between them (default: ${DEFAULT-VALUE}).")
    private long snapshotGapMs = 3_000;

    @Option(
            names = "--server-cpus",
            paramLabel = "CPUS",
            description = "CPUs of the servers, '' for any (default: any).")
    private String serverCpus = "";

    @Option(
            names = "--client-cpus",
            paramLabel = "CPUS",
            description = "CPUs of this program, '' for any (default: any).")
    private String clientCpus = "";

    @Option(names = "--only-ours", description = "Leave the other server out.")
    private boolean onlyOurs;

    @Option(names = "--enforce", description = "Exit with 1 if a goal is missed.")
    private boolean enforce;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private boolean missed;

    /**
     * Runs the tool; exit status 0, 1 for a missed goal with --enforce or a failure, 2 for usage.
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new StallBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        pinClient();
        Path directory = Files.createTempDirectory("bench-stall");
        StallRun.Figures ours = measure(servers.ours(serverCpus), directory.resolve("ours"));
        StallRun.Figures other =
                onlyOurs ? ours : measure(servers.other(serverCpus), directory.resolve("other"));
        Files.deleteIfExists(directory);
        print(ours, other);
        return enforce && missed ? 1 : 0;
    }

    private StallRun.Figures measure(BenchServer.Spec spec, Path directory)
            throws IOException, InterruptedException {
        PauseLog pauseLog = new PauseLog(directory.resolve("pauses"));
        Map<String, String> environment = new HashMap<>(spec.environment());
        environment.merge(
                "CARNELIAN_JAVA_OPTS", pauseLog.jvmOption(), (given, added) -> given + " " + added);
        BenchServer.Spec logged =
                new BenchServer.Spec(
                        spec.label(), spec.command(), spec.options(), environment, spec.cpus());
        StallRun.Plan plan =
                new StallRun.Plan(
                        seconds, connections, pipeline, probeRate, snapshots, snapshotGapMs);
        out.printf(
                "%s: %d keys, %d s of overwrites%n", spec.label(), keys.keySet().count(), seconds);
        try (BenchServer server = BenchServer.start(logged, directory)) {
            return new StallRun(plan, keys.keySet(), server, pauseLog).run();
        }
    }

    private void print(StallRun.Figures ours, StallRun.Figures other) {
        ResultTable table = new ResultTable("figure", "ours", "other", "ours/other", "goal", "");
        Rows rows = new Rows(table, ours, other);
        rows.ratioGoal(
                "used_memory a key, bytes", f -> f.memory().usedBytesPerKey(), BYTES_PER_KEY_GOAL);
        rows.ratioGoal(
                "resident after loading, MiB",
                f -> f.memory().residentBytes() / MEBI,
                RESIDENT_GOAL);
        rows.plain("resident, highest, MiB", f -> f.peakResidentBytes() / MEBI);
        rows.plain("loading, s", f -> f.memory().loadSeconds());
        rows.plain("overwrites/s before", f -> f.load().perSecond(Phase.BEFORE));
        rows.plain("overwrites/s in snapshots", f -> f.load().perSecond(Phase.DURING));
        addBatches(rows);
        addProbe(rows);
        rows.ownGoal("collector's longest pause, ms", f -> f.pauses().gcMs(), PAUSE_GOAL_MS);
        rows.plain("longest safepoint, ms", f -> f.pauses().safepointMs());
        rows.plain("collector's pauses", f -> f.pauses().gcPauses());
        rows.ownGoal("snapshot: longest cut (fork), ms", StallBench::longestCutMs, CUT_GOAL_MS);
        rows.plain("snapshot: longest, s", StallBench::longestSnapshotSeconds);
        out.println();
        table.print(out);
        printNotes(ours);
    }

    private void printNotes(StallRun.Figures ours) {
        for (SnapshotTrigger.Snapshot each : ours.snapshots()) {
            out.printf(
                    Locale.ROOT,
                    "our snapshot by %s: cut %.0f us, %.2f s%n",
                    each.by(),
                    each.cutUs(),
                    each.seconds());
        }
        ours.infoPauses()
                .forEach((field, value) -> out.println("our INFO: " + field + ":" + value));
    }

    private static void addBatches(Rows rows) {
        for (Phase phase : List.of(Phase.BEFORE, Phase.DURING)) {
            String when = phase == Phase.BEFORE ? " before, us" : " in snapshots, us";
            rows.plain("batch p50" + when, f -> at(f.load().latencies(phase), 50) / MICROS);
            rows.plain("batch p99" + when, f -> at(f.load().latencies(phase), 99) / MICROS);
            rows.plain("batch p99.9" + when, f -> at(f.load().latencies(phase), 99.9) / MICROS);
            rows.plain("batch max" + when, f -> f.load().latencies(phase).getMaxValue() / MICROS);
        }
        rows.ownGoal(
                "batch p99.9 in snapshots / before",
                f ->
                        at(f.load().latencies(Phase.DURING), 99.9)
                                / at(f.load().latencies(Phase.BEFORE), 99.9),
                DURING_GOAL);
    }

    private static void addProbe(Rows rows) {
        rows.plain("probe p99.9 before, us", f -> at(f.probeBefore(), 99.9) / MICROS);
        rows.plain("probe p99.9 in snapshots, us", f -> at(f.probeDuring(), 99.9) / MICROS);
        rows.ownGoal(
                "probe p99.9 in snapshots / before",
                f -> at(f.probeDuring(), 99.9) / at(f.probeBefore(), 99.9),
                DURING_GOAL);
        rows.plain("longest stall before, ms", f -> f.probeBefore().getMaxValue() / MILLIS);
        rows.plain("longest stall in snapshots, ms", f -> f.probeDuring().getMaxValue() / MILLIS);
        rows.plain("longest stall, whole run, ms", f -> f.probeWhole().getMaxValue() / MILLIS);
        rows.plain("client woken late, max, ms", f -> f.clientLateness().getMaxValue() / MILLIS);
        rows.plain("server waiting for a CPU, ms in all", f -> f.serverDelayNs() / MILLIS);
    }

    private static double at(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile);
    }

    private static double longestCutMs(StallRun.Figures figures) {
        double longestUs = -1;
        for (SnapshotTrigger.Snapshot each : figures.snapshots()) {
            longestUs = Math.max(longestUs, each.cutUs());
        }
        return longestUs < 0 ? Double.NaN : longestUs / 1000;
    }

    private static double longestSnapshotSeconds(StallRun.Figures figures) {
        double longest = Double.NaN;
        for (SnapshotTrigger.Snapshot each : figures.snapshots()) {
            longest = longest > each.seconds() ? longest : each.seconds();
        }
        return longest;
    }

    private void pinClient() throws IOException, InterruptedException {
        if (!clientCpus.isEmpty()) {
            String pid = Long.toString(ProcessHandle.current().pid());
            new ProcessBuilder("taskset", "-a", "-p", "-c", clientCpus, pid).start().waitFor();
        }
    }

    /** Fills the table; a goal bounds either our figure or its ratio to the other's. */
    private final class Rows {
        private final ResultTable table;
        private final StallRun.Figures ours;
        private final StallRun.Figures other;

        Rows(ResultTable table, StallRun.Figures ours, StallRun.Figures other) {
            this.table = table;
            this.ours = ours;
            this.other = other;
        }

        void plain(String name, ToDoubleFunction<StallRun.Figures> figure) {
            add(name, figure, "", "");
        }

        void ownGoal(String name, ToDoubleFunction<StallRun.Figures> figure, double goal) {
            add(name, figure, "<= " + number(goal), verdict(figure.applyAsDouble(ours), goal));
        }

        void ratioGoal(String name, ToDoubleFunction<StallRun.Figures> figure, double goal) {
            double ratio = figure.applyAsDouble(ours) / figure.applyAsDouble(other);
            add(name, figure, "ratio <= " + number(goal), onlyOurs ? "" : verdict(ratio, goal));
        }

        private void add(
                String name, ToDoubleFunction<StallRun.Figures> figure, String goal, String mark) {
            double a = figure.applyAsDouble(ours);
            double b = onlyOurs ? Double.NaN : figure.applyAsDouble(other);
            table.row(name, number(a), number(b), number(a / b), goal, mark);
        }

        private String verdict(double value, double goal) {
            boolean reached = value <= goal;
            missed |= !reached;
            return reached ? "ok" : Double.isNaN(value) ? "unknown" : "missed";
        }

        private static String number(double value) {
            if (Double.isNaN(value) || Double.isInfinite(value)) {
                return "-";
            }
            return String.format(Locale.ROOT, value >= 1000 ? "%.0f" : "%.2f", value);
        }
    }
}
