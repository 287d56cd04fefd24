package io.carnelian.ops.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One run of the stock {@code redis-benchmark} against one server, with the CPU time that the
 * server spent on it. The client program is the one that users trust, so its figures can be taken
 * again by hand: the command line is in {@link #commandLine}.
 */
public final class RedisBenchmark {
    private static final int CSV_FIELDS = 8;

    /** Tests that redis-benchmark has not by name; it puts twelve digits for each number. */
    private static final Map<String, String> CUSTOM =
            Map.of(
                    "ZADD_1M",
                    "ZADD " + CollectionLoad.BIG_SORTED_SET + " __rand_int__ member:__rand_int__",
                    "ZRANK_1M",
                    "ZRANK " + CollectionLoad.BIG_SORTED_SET + " member:__rand_int__",
                    "ZRANGE_1M",
                    "ZRANGE "
                            + CollectionLoad.BIG_SORTED_SET
                            + " __rand_int__ +inf BYSCORE LIMIT 0 10");

    private final String clientCpus;
    private final int clients;
    private final long keys;

    /** One cell of the matrix: a test of redis-benchmark, its pipeline and its value size. */
    public record Cell(String test, int pipeline, int valueBytes) {}

    /** One measured run; latencies in milliseconds, as redis-benchmark saw them. */
    public record Run(
            double requestsPerSecond,
            double cpuNsPerRequest,
            double p50Ms,
            double p99Ms,
            double maxMs) {}

    /** Of this many connections, over keys 0 to {@code keys}, pinned to CPUs ("" is any). */
    public RedisBenchmark(String clientCpus, int clients, long keys) {
        this.clientCpus = clientCpus;
        this.clients = clients;
        this.keys = keys;
    }

    List<String> commandLine(int port, Cell cell, long requests) {
        List<String> line = new ArrayList<>();
        if (!clientCpus.isEmpty()) {
            line.addAll(List.of("taskset", "-c", clientCpus));
        }
        line.addAll(List.of("redis-benchmark", "-h", "127.0.0.1", "-p", Integer.toString(port)));
        String custom = CUSTOM.get(cell.test());
        if (custom == null) {
            line.addAll(List.of("-t", cell.test().toLowerCase(Locale.ROOT)));
        }
        line.addAll(List.of("-P", Integer.toString(cell.pipeline())));
        line.addAll(List.of("-d", Integer.toString(cell.valueBytes())));
        line.addAll(List.of("-c", Integer.toString(clients), "-r", Long.toString(keys)));
        line.addAll(List.of("-n", Long.toString(requests), "--csv"));
        if (custom != null) {
            line.addAll(List.of(custom.split(" ", -1)));
        }
        return line;
    }

    /** Runs it once. The whole CPU time of the server while the client lives is counted. */
    public Run run(BenchServer server, Cell cell, long requests)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(commandLine(server.port(), cell, requests))
                        .redirectErrorStream(true);
        CpuSample before = server.cpu();
        Process client = builder.start();
        String output = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = client.waitFor();
        long cpuNs = server.cpu().cpuNsSince(before);
        if (status != 0) {
            throw new IOException("redis-benchmark against " + server.label() + ": " + output);
        }
        return parse(output, (double) cpuNs / requests);
    }

    /**
     * Takes the last data row of the CSV output: {@code "SET","68634.18","0.407","0.120",
     * "0.367","0.671","1.207","8.303"}, whose fields are test, requests per second, then average,
     * minimum, p50, p95, p99 and maximum latency in milliseconds.
     */
    static Run parse(String output, double cpuNsPerRequest) throws IOException {
        List<String> lines = output.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            List<String> fields = List.of(lines.get(i).replace("\"", "").split(",", -1));
            if (fields.size() == CSV_FIELDS && !fields.get(0).equals("test")) {
                return new Run(
                        Double.parseDouble(fields.get(1)),
                        cpuNsPerRequest,
                        Double.parseDouble(fields.get(4)),
                        Double.parseDouble(fields.get(6)),
                        Double.parseDouble(fields.get(7)));
            }
        }
        throw new IOException("no figures in the output of redis-benchmark: " + output);
    }
}
