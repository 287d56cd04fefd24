package io.carnelian.ops.bench.stream;

import io.carnelian.ops.bench.BenchCompare;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.ServerOptions;
import io.carnelian.ops.bench.StreamOptions;
import io.carnelian.ops.bench.StreamOptions.Journal;
import io.carnelian.ops.bench.stall.Background;
import io.carnelian.ops.bench.stall.SaveLatencies;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-aof}: what the append-only file costs beside the other server on the same disk.
 *
 * <pre>
 *   always    SETs of 50 clients that wait for an fsync      ┐ bin/bench-compare with
 *   everysec  SETs, pipelines of 1 and 16                    ┘ --appendonly
 *   rewrite   open-loop reads and writes during BGREWRITEAOF   bin/bench-save --rewrite
 * </pre>
 *
 * Each part is a tool of its own with more options; this is the one command that gives the three
 * figures which belong together.
 */
@Command(
        name = "bench-aof",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Compares Carnelian with redis-server while both keep an append-only file:",
            "throughput with appendfsync always and everysec, and what clients wait during",
            "BGREWRITEAOF. A ratio above 1 says that ours is better, but for p99.9."
        },
        footer = {
            "",
            "Examples:",
            "  bin/bench-aof --directory /var/tmp",
            "  bin/bench-aof --parts always --rounds 9",
            "  bin/bench-aof --parts rewrite --rewrite-keys 1000000 --rate 10000"
        })
public final class AofBench implements Callable<Integer> {
    @Mixin private ServerOptions servers = new ServerOptions();

    @Option(
            names = "--parts",
            paramLabel = "NAMES",
            split = ",",
            description = "always, everysec, rewrite (default: all three).")
    private List<Part> parts = List.of(Part.values());

    @Option(
            names = "--directory",
            paramLabel = "PATH",
            description = "Where the files go (default: the system's temporary folder).")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Runs of each server and throughput (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--run-seconds",
            paramLabel = "S",
            description = "Length of such a run on the other server (default: ${DEFAULT-VALUE}).")
    private double runSeconds = 3;

    @Option(
            names = "--keys",
            paramLabel = "N",
            description = "Random keys of throughput, all loaded (default: ${DEFAULT-VALUE}).")
    private long keys = 1_000_000;

    @Option(
            names = "--rewrite-keys",
            paramLabel = "N",
            description = "Keys that are rewritten (default: ${DEFAULT-VALUE}).")
    private long rewriteKeys = 5_000_000;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description = "Bytes of their values (default: ${DEFAULT-VALUE}).")
    private int valueBytes = 32;

    @Option(
            names = "--rate",
            paramLabel = "HZ",
            description = "Requests/s meanwhile, every other one a SET (default: 5000).")
    private int rate = 5_000;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of each phase of waits (default: ${DEFAULT-VALUE}).")
    private int seconds = 60;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

    private enum Part {
        ALWAYS,
        EVERYSEC,
        REWRITE
    }

    /** Runs the tool; exit status 0, 1 for a failure, 2 for usage. */
    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new AofBench())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (parts.contains(Part.ALWAYS)) {
            throughput(Journal.ALWAYS, List.of(1));
        }
        if (parts.contains(Part.EVERYSEC)) {
            throughput(Journal.EVERYSEC, List.of(1, 16));
        }
        if (parts.contains(Part.REWRITE)) {
            Path directory = Files.createTempDirectory(parent, "bench-aof");
            KeySet set = new KeySet(rewriteKeys, valueBytes);
            new SaveLatencies(Background.REWRITE, set, rate, seconds, out)
                    .run(servers, directory.resolve("server"));
            Files.deleteIfExists(directory);
        }
        return 0;
    }

    private void throughput(Journal journal, List<Integer> pipelines)
            throws IOException, InterruptedException {
        StreamOptions stream = StreamOptions.ofJournal(journal, parent);
        var _ = BenchCompare.ofSets(servers, stream, pipelines, rounds, runSeconds, keys).call();
        out.println();
    }
}
