package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.CollectionLoad;
import io.carnelian.ops.bench.RespLink;
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
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-big}: what one very large value costs the others, for each type.
 *
 * <p>One connection writes into the value at a fixed rate, at random places, first undisturbed and
 * then while BGSAVEs run; then the value is deleted while another connection pings. Waits count
 * from the moment a request was due, see {@link StallProbe}: the machine's own delays are part of
 * them. What the writes themselves take is the server's word, of INFO latencystats.
 */
@Command(
        name = "bench-big",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Loads one very large hash, set, sorted set and list; prints how long writes into",
            "it take before and during background saves, and how long deleting it does."
        },
        footer = {
            "",
            "Examples:",
            "  bin/bench-big",
            "  bin/bench-big --elements 1000000 --compare"
        })
public final class BigValueBench implements Callable<Integer> {
    private static final int READ_TIMEOUT_MS = 120_000;
    private static final int PINGS_A_SECOND = 2_000;
    private static final long AFTER_DELETE_MS = 3_000;
    private static final double MICROS = 1e3;
    private static final double MILLIS = 1e6;

    @Mixin private ServerOptions servers = new ServerOptions();

    @Option(
            names = "--elements",
            paramLabel = "N",
            description = "Elements of the value (default: ${DEFAULT-VALUE}).")
    private long elements = 10_000_000;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Writes/s into it (default: ${DEFAULT-VALUE}).")
    private int rate = 2_000;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of the writing, before and during each (default: 8).")
    private int seconds = 8;

    @Option(names = "--compare", description = "Measure the other server too.")
    private boolean compare;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private final SplittableRandom random = new SplittableRandom(5);
    private final ResultTable table =
            new ResultTable(
                    "value",
                    "wait p99.9 us",
                    "in saves",
                    "command p99.9 us",
                    "in saves",
                    "slowest us",
                    "in saves",
                    "save s",
                    "DEL us",
                    "its command us",
                    "stall after ms");

    /** What deleting took: the client until its reply, and the server for the command itself. */
    private record Deleted(double waitMicros, double commandMicros) {}

    /** How a type is filled, and how it is written at random. */
    private record Kind(String name, String fill, String prefix, LongFunction<byte[]> write) {}

    /** Runs the tool; exit status 0, 1 for a failure, 2 for usage. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BigValueBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<BenchServer.Spec> specs = new ArrayList<>(List.of(servers.ours("")));
        if (compare) {
            specs.add(servers.other(""));
        }
        Path directory = Files.createTempDirectory("bench-big");
        for (BenchServer.Spec spec : specs) {
            for (Kind kind : kinds()) {
                try (BenchServer server = BenchServer.start(spec, directory.resolve("server"))) {
                    measure(kind, server);
                }
            }
        }
        Files.deleteIfExists(directory);
        out.println();
        table.print(out);
        return 0;
    }

    private List<Kind> kinds() {
        return List.of(
                new Kind("hash", "HSET", "field:", n -> write("HSET", member("field:"), "new")),
                new Kind("set", "SADD", "member:", this::addOrRemove),
                new Kind(
                        "sorted set",
                        "ZADD",
                        "member:",
                        n -> write("ZADD", any(), member("member:"))),
                new Kind("list", "RPUSH", "entry:", n -> write("LSET", any(), "new")));
    }

    /** A member goes, and the next time it comes back or another one goes. */
    private byte[] addOrRemove(long number) {
        return write(number % 2 == 0 ? "SREM" : "SADD", member("member:"));
    }

    private String any() {
        return Long.toString(random.nextLong(elements));
    }

    private String member(String prefix) {
        return CollectionLoad.numbered(prefix, random.nextLong(elements));
    }

    private static byte[] write(String command, String... rest) {
        List<String> words = new ArrayList<>(List.of(command, "big"));
        words.addAll(List.of(rest));
        return RespLink.encode(words.toArray(String[]::new));
    }

    private void measure(Kind kind, BenchServer server) throws IOException, InterruptedException {
        CollectionLoad.fill(server.port(), kind.fill(), "big", kind.prefix(), elements);
        Histogram before = StallProbe.newHistogram();
        Histogram during = StallProbe.newHistogram();
        double saveSeconds = 0;
        try (RespLink control = new RespLink(server.port(), READ_TIMEOUT_MS)) {
            StallProbe writes = new StallProbe(server.port(), rate, kind.write());
            Thread.sleep(1_000L * seconds / 2);
            writes.recordInto(before);
            CommandTimes.reset(control);
            Thread.sleep(1_000L * seconds);
            CommandTimes alone = CommandTimes.of(control);
            writes.recordInto(during);
            CommandTimes.reset(control);
            long endNs = System.nanoTime() + seconds * 1_000_000_000L;
            while (System.nanoTime() < endNs) {
                saveSeconds = Math.max(saveSeconds, new SnapshotTrigger(control).take().seconds());
            }
            CommandTimes inSaves = CommandTimes.of(control);
            writes.stop();
            Histogram after = StallProbe.newHistogram();
            Deleted deleted = delete(server, control, after);
            table.row(
                    kind.name() + " (" + server.label() + ")",
                    number(before.getValueAtPercentile(99.9) / MICROS),
                    number(during.getValueAtPercentile(99.9) / MICROS),
                    number(alone.p999Micros()),
                    number(inSaves.p999Micros()),
                    number(alone.slowestMicros()),
                    number(inSaves.slowestMicros()),
                    number(saveSeconds),
                    number(deleted.waitMicros()),
                    number(deleted.commandMicros()),
                    number(after.getMaxValue() / MILLIS));
            out.println(kind.name() + ": done");
        }
    }

    private static Deleted delete(BenchServer server, RespLink control, Histogram after)
            throws IOException, InterruptedException {
        byte[] ping = RespLink.encode("PING");
        StallProbe pings = new StallProbe(server.port(), PINGS_A_SECOND, n -> ping);
        Thread.sleep(AFTER_DELETE_MS / 2);
        pings.recordInto(after);
        long startNs = System.nanoTime();
        control.require("DEL", "big");
        long deleteNs = System.nanoTime() - startNs;
        Thread.sleep(AFTER_DELETE_MS);
        pings.stop();
        String calls = control.info("commandstats").get("cmdstat_del");
        return new Deleted(
                deleteNs / MICROS,
                calls == null ? Double.NaN : CommandTimes.micros(calls, "usec="));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
