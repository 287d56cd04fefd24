package io.carnelian.ops.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-compare}: redis-benchmark against two servers in alternating runs, as one table.
 *
 * <p>How the figures are made comparable:
 *
 * <ul>
 *   <li>Both servers stay up and loaded, but only one runs at a time: the other is frozen by
 *       SIGSTOP (see {@link BenchServer}). Restarting them for every run instead was rejected: it
 *       would throw away the compiled code and measure the warm-up.
 *   <li>Servers are pinned to one CPU and the client to another, so that neither is scheduled onto
 *       the other and a server with several threads gains nothing that a one-threaded one has not.
 *   <li>Runs alternate (A B, then B A, and so on): a drift of the machine falls on both alike.
 *       Medians over the rounds are compared; the spread of the rounds' ratios stands beside them.
 *   <li>Every cell begins with a calibration run and warm-up rounds whose figures are thrown away,
 *       as a just-in-time compiler needs them; both servers get the same.
 *   <li>All keys that redis-benchmark can draw exist, with values of the cell's size: every GET
 *       hits.
 *   <li>CPU per operation is the time of all the server's threads, by {@link CpuSample}. It is the
 *       figure to trust: throughput is capped by the client as soon as the server is faster.
 * </ul>
 *
 * <p>A ratio above 1 says that ours is better: throughput ours / other, CPU other / ours.
 */
@Command(
        name = "bench-compare",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Compares Carnelian with redis-server by redis-benchmark, in alternating runs.",
            "Prints medians and ratios of throughput and of server CPU time per operation;",
            "a ratio above 1 says that ours is better."
        },
        footer = {
            "",
            "Examples:",
            "  bin/bench-compare",
            "  bin/bench-compare --tests GET --pipelines 16 --sizes 3 --rounds 9",
            "  bin/bench-compare --sizes 3 --pipelines 1,16 --tests"
                    + " LPUSH,RPUSH,LPOP,RPOP,LRANGE_100,SADD,SPOP,HSET,ZADD,ZPOPMIN,MSET,INCR",
            "  bin/bench-compare --vs-self --ours-opts '--io-threads 2'",
            "  bin/bench-compare --appendonly everysec --replica --pipelines 1,16 --sizes 3"
        })
public final class BenchCompare implements Callable<Integer> {
    /** Throughput and CPU ratios to reach, by test and pipeline (issue 2, "Must show" 2). */
    private static final Map<String, double[]> GOALS =
            Map.of(
                    "SET 1", new double[] {1.0, 1.0},
                    "GET 1", new double[] {1.0, 1.0},
                    "SET 16", new double[] {1.7, 1.8},
                    "GET 16", new double[] {1.3, 1.5},
                    "SET 64", new double[] {1.5, 2.0},
                    "GET 64", new double[] {1.5, 2.0});

    /** Throughput of all other tests at these pipelines (issue 4, "Must show" 3); no CPU goal. */
    private static final Map<Integer, double[]> OTHER_GOALS =
            Map.of(1, new double[] {1.0, 0}, 16, new double[] {1.3, 0});

    /** Throughput of SET with an fsync before each reply (issue 7, "Must show" 3). */
    private static final double[] ALWAYS_GOALS = {1.5, 0};

    /** What is left of a goal with an append-only file or a replica (issue 8, "Must show" 5). */
    private static final double STREAM_SHARE = 0.9;

    private static final double[] MILLION_GOALS = {1.5, 0};
    private static final String MILLION = "_1M";

    /** Elements to take out are loaded before every run, so such a run is kept short. */
    private static final long MOST_TAKEN = 500_000;

    private static final long CALIBRATION_REQUESTS = 60_000;
    private static final long CALIBRATION_REQUESTS_PIPELINED = 300_000;

    @Mixin private ServerOptions servers = new ServerOptions();
    @Mixin private StreamOptions stream = new StreamOptions();

    @Option(
            names = "--tests",
            paramLabel = "NAMES",
            split = ",",
            description = {
                "Tests of redis-benchmark (default: SET,GET), or ZADD_1M, ZRANK_1M and",
                "ZRANGE_1M, which work on a sorted set of a million members."
            })
    private List<String> tests = List.of("SET", "GET");

    @Option(
            names = "--pipelines",
            paramLabel = "NUMBERS",
            split = ",",
            description = "Commands a pipeline, -P (default: 1,16,64).")
    private List<Integer> pipelines = List.of(1, 16, 64);

    @Option(
            names = "--sizes",
            paramLabel = "NUMBERS",
            split = ",",
            description = "Value sizes in bytes, -d (default: 3,1024).")
    private List<Integer> sizes = List.of(3, 1024);

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Measured rounds, one run of each server (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Rounds thrown away before them (default: ${DEFAULT-VALUE}).")
    private int warmUpRounds = 1;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of a run on the other server (default: ${DEFAULT-VALUE}).")
    private double seconds = 1.5;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "Requests a run, -n, instead of --seconds (0: not given).")
    private long requests;

    @Option(
            names = "--clients",
            paramLabel = "N",
            description = "Connections, -c (default: ${DEFAULT-VALUE}).")
    private int clients = 50;

    @Option(
            names = "--keys",
            paramLabel = "N",
            description = "Random keys, -r, all of them loaded (default: ${DEFAULT-VALUE}).")
    private long keys = 1_000_000;

    @Option(
            names = "--server-cpus",
            paramLabel = "CPUS",
            description = "CPUs of the servers, '' for any (default: ${DEFAULT-VALUE}).")
    private String serverCpus = "0";

    @Option(
            names = "--client-cpus",
            paramLabel = "CPUS",
            description = "CPUs of redis-benchmark, '' for any (default: ${DEFAULT-VALUE}).")
    private String clientCpus = "1";

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "File that every single run is written to.")
    private String csvFile = "";

    @Option(names = "--enforce", description = "Exit with 1 if a goal is missed.")
    private boolean enforce;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private final List<String> csv = new ArrayList<>();
    private final ResultTable table =
            new ResultTable(
                    "test",
                    "ours/s",
                    "other/s",
                    "ratio",
                    "rounds",
                    "goal",
                    "ours ns/op",
                    "other ns/op",
                    "CPU ratio",
                    "rounds",
                    "goal",
                    "ours p99 ms",
                    "other p99 ms",
                    "");
    private boolean missed;

    /** All measured runs of one server in one cell. */
    private record Runs(List<RedisBenchmark.Run> all) {
        double[] perSecond() {
            return all.stream().mapToDouble(RedisBenchmark.Run::requestsPerSecond).toArray();
        }

        double[] cpuNs() {
            return all.stream().mapToDouble(RedisBenchmark.Run::cpuNsPerRequest).toArray();
        }

        double p99Ms() {
            return ResultTable.median(
                    all.stream().mapToDouble(RedisBenchmark.Run::p99Ms).toArray());
        }
    }

    /**
     * Runs the tool; exit status 0, 1 for a missed goal with --enforce or a failure, 2 for usage.
     */
    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new BenchCompare())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(arguments));
    }

    /** SETs of three bytes alone, for a tool that measures what they cost with a given stream. */
    public static BenchCompare ofSets(
            ServerOptions servers,
            StreamOptions stream,
            List<Integer> pipelines,
            int rounds,
            double seconds,
            long keys) {
        BenchCompare compare = new BenchCompare();
        compare.servers = servers;
        compare.stream = stream;
        compare.tests = List.of("SET");
        compare.pipelines = pipelines;
        compare.sizes = List.of(3);
        compare.rounds = rounds;
        compare.seconds = seconds;
        compare.keys = keys;
        return compare;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        csv.add("test,pipeline,value_bytes,round,server,rps,cpu_ns_per_op,p50_ms,p99_ms,max_ms");
        Path directory = stream.newDirectory("bench-compare");
        try (BenchServer ours = stream.start(servers.ours(serverCpus), directory.resolve("ours"));
                BenchServer other =
                        stream.start(servers.other(serverCpus), directory.resolve("other"))) {
            out.printf(
                    "ours = %s, other = %s; %d rounds, %d clients, %d keys%s%n",
                    ours.label(), other.label(), rounds, clients, keys, stream.described());
            for (int valueBytes : sizes) {
                measureSize(valueBytes, ours, other);
            }
        }
        out.println();
        table.print(out);
        Files.deleteIfExists(directory);
        if (!csvFile.isEmpty()) {
            Files.write(Path.of(csvFile), csv);
        }
        return enforce && missed ? 1 : 0;
    }

    private void measureSize(int valueBytes, BenchServer ours, BenchServer other)
            throws IOException, InterruptedException {
        KeySet keySet = new KeySet(keys, valueBytes);
        ours.refill(keySet);
        other.refill(keySet);
        if (tests.stream().anyMatch(test -> test.endsWith(MILLION))) {
            CollectionLoad.bigSortedSet(ours, keys);
            CollectionLoad.bigSortedSet(other, keys);
        }
        ours.awaitReplicas();
        other.awaitReplicas();
        ours.freeze();
        other.freeze();
        for (String test : tests) {
            for (int pipeline : pipelines) {
                measure(new RedisBenchmark.Cell(test, pipeline, valueBytes), ours, other);
            }
        }
        ours.thaw();
        other.thaw();
    }

    private void measure(RedisBenchmark.Cell cell, BenchServer ours, BenchServer other)
            throws IOException, InterruptedException {
        RedisBenchmark benchmark = new RedisBenchmark(clientCpus, clients, keys);
        long n = requests > 0 ? requests : calibrate(benchmark, cell, other);
        Runs oursRuns = new Runs(new ArrayList<>());
        Runs otherRuns = new Runs(new ArrayList<>());
        for (int round = -warmUpRounds; round < rounds; round++) {
            boolean oursFirst = (round & 1) == 0;
            for (BenchServer server : List.of(oursFirst ? ours : other, oursFirst ? other : ours)) {
                RedisBenchmark.Run run = runThawed(benchmark, server, cell, n);
                if (round >= 0) {
                    (server == ours ? oursRuns : otherRuns).all().add(run);
                    addCsv(cell, round, server, run);
                }
            }
        }
        addRow(cell, oursRuns, otherRuns);
    }

    /** The number of requests that take the other server {@link #seconds}, in full thousands. */
    private long calibrate(RedisBenchmark benchmark, RedisBenchmark.Cell cell, BenchServer other)
            throws IOException, InterruptedException {
        long first = cell.pipeline() == 1 ? CALIBRATION_REQUESTS : CALIBRATION_REQUESTS_PIPELINED;
        double perSecond = runThawed(benchmark, other, cell, first).requestsPerSecond();
        long n = Math.max(1, Math.round(perSecond * seconds / 1000)) * 1000;
        return CollectionLoad.takes(cell.test()) ? Math.min(n, MOST_TAKEN) : n;
    }

    private static RedisBenchmark.Run runThawed(
            RedisBenchmark benchmark, BenchServer server, RedisBenchmark.Cell cell, long n)
            throws IOException, InterruptedException {
        server.thaw();
        CollectionLoad.before(cell.test(), n, server);
        server.shortenJournal();
        server.awaitReplicas();
        RedisBenchmark.Run run = benchmark.run(server, cell, n);
        server.freeze();
        return run;
    }

    private void addRow(RedisBenchmark.Cell cell, Runs ours, Runs other) {
        double throughput =
                ResultTable.median(ours.perSecond()) / ResultTable.median(other.perSecond());
        double cpu = ResultTable.median(other.cpuNs()) / ResultTable.median(ours.cpuNs());
        double[] goals = goals(cell);
        boolean hasGoals = goals.length == 2;
        boolean reached = !hasGoals || (throughput >= goals[0] && cpu >= goals[1]);
        missed |= !reached;
        String name =
                String.format("%s P=%d d=%d", cell.test(), cell.pipeline(), cell.valueBytes());
        table.row(
                name,
                whole(ResultTable.median(ours.perSecond())),
                whole(ResultTable.median(other.perSecond())),
                ratio(throughput),
                spread(ours.perSecond(), other.perSecond()),
                hasGoals ? ratio(goals[0]) : "",
                whole(ResultTable.median(ours.cpuNs())),
                whole(ResultTable.median(other.cpuNs())),
                ratio(cpu),
                spread(other.cpuNs(), ours.cpuNs()),
                hasGoals && goals[1] > 0 ? ratio(goals[1]) : "",
                ratio(ours.p99Ms()),
                ratio(other.p99Ms()),
                !hasGoals ? "" : reached ? "ok" : "missed");
        out.printf("%-18s throughput %.2f  CPU %.2f%n", name, throughput, cpu);
    }

    private double[] goals(RedisBenchmark.Cell cell) {
        if (stream.syncsAlways()) {
            boolean alone = cell.test().equals("SET") && cell.pipeline() == 1;
            return alone ? ALWAYS_GOALS : new double[0];
        }
        double[] goals = foundationGoals(cell).clone();
        for (int i = 0; i < goals.length && !stream.isPlain(); i++) {
            goals[i] *= STREAM_SHARE;
        }
        return goals;
    }

    /** Two goals, or none for this pipeline. */
    private static double[] foundationGoals(RedisBenchmark.Cell cell) {
        if (cell.test().endsWith(MILLION) && cell.pipeline() > 1) {
            return MILLION_GOALS;
        }
        double[] own = GOALS.get(cell.test() + " " + cell.pipeline());
        if (own != null) {
            return own;
        }
        boolean listed = cell.test().equals("SET") || cell.test().equals("GET");
        return listed ? new double[0] : OTHER_GOALS.getOrDefault(cell.pipeline(), new double[0]);
    }

    private void addCsv(
            RedisBenchmark.Cell cell, int round, BenchServer server, RedisBenchmark.Run run) {
        csv.add(
                String.format(
                        Locale.ROOT,
                        "%s,%d,%d,%d,%s,%.0f,%.1f,%.3f,%.3f,%.3f",
                        cell.test(),
                        cell.pipeline(),
                        cell.valueBytes(),
                        round,
                        server.label(),
                        run.requestsPerSecond(),
                        run.cpuNsPerRequest(),
                        run.p50Ms(),
                        run.p99Ms(),
                        run.maxMs()));
    }

    /** Smallest and largest ratio of a round's two runs. */
    private static String spread(double[] numerators, double[] denominators) {
        double low = Double.POSITIVE_INFINITY;
        double high = 0;
        for (int i = 0; i < numerators.length; i++) {
            low = Math.min(low, numerators[i] / denominators[i]);
            high = Math.max(high, numerators[i] / denominators[i]);
        }
        return ratio(low) + "-" + ratio(high);
    }

    private static String whole(double value) {
        return String.format(Locale.ROOT, "%.0f", value);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
