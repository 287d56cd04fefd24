package io.carnelian.ops.bench.stream;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.bench.StreamOptions;
import io.carnelian.ops.bench.stall.StallProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Two empty replicas are ordered to follow a loaded primary at the same moment, while clients read
 * and write at a fixed rate.
 *
 * <pre>
 *   load │ warm-up │ BEFORE │ DURING: REPLICAOF ×2 ... both links up and both online │ compare
 * </pre>
 *
 * <p>The replicas are waited for together, so that both share one snapshot on every server ({@code
 * repl-diskless-sync-max-replicas 2}).
 */
final class FullSyncRun {
    private static final int REPLICAS = 2;
    private static final int POLL_MS = 20;
    private static final long WARM_UP_MS = 5_000;
    private static final List<String> OPTIONS =
            List.of(
                    "--repl-diskless-sync",
                    "yes",
                    "--repl-diskless-sync-delay",
                    "5",
                    "--repl-diskless-sync-max-replicas",
                    Integer.toString(REPLICAS));

    private final KeySet keys;
    private final int rate;
    private final int seconds;
    private final SplittableRandom random = new SplittableRandom(4);

    /** One pairing's figures; waits in nanoseconds. */
    record Figures(
            double seconds,
            Histogram before,
            Histogram during,
            Histogram clientLateness,
            MemoryWatch.Figures memory) {}

    FullSyncRun(KeySet keys, int rate, int seconds) {
        this.keys = keys;
        this.rate = rate;
        this.seconds = seconds;
    }

    Figures run(BenchServer.Spec primary, BenchServer.Spec replica, Path directory)
            throws IOException, InterruptedException {
        BenchServer.Spec patient = primary.with(StreamOptions.patientOptions()).with(OPTIONS);
        try (BenchServer source = BenchServer.start(patient, directory.resolve("primary"));
                BenchServer first = BenchServer.start(replica, directory.resolve("first"));
                BenchServer second = BenchServer.start(replica, directory.resolve("second"))) {
            source.refill(keys);
            return measure(source, List.of(first, second));
        }
    }

    private Figures measure(BenchServer source, List<BenchServer> replicas)
            throws IOException, InterruptedException {
        Histogram before = StallProbe.newHistogram();
        Histogram during = StallProbe.newHistogram();
        StallProbe probe =
                new StallProbe(source.port(), rate, number -> keys.getOrSet(number, random));
        Thread.sleep(WARM_UP_MS);
        probe.recordInto(before);
        Thread.sleep(1_000L * seconds);
        MemoryWatch memory = new MemoryWatch(source);
        probe.recordInto(during);
        long startNs = System.nanoTime();
        for (BenchServer replica : replicas) {
            replica.follow(source);
        }
        awaitFollowing(source, replicas);
        double tookSeconds = (System.nanoTime() - startNs) / 1e9;
        probe.recordInto(StallProbe.newHistogram());
        probe.stop();
        MemoryWatch.Figures figures = memory.stop();
        for (BenchServer replica : replicas) {
            requireComplete(replica);
        }
        return new Figures(tookSeconds, before, during, probe.clientLatenessNs(), figures);
    }

    private static void awaitFollowing(BenchServer source, List<BenchServer> replicas)
            throws IOException, InterruptedException {
        List<RespLink> links = new ArrayList<>();
        try (RespLink control = source.connect()) {
            for (BenchServer replica : replicas) {
                links.add(replica.connect());
            }
            for (int i = 0; i < replicas.size(); i++) {
                while (!replicas.get(i).isLinkUp(links.get(i))) {
                    Thread.sleep(POLL_MS);
                }
            }
            while (onlineReplicas(control.info("replication")) < replicas.size()) {
                Thread.sleep(POLL_MS);
            }
        } finally {
            for (RespLink link : links) {
                link.close();
            }
        }
    }

    private static int onlineReplicas(Map<String, String> fields) {
        int online = 0;
        for (int i = 0; fields.containsKey("slave" + i); i++) {
            online += fields.getOrDefault("slave" + i, "").contains("state=online") ? 1 : 0;
        }
        return online;
    }

    private void requireComplete(BenchServer replica) throws IOException {
        try (RespLink link = replica.connect()) {
            Object size = link.require("DBSIZE");
            if (!size.equals(keys.count())) {
                throw new IOException(replica.label() + " holds " + size + " keys as a replica");
            }
        }
    }
}
