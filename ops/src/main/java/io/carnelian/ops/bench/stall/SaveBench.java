package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.CollectionLoad;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.bench.ResultTable;
import io.carnelian.ops.bench.ServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-save}: how fast a data set is saved and loaded, and what clients notice of a
 * save, beside the other server.
 *
 * <pre>
 *   rates      fill ── SAVE (best of three) ── end ── start with the file ...... first PONG
 *                                                      restart ├───────────────────┤
 *                                                         load     ├──────────────┤
 *   latencies  fill ── open-loop reads and writes: before │ while BGSAVEs run │ after
 * </pre>
 *
 * A restart counts from the start of the process to its first answer; the load in it is what the
 * server's own log says of it. Both servers get the file that they wrote themselves, without
 * compression.
 */
@Command(
        name = "bench-save",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Saves and loads strings, small hashes and a large sorted set with both servers, the",
            "load as their logs have it and the whole restart around it; then prints what",
            "reads and writes at a fixed rate wait before, during and after BGSAVE."
        },
        footer = {
            "",
            "Examples:",
            "  bin/bench-save --directory /dev/shm",
            "  bin/bench-save --keys 1000000 --seconds 10 --rates-only",
            "  bin/bench-save --rewrite --keys 5000000"
        })
public final class SaveBench implements Callable<Integer> {
    private static final int READ_TIMEOUT_MS = 600_000;
    private static final int SAVES = 3;
    private static final int FIELDS = 5;
    private static final int HASHES_A_BATCH = 200;
    private static final double SAVE_GOAL_STRINGS = 4;
    private static final double LOAD_GOAL_STRINGS = 2;
    private static final double GOAL_COLLECTIONS = 1.5;

    /** What both servers log, and seconds in it. */
    private static final Pattern LOADED = Pattern.compile("DB loaded from disk: ([0-9.]+) seconds");

    @Mixin private ServerOptions servers = new ServerOptions();
    @Mixin private KeyOptions keys = new KeyOptions();

    @Option(
            names = "--hashes",
            paramLabel = "N",
            description = "Hashes of five fields (default: ${DEFAULT-VALUE}).")
    private long hashes = 1_000_000;

    @Option(
            names = "--members",
            paramLabel = "N",
            description = "Members of the sorted set (default: ${DEFAULT-VALUE}).")
    private long members = 5_000_000;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Requests/s, every other one a SET (default: ${DEFAULT-VALUE}).")
    private int rate = 5_000;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of each phase of latencies (default: ${DEFAULT-VALUE}).")
    private int seconds = 60;

    @Option(
            names = "--directory",
            paramLabel = "PATH",
            description = "Where the files go (default: the system's temporary folder).")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--rates-only", description = "Leave the latencies out.")
    private boolean ratesOnly;

    @Option(names = "--latencies-only", description = "Leave the rates out.")
    private boolean latenciesOnly;

    @Option(
            names = "--rewrite",
            description = "Latencies alone, with appendfsync everysec, during BGREWRITEAOF.")
    private boolean rewrite;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

    private interface Fill {
        void into(BenchServer server) throws IOException;
    }

    /** What is saved and loaded, how many keys or elements that are, and the goals for it. */
    private record DataSet(String name, long count, double save, double load, Fill fill) {}

    private record Rates(double saveSeconds, double loadSeconds, double restartSeconds) {}

    /** Runs the tool; exit status 0, 1 for a failure, 2 for usage. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new SaveBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(parent, "bench-save");
        if (!latenciesOnly && !rewrite) {
            rates(directory);
        }
        if (!ratesOnly) {
            Background work = rewrite ? Background.REWRITE : Background.SAVE;
            new SaveLatencies(work, keys.keySet(), rate, seconds, out)
                    .run(servers, directory.resolve("latencies"));
        }
        Files.deleteIfExists(directory);
        return 0;
    }

    private void rates(Path directory) throws IOException, InterruptedException {
        ResultTable table =
                new ResultTable(
                        "data set",
                        "save/s",
                        "other",
                        "ratio",
                        "goal",
                        "load/s",
                        "other",
                        "ratio",
                        "restart/s",
                        "other",
                        "ratio",
                        "goal");
        for (DataSet data : dataSets()) {
            Rates ours = rates(data, servers.ours(""), directory);
            Rates other = rates(data, servers.other(""), directory);
            table.row(
                    data.name(),
                    number(data.count() / ours.saveSeconds()),
                    number(data.count() / other.saveSeconds()),
                    number(other.saveSeconds() / ours.saveSeconds()),
                    number(data.save()),
                    number(data.count() / ours.loadSeconds()),
                    number(data.count() / other.loadSeconds()),
                    number(other.loadSeconds() / ours.loadSeconds()),
                    number(data.count() / ours.restartSeconds()),
                    number(data.count() / other.restartSeconds()),
                    number(other.restartSeconds() / ours.restartSeconds()),
                    number(data.load()));
        }
        out.println();
        table.print(out);
        out.println();
    }

    private List<DataSet> dataSets() {
        KeySet strings = keys.keySet();
        return List.of(
                new DataSet(
                        "strings",
                        strings.count(),
                        SAVE_GOAL_STRINGS,
                        LOAD_GOAL_STRINGS,
                        server -> server.refill(strings)),
                new DataSet(
                        "small hashes", hashes, GOAL_COLLECTIONS, GOAL_COLLECTIONS, this::hashes),
                new DataSet(
                        "one sorted set",
                        members,
                        GOAL_COLLECTIONS,
                        GOAL_COLLECTIONS,
                        server ->
                                CollectionLoad.fill(
                                        server.port(), "ZADD", "big", "member:", members)));
    }

    private Rates rates(DataSet data, BenchServer.Spec spec, Path directory)
            throws IOException, InterruptedException {
        Path loading = Files.createDirectories(directory.resolve("loading"));
        double saveSeconds = Double.MAX_VALUE;
        try (BenchServer server = start(spec, directory.resolve("saving"))) {
            data.fill().into(server);
            try (RespLink link = new RespLink(server.port(), READ_TIMEOUT_MS)) {
                for (int i = 0; i < SAVES; i++) {
                    long startNs = System.nanoTime();
                    link.require("SAVE");
                    saveSeconds = Math.min(saveSeconds, secondsSince(startNs));
                }
            }
            Files.move(directory.resolve("saving/dump.rdb"), loading.resolve("dump.rdb"));
        }
        long startNs = System.nanoTime();
        try (BenchServer server = start(spec, loading);
                RespLink link = new RespLink(server.port(), READ_TIMEOUT_MS)) {
            double restartSeconds = secondsSince(startNs);
            double loadSeconds = Double.parseDouble(server.awaitLogged(LOADED));
            if (link.require("DBSIZE").equals(0L)) {
                throw new IOException(spec.label() + " has loaded nothing");
            }
            out.printf(
                    Locale.ROOT,
                    "%s, %s: saved in %.2f s, loaded in %.2f s, restarted in %.2f s%n",
                    data.name(),
                    spec.label(),
                    saveSeconds,
                    loadSeconds,
                    restartSeconds);
            return new Rates(saveSeconds, loadSeconds, restartSeconds);
        }
    }

    private static BenchServer start(BenchServer.Spec spec, Path directory)
            throws IOException, InterruptedException {
        return BenchServer.start(spec.with(Background.SAVE.options()), directory);
    }

    private void hashes(BenchServer server) throws IOException {
        try (RespLink link = server.connect()) {
            for (long next = 0; next < hashes; ) {
                ByteArrayOutputStream batch = new ByteArrayOutputStream();
                int size = (int) Math.min(HASHES_A_BATCH, hashes - next);
                for (int i = 0; i < size; i++) {
                    batch.writeBytes(RespLink.encode(hash(next++)));
                }
                link.send(batch.toByteArray(), batch.size());
                for (int i = 0; i < size; i++) {
                    if (link.readReply() instanceof RespLink.ErrorReply error) {
                        throw new IOException(error.text());
                    }
                }
            }
        }
    }

    private static String[] hash(long number) {
        String[] words = new String[2 + 2 * FIELDS];
        words[0] = "HSET";
        words[1] = CollectionLoad.numbered("hash:", number);
        for (int i = 0; i < FIELDS; i++) {
            words[2 + 2 * i] = "field" + i;
            words[3 + 2 * i] = "value:" + number + i;
        }
        return words;
    }

    static double secondsSince(long startNs) {
        return (System.nanoTime() - startNs) / 1e9;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 1000 ? "%.0f" : "%.2f", value);
    }
}
