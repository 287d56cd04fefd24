package io.carnelian.ops.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench-memory}: what values of each type cost in memory, beside another server.
 *
 * <p>Each shape is loaded into an empty server; bytes are the growth of {@code used_memory} divided
 * by the elements (members, fields or entries), keys and values included. Of ours the live objects
 * on the Java heap are counted too, by {@code jcmd GC.class_histogram}, which collects first: data
 * does not belong there.
 */
@Command(
        name = "bench-memory",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Loads values of each type into Carnelian and redis-server in turn and prints bytes an",
            "element, and of Carnelian the live Java objects per hundred elements."
        },
        footer = {"", "Examples:", "  bin/bench-memory", "  bin/bench-memory --elements 10000000"})
public final class MemoryBench implements Callable<Integer> {
    private static final double GOAL = 0.75;
    private static final double OBJECTS_GOAL = 1;
    private static final int COMMANDS_A_BATCH = 500;
    private static final int FIELDS = 5;
    private static final int SHORTEST = 4;
    private static final int LONGEST = 20;
    private static final int READ_TIMEOUT_MS = 120_000;

    @Mixin private ServerOptions servers = new ServerOptions();

    @Option(
            names = "--elements",
            paramLabel = "N",
            description =
                    "Keys of the small shapes, members of the big (default: ${DEFAULT-VALUE}).")
    private long elements = 1_000_000;

    @Option(names = "--only-ours", description = "Leave the other server out.")
    private boolean onlyOurs;

    @Option(names = "--enforce", description = "Exit with 1 if a goal is missed.")
    private boolean enforce;

    private final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private final ResultTable table =
            new ResultTable(
                    "shape", "ours B", "other B", "ratio", "goal", "", "heap objects/100", "");
    private boolean missed;

    private interface Load {
        void into(BenchServer server) throws IOException;
    }

    /** One row: what is loaded, and how many elements that are for each of {@link #elements}. */
    private record Shape(String name, int elementsEach, Load load) {}

    /** Growth by one shape; objects is negative where it was not counted. */
    private record Growth(double bytes, double objects) {}

    /** Runs the tool; exit status 0, 1 for a missed goal with --enforce or a failure, 2 usage. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new MemoryBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("bench-memory");
        try (BenchServer ours = BenchServer.start(servers.ours(""), directory.resolve("ours"));
                BenchServer other =
                        BenchServer.start(servers.other(""), directory.resolve("other"))) {
            out.printf("ours = %s, other = %s%n", ours.label(), other.label());
            for (Shape shape : shapes()) {
                Growth mine = measure(shape, ours, true);
                Growth theirs =
                        onlyOurs ? new Growth(Double.NaN, -1) : measure(shape, other, false);
                row(shape, mine, theirs);
            }
        }
        out.println();
        table.print(out);
        Files.deleteIfExists(directory);
        return enforce && missed ? 1 : 0;
    }

    private List<Shape> shapes() {
        return List.of(
                new Shape("small hashes, 5 fields", FIELDS, s -> small(s, "HSET", this::fields)),
                new Shape("same, values of 4 to 20 B", FIELDS, s -> small(s, "HSET", this::mixed)),
                new Shape("small lists, 5 entries", FIELDS, s -> small(s, "RPUSH", this::entries)),
                new Shape("small sets, 5 members", FIELDS, s -> small(s, "SADD", this::entries)),
                new Shape("small sorted sets, 5", FIELDS, s -> small(s, "ZADD", this::scored)),
                new Shape("one set of integers", 1, s -> big(s, "SADD", "")),
                new Shape("one set of strings", 1, s -> big(s, "SADD", "member:")),
                new Shape("one sorted set", 1, s -> big(s, "ZADD", "member:")),
                new Shape("one hash", 1, s -> big(s, "HSET", "field:")),
                new Shape("one list", 1, s -> big(s, "RPUSH", "entry:")));
    }

    private Growth measure(Shape shape, BenchServer server, boolean countObjects)
            throws IOException, InterruptedException {
        try (RespLink link = server.connect()) {
            link.require("FLUSHALL", "SYNC");
            awaitFreed(link);
            long objectsBefore = countObjects ? liveObjects(server) : 0;
            long before = link.infoLong("memory", "used_memory");
            shape.load().into(server);
            long grown = link.infoLong("memory", "used_memory") - before;
            long objects = countObjects ? liveObjects(server) - objectsBefore : -1;
            double count = (double) elements * shape.elementsEach();
            return new Growth(grown / count, objects / count);
        }
    }

    /** Memory is freed in slices; waits until nothing is left of the shape before. */
    private static void awaitFreed(RespLink link) throws IOException, InterruptedException {
        while (link.infoLong("memory", "lazyfree_pending_objects") > 0) {
            Thread.sleep(50);
        }
    }

    private void row(Shape shape, Growth ours, Growth other) {
        double ratio = ours.bytes() / other.bytes();
        double objects = ours.objects() * 100;
        boolean reached = onlyOurs || ratio <= GOAL;
        boolean few = objects <= OBJECTS_GOAL;
        missed |= !reached || !few;
        table.row(
                shape.name(),
                number(ours.bytes()),
                number(other.bytes()),
                number(ratio),
                "<= " + GOAL,
                onlyOurs ? "" : reached ? "ok" : "missed",
                number(objects),
                few ? "ok" : "missed");
        out.printf("%-24s %.1f B, %.1f B%n", shape.name(), ours.bytes(), other.bytes());
    }

    /** Instances that are reachable on the server's heap. */
    private static long liveObjects(BenchServer server) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process =
                new ProcessBuilder(
                                jcmd.toString(), Long.toString(server.pid()), "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        for (String line : text.lines().toList()) {
            if (line.startsWith("Total ")) {
                return Long.parseLong(line.trim().split("\\s+", -1)[1]);
            }
        }
        throw new IOException("no total in what jcmd says: " + text);
    }

    private void big(BenchServer server, String command, String prefix) throws IOException {
        CollectionLoad.fill(server.port(), command, "big", prefix, elements);
    }

    private void small(BenchServer server, String command, LongFunction<List<String>> rest)
            throws IOException {
        batches(
                server,
                number -> {
                    List<String> words = new ArrayList<>();
                    words.add(command);
                    words.add(CollectionLoad.numbered("key:", number));
                    words.addAll(rest.apply(number));
                    return words;
                });
    }

    private void batches(BenchServer server, LongFunction<List<String>> command)
            throws IOException {
        try (RespLink link = new RespLink(server.port(), READ_TIMEOUT_MS)) {
            for (long next = 0; next < elements; ) {
                ByteArrayOutputStream batch = new ByteArrayOutputStream();
                int size = (int) Math.min(COMMANDS_A_BATCH, elements - next);
                for (int i = 0; i < size; i++) {
                    List<String> words = command.apply(next++);
                    batch.writeBytes(RespLink.encode(words.toArray(String[]::new)));
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

    private List<String> fields(long number) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < FIELDS; i++) {
            words.add("field" + i);
            words.add("value" + (number + i));
        }
        return words;
    }

    /**
     * Fields whose values have many lengths: where all have the same, one size of record decides,
     * and whether an allocator happens to have it.
     */
    private List<String> mixed(long number) {
        List<String> words = new ArrayList<>();
        long random = number * 0x9e3779b97f4a7c15L;
        for (int i = 0; i < FIELDS; i++) {
            int length = SHORTEST + (int) ((random >>> (60 - 5 * i)) % (LONGEST - SHORTEST + 1));
            words.add("field" + i);
            words.add("v".repeat(length));
        }
        return words;
    }

    private List<String> entries(long number) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < FIELDS; i++) {
            words.add("element" + (number + i));
        }
        return words;
    }

    private List<String> scored(long number) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < FIELDS; i++) {
            words.add(Long.toString(number + i));
            words.add("element" + (number + i));
        }
        return words;
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
    }
}
