package io.carnelian.ops.load;

import io.carnelian.ops.bench.CpuSample;
import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code carnelian bench}: the command line, the rounds, and what is told of them.
 *
 * <pre>
 *   bench 127.0.0.1:6379 --beside 127.0.0.1:6380 --rate 20000 --mix get:80,set:20 --svg plot.svg
 *   round 0   one, two        does not count: connections, caches and compilers get warm
 *   round n   one, two        a throughput, CPU per request and percentiles each
 * </pre>
 *
 * Two servers are loaded one after the other and never at once, so they may share processors; what
 * the machine does meanwhile hits both, and the median of the ratios leaves single hits out.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:a server does not answer, or answered with errors only",
            "2:the command line is wrong"
        },
        description = {
            "Puts load on a server, or on two alternately, and tells throughput and latencies.",
            "With --rate requests have times when they are due, whatever the server does, and"
                    + " latency counts from those: a stall shows in all that it held up. Without,"
                    + " each connection sends its next requests when the last are answered.",
            "CPU per request is told for servers of this machine. It writes into database 0."
        })
public final class BenchCommand implements Callable<Integer> {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};
    private static final int FAILED = 1;
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_VALUE_BYTES = 1 << 20;

    @Parameters(
            index = "0",
            defaultValue = "127.0.0.1:6379",
            paramLabel = "HOST:PORT",
            description = "The server (${DEFAULT-VALUE}).")
    private String server = "127.0.0.1:6379";

    @Option(
            names = "--beside",
            paramLabel = "HOST:PORT",
            description = "Another one, loaded alternately; ratios are medians of the rounds.")
    private @Nullable String beside;

    @Option(names = "--connections", defaultValue = "50", description = "(${DEFAULT-VALUE})")
    private int connections = 50;

    @Option(names = "--threads", defaultValue = "1", description = "(${DEFAULT-VALUE})")
    private int threads = 1;

    @Option(
            names = "--pipeline",
            defaultValue = "1",
            description = "Requests sent together (${DEFAULT-VALUE}).")
    private int pipeline = 1;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "Requests a second; 0: as fast as answers come (${DEFAULT-VALUE}).")
    private long rate;

    @Option(
            names = "--mix",
            defaultValue = "get:80,set:20",
            description = "Commands and how often (${DEFAULT-VALUE}).")
    private String mix = "get:80,set:20";

    @Option(names = "--keys", defaultValue = "100000", description = "(${DEFAULT-VALUE})")
    private long keys = 100_000;

    @Option(
            names = "--distribution",
            defaultValue = "uniform",
            description = "uniform, sequential, zipf or zipf:0.N (${DEFAULT-VALUE}).")
    private String distribution = "uniform";

    @Option(names = "--value-bytes", defaultValue = "32", description = "(${DEFAULT-VALUE})")
    private int valueBytes = 32;

    @Option(
            names = "--seconds",
            defaultValue = "5",
            description = "Length of a round (${DEFAULT-VALUE}).")
    private double seconds = 5;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "After one that does not count (${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--seed", defaultValue = "1", description = "(${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(names = "--csv", paramLabel = "FILE", description = "Every round as a line.")
    private @Nullable Path csv;

    @Option(names = "--svg", paramLabel = "FILE", description = "Percentiles as a drawing.")
    private @Nullable Path svg;

    @Spec private @Nullable CommandSpec command;

    private final PrintStream out;

    /** One server and what it has shown. */
    private static final class Target implements AutoCloseable {
        final String name;
        final LoadRun load;
        final long pid;
        final Histogram nanos = new Histogram(3);
        final List<Double> perSecond = new ArrayList<>();
        final List<Double> cpuMicros = new ArrayList<>();

        Target(String name, LoadSpec spec) throws IOException {
            this.name = name;
            InetSocketAddress address = address(name);
            try (RespLink link = new RespLink(address, TIMEOUT_MS)) {
                long told = link.infoLong("server", "process_id");
                boolean here = address.getAddress().isLoopbackAddress();
                pid = here && Files.exists(Path.of("/proc/" + told + "/stat")) ? told : 0;
            }
            load = new LoadRun(spec, address);
        }

        @Override
        public void close() throws IOException {
            load.close();
        }
    }

    /**
     * @param out where results go
     */
    public BenchCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws InterruptedException {
        LoadSpec spec = spec();
        List<Target> targets = new ArrayList<>();
        try {
            targets.add(new Target(server, spec));
            String other = beside;
            if (other != null) {
                targets.add(new Target(other, spec));
            }
            return measure(targets);
        } catch (IOException e) {
            out.println("The load could not be put on: " + e.getMessage());
            return FAILED;
        } finally {
            targets.forEach(BenchCommand::close);
        }
    }

    private static void close(Target target) {
        try {
            target.close();
        } catch (IOException closedAlready) {
            return;
        }
    }

    private LoadSpec spec() {
        boolean sane =
                connections > 0
                        && threads > 0
                        && threads <= connections
                        && pipeline > 0
                        && pipeline <= 1000
                        && rate >= 0
                        && keys > 0
                        && valueBytes > 0
                        && valueBytes <= MAX_VALUE_BYTES
                        && seconds > 0
                        && rounds > 0;
        CommandSpec own = command;
        if (own == null) {
            throw new IllegalStateException("not made by the command line");
        }
        if (!sane) {
            throw new ParameterException(
                    own.commandLine(),
                    "numbers are above 0, threads at most connections, --pipeline at most 1000,"
                            + " --value-bytes at most "
                            + MAX_VALUE_BYTES);
        }
        try {
            var _ = new Mix(mix, valueBytes);
            var _ = KeyChooser.of(distribution, 1);
            var _ = address(server);
            String other = beside;
            var _ = address(other == null ? server : other);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(own.commandLine(), String.valueOf(e.getMessage()));
        }
        return new LoadSpec(
                threads, connections, pipeline, rate, mix, keys, distribution, valueBytes, seed);
    }

    private static InetSocketAddress address(String name) {
        int colon = name.lastIndexOf(':');
        if (colon < 1 || !name.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("an address is host:port, not " + name);
        }
        int port = Integer.parseInt(name.substring(colon + 1));
        return new InetSocketAddress(name.substring(0, colon), port);
    }

    private int measure(List<Target> targets) throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder("server,round,requests_per_second,cpu_us");
        for (double percentile : PERCENTILES) {
            lines.append(",p").append(name(percentile)).append("_us");
        }
        lines.append('\n');
        for (int round = 0; round <= rounds; round++) {
            for (Target target : targets) {
                CpuSample before = target.pid == 0 ? null : CpuSample.of(target.pid);
                LoadRun.Result result = target.load.run(seconds);
                double cpu = before == null ? 0 : cpuMicros(before, target.pid, result.requests());
                if (round > 0) {
                    target.nanos.add(result.nanos());
                    target.perSecond.add(result.perSecond());
                    target.cpuMicros.add(cpu);
                    line(lines, target, round, result, cpu);
                }
            }
        }
        boolean answered = tell(targets);
        Path table = csv;
        if (table != null) {
            Files.writeString(table, lines);
        }
        Path drawing = svg;
        if (drawing != null) {
            Map<String, Histogram> latencies = new LinkedHashMap<>();
            targets.forEach(target -> latencies.put(target.name, target.nanos));
            Files.writeString(drawing, PercentilePlot.of(latencies));
        }
        return answered ? 0 : FAILED;
    }

    private static double cpuMicros(CpuSample before, long pid, long requests) throws IOException {
        return CpuSample.of(pid).cpuNsSince(before) / 1e3 / Math.max(1, requests);
    }

    private static void line(
            StringBuilder to, Target target, int round, LoadRun.Result result, double cpu) {
        to.append(target.name).append(',').append(round);
        to.append(String.format(Locale.ROOT, ",%.0f,%.3f", result.perSecond(), cpu));
        for (double percentile : PERCENTILES) {
            to.append(
                    String.format(
                            Locale.ROOT,
                            ",%.1f",
                            result.nanos().getValueAtPercentile(percentile) / 1e3));
        }
        to.append('\n');
    }

    private boolean tell(List<Target> targets) {
        boolean answered = true;
        for (Target target : targets) {
            out.print(
                    String.format(
                            Locale.ROOT,
                            "%s: %,.0f requests/s",
                            target.name,
                            median(target.perSecond)));
            out.print(
                    target.pid == 0
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    ", %.2f µs of CPU each",
                                    median(target.cpuMicros)));
            for (double percentile : PERCENTILES) {
                double ms = target.nanos.getValueAtPercentile(percentile) / 1e6;
                out.print(String.format(Locale.ROOT, ", p%s %.3f ms", name(percentile), ms));
            }
            long errors = target.load.errors();
            out.println(errors == 0 ? "" : ", " + errors + " error replies");
            answered &= errors < target.nanos.getTotalCount();
        }
        if (targets.size() == 2) {
            Target one = targets.get(0);
            Target two = targets.get(1);
            out.print(
                    String.format(
                            Locale.ROOT,
                            "ratio: throughput %.2f",
                            ratio(one.perSecond, two.perSecond)));
            boolean cpu = one.pid != 0 && two.pid != 0;
            out.println(
                    cpu
                            ? String.format(
                                    Locale.ROOT, ", CPU %.2f", ratio(two.cpuMicros, one.cpuMicros))
                            : "");
        }
        return answered;
    }

    /** The median of the ratios of rounds. */
    private static double ratio(List<Double> of, List<Double> to) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < of.size(); i++) {
            ratios.add(of.get(i) / to.get(i));
        }
        return median(ratios);
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String name(double percentile) {
        return percentile == Math.rint(percentile)
                ? Long.toString(Math.round(percentile))
                : Double.toString(percentile);
    }
}
