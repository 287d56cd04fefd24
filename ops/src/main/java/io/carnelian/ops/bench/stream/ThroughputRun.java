package io.carnelian.ops.bench.stream;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.CpuSample;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.RedisBenchmark;
import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.bench.ResultTable;
import io.carnelian.ops.bench.StreamOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Pipelined SETs at full speed into a primary that 0, 1 and 2 replicas follow, in turns: what each
 * replica costs the primary's command thread, and whether it keeps up.
 *
 * <p>Between two turns replicas are taken away or added, so the same warm processes are measured
 * with and without. With none the backlog must go too, or feeding it would count as no cost: the
 * tool sets {@code repl-backlog-ttl 1} and waits until it is gone.
 */
final class ThroughputRun {
    static final int REPLICAS = 2;

    private static final int CLIENTS = 50;
    private static final int POLL_MS = 5;
    private static final int BACKLOG_GONE_MS = 30_000;

    private final Plan plan;
    private final KeySet keys;

    /** CPUs as a list for taskset; requests are those of one run. */
    record Plan(
            String serverCpus,
            String clientCpus,
            String replicaCpus,
            int pipeline,
            int valueBytes,
            long requests,
            int rounds) {}

    /** One run: nanoseconds of CPU a SET, bytes that the slowest replica was behind at most. */
    record Turn(
            double setsPerSecond,
            double commandThreadNs,
            double allThreadsNs,
            double lagBytes,
            double drainMs) {}

    ThroughputRun(Plan plan, long keyCount) {
        this.plan = plan;
        this.keys = new KeySet(keyCount, plan.valueBytes());
    }

    /** Medians over the rounds; the index is the number of replicas. */
    List<Turn> run(BenchServer.Spec primary, BenchServer.Spec replica, Path directory)
            throws IOException, InterruptedException {
        List<String> options = StreamOptions.patientOptions();
        BenchServer.Spec source = primary.on(plan.serverCpus()).with(options);
        BenchServer.Spec follower = replica.on(plan.replicaCpus()).with(options);
        try (BenchServer server =
                        BenchServer.start(
                                source.with(List.of("--repl-backlog-ttl", "1")),
                                directory.resolve("primary"));
                BenchServer first = BenchServer.start(follower, directory.resolve("first"));
                BenchServer second = BenchServer.start(follower, directory.resolve("second"))) {
            server.refill(keys);
            return rounds(server, List.of(first, second));
        }
    }

    private List<Turn> rounds(BenchServer server, List<BenchServer> replicas)
            throws IOException, InterruptedException {
        List<List<Turn>> turns = new ArrayList<>();
        for (int count = 0; count <= REPLICAS; count++) {
            turns.add(new ArrayList<>());
        }
        // The first round warms up and is thrown away.
        for (int round = -1; round < plan.rounds(); round++) {
            for (int count = 0; count <= REPLICAS; count++) {
                Turn turn = turn(server, replicas, count);
                if (round >= 0) {
                    turns.get(count).add(turn);
                }
            }
        }
        return turns.stream().map(ThroughputRun::medians).toList();
    }

    private Turn turn(BenchServer server, List<BenchServer> replicas, int count)
            throws IOException, InterruptedException {
        List<BenchServer> following = replicas.subList(0, count);
        for (BenchServer idle : replicas.subList(count, replicas.size())) {
            try (RespLink link = idle.connect()) {
                link.require("REPLICAOF", "NO", "ONE");
                link.require("FLUSHALL");
            }
        }
        if (count == 0) {
            awaitNoBacklog(server);
        }
        for (BenchServer replica : following) {
            replica.follow(server);
            try (RespLink link = replica.connect()) {
                while (!replica.isLinkUp(link)) {
                    Thread.sleep(POLL_MS);
                }
            }
        }
        LagWatch lag = new LagWatch(server, following);
        RedisBenchmark benchmark = new RedisBenchmark(plan.clientCpus(), CLIENTS, keys.count());
        RedisBenchmark.Cell cell =
                new RedisBenchmark.Cell("SET", plan.pipeline(), plan.valueBytes());
        CpuSample cpu = server.cpu();
        RedisBenchmark.Run run = benchmark.run(server, cell, plan.requests());
        double commandNs = (double) server.cpu().cpuNsOfBusiestSince(cpu) / plan.requests();
        double drainMs = lag.awaitDrained();
        return new Turn(
                run.requestsPerSecond(), commandNs, run.cpuNsPerRequest(), lag.most(), drainMs);
    }

    private static void awaitNoBacklog(BenchServer server)
            throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + BACKLOG_GONE_MS * 1_000_000L;
        try (RespLink link = server.connect()) {
            while (link.infoLong("replication", "repl_backlog_active") > 0) {
                if (System.nanoTime() > deadlineNs) {
                    throw new IOException(server.label() + " keeps its backlog without replicas");
                }
                Thread.sleep(POLL_MS);
            }
        }
    }

    private static Turn medians(List<Turn> turns) {
        return new Turn(
                median(turns, Turn::setsPerSecond),
                median(turns, Turn::commandThreadNs),
                median(turns, Turn::allThreadsNs),
                median(turns, Turn::lagBytes),
                median(turns, Turn::drainMs));
    }

    private static double median(List<Turn> turns, ToDoubleFunction<Turn> figure) {
        return ResultTable.median(turns.stream().mapToDouble(figure).toArray());
    }
}
