package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.CpuSample;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.bench.stall.OverwriteLoad.Phase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * The whole of {@link StallBench} for one server: load the keys, weigh them, overwrite them at full
 * speed, take snapshots in the second half of the run, and keep every figure.
 *
 * <pre>
 *   load │ settle │ WARM_UP 5 s │ BEFORE, half the run │ DURING │ AFTER │ DURING │ AFTER …
 *        └ memory               └ pauses and waits count from here
 * </pre>
 *
 * <p>If a snapshot lasts beyond the end, the run is longer than asked for.
 */
final class StallRun {
    private static final long SETTLE_MS = 2_000;
    private static final long WARM_UP_MS = 5_000;
    private static final Pattern INFO_PAUSE =
            Pattern.compile("(gc|collector)\\w*max\\w*_(ms|us|usec)|(gc|collector)\\w*_max");

    private static final byte[] PING = RespLink.encode("PING");

    private final Plan plan;
    private final KeySet keys;
    private final BenchServer server;
    private final PauseLog pauseLog;
    private final Histogram probeBefore = StallProbe.newHistogram();
    private final Histogram probeDuring = StallProbe.newHistogram();
    private final Histogram probeAfter = StallProbe.newHistogram();
    private final SplittableRandom random = new SplittableRandom(3);
    private final List<SnapshotTrigger.Snapshot> snapshots = new ArrayList<>();

    /** What a run does; times in seconds and milliseconds, rates per second. */
    record Plan(
            int seconds,
            int connections,
            int pipeline,
            int probesPerSecond,
            int snapshots,
            long snapshotGapMs) {}

    /** What loading the keys cost. */
    record Memory(double usedBytesPerKey, long residentBytes, double loadSeconds) {}

    /** All figures of one server; histograms are in nanoseconds. */
    record Figures(
            Memory memory,
            long peakResidentBytes,
            OverwriteLoad load,
            Histogram probeBefore,
            Histogram probeDuring,
            Histogram probeWhole,
            Histogram clientLateness,
            long serverDelayNs,
            PauseLog.Longest pauses,
            Map<String, String> infoPauses,
            List<SnapshotTrigger.Snapshot> snapshots) {}

    StallRun(Plan plan, KeySet keys, BenchServer server, PauseLog pauseLog) {
        this.plan = plan;
        this.keys = keys;
        this.server = server;
        this.pauseLog = pauseLog;
    }

    Figures run() throws IOException, InterruptedException {
        try (RespLink control = server.connect()) {
            Memory memory = weighKeys(control);
            OverwriteLoad load =
                    new OverwriteLoad(server.port(), plan.connections(), plan.pipeline(), keys);
            StallProbe probe =
                    new StallProbe(server.port(), plan.probesPerSecond(), this::pingOrGet);
            long logStart;
            CpuSample cpuStart;
            try {
                Thread.sleep(WARM_UP_MS);
                logStart = pauseLog.position();
                cpuStart = server.cpu();
                overwrite(control, load, probe);
            } finally {
                load.stop();
                probe.stop();
            }
            long delayNs = server.cpu().delayNsOfBusiestSince(cpuStart);
            return figures(control, memory, load, probe, delayNs, logStart);
        }
    }

    private byte[] pingOrGet(long number) {
        return number % 2 == 0
                ? PING
                : RespLink.encode("GET", KeySet.key(random.nextLong(keys.count())));
    }

    private Memory weighKeys(RespLink control) throws IOException, InterruptedException {
        long usedBefore = control.infoLong("memory", "used_memory");
        long startNs = System.nanoTime();
        server.refill(keys);
        double seconds = (System.nanoTime() - startNs) / 1e9;
        Thread.sleep(SETTLE_MS);
        long used = control.infoLong("memory", "used_memory") - usedBefore;
        return new Memory((double) used / keys.count(), server.residentBytes(), seconds);
    }

    private void overwrite(RespLink control, OverwriteLoad load, StallProbe probe)
            throws IOException, InterruptedException {
        long endNs = System.nanoTime() + plan.seconds() * 1_000_000_000L;
        probe.recordInto(probeBefore);
        load.enter(Phase.BEFORE);
        Thread.sleep(plan.seconds() * 500L);
        SnapshotTrigger trigger = new SnapshotTrigger(control);
        for (int i = 0; i < plan.snapshots(); i++) {
            probe.recordInto(probeDuring);
            load.enter(Phase.DURING);
            snapshots.add(trigger.take());
            load.enter(Phase.AFTER);
            probe.recordInto(probeAfter);
            Thread.sleep(plan.snapshotGapMs());
        }
        load.enter(Phase.AFTER);
        probe.recordInto(probeAfter);
        Thread.sleep(Math.max(0, (endNs - System.nanoTime()) / 1_000_000));
    }

    private Figures figures(
            RespLink control,
            Memory memory,
            OverwriteLoad load,
            StallProbe probe,
            long delayNs,
            long logStart)
            throws IOException {
        Histogram whole = StallProbe.newHistogram();
        whole.add(probeBefore);
        whole.add(probeDuring);
        whole.add(probeAfter);
        Map<String, String> info = control.info("all");
        info.keySet().removeIf(field -> !INFO_PAUSE.matcher(field).matches());
        return new Figures(
                memory,
                server.peakResidentBytes(),
                load,
                probeBefore,
                probeDuring,
                whole,
                probe.clientLatenessNs(),
                delayNs,
                pauseLog.since(logStart),
                info,
                snapshots);
    }
}
