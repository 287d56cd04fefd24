package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.KeySet;
import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.bench.ResultTable;
import io.carnelian.ops.bench.ServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * What an open loop of GETs and SETs over all keys waits before, during and after BGSAVE or
 * BGREWRITEAOF. A phase is as long as it was planned, and in the middle one a save follows the
 * other, so each is measured with as many requests. Before them, the same probe asks a bare echo:
 * what it waits there, the machine itself takes.
 */
public final class SaveLatencies {
    private static final int READ_TIMEOUT_MS = 600_000;
    private static final int SETTLE_MS = 200;
    private static final double MICROS = 1e3;
    private static final double MILLIS = 1e6;
    private static final double MEBI = 1 << 20;

    private final Background work;
    private final KeySet keys;
    private final int rate;
    private final int seconds;
    private final PrintWriter out;
    private final SplittableRandom random = new SplittableRandom(3);
    private final ResultTable table =
            new ResultTable(
                    "phase",
                    "p50 us",
                    "p99 us",
                    "p99.9 us",
                    "longest ms",
                    "command p99.9 us",
                    "slowest us");
    private final StringBuilder notes = new StringBuilder();
    private final List<Double> p999InWork = new ArrayList<>();

    public SaveLatencies(Background work, KeySet keys, int rate, int seconds, PrintWriter out) {
        this.work = work;
        this.keys = keys;
        this.rate = rate;
        this.seconds = seconds;
        this.out = out;
    }

    /** Measures ours, then the other in the same way, and prints the table. */
    public void run(ServerOptions servers, Path directory)
            throws IOException, InterruptedException {
        measureMachine();
        for (BenchServer.Spec spec : List.of(servers.ours(""), servers.other(""))) {
            try (BenchServer server = BenchServer.start(spec.with(work.options()), directory)) {
                measure(server);
            }
        }
        out.println();
        print();
    }

    private void measureMachine() throws IOException, InterruptedException {
        out.println("a bare echo, no server: " + rate + " requests/s");
        out.flush();
        try (EchoServer echo = new EchoServer()) {
            StallProbe probe = new StallProbe(echo.port(), rate, n -> keys.getOrSet(n, random));
            Thread.sleep(1_000L * Math.min(seconds, 10));
            Histogram waits = StallProbe.newHistogram();
            probe.recordInto(waits);
            Thread.sleep(1_000L * seconds);
            probe.stop();
            row("bare echo", waits, "", "");
        }
    }

    private void measure(BenchServer server) throws IOException, InterruptedException {
        out.println(server.label() + ": " + keys.count() + " keys, " + rate + " requests/s");
        server.refill(keys);
        try (RespLink control = new RespLink(server.port(), READ_TIMEOUT_MS)) {
            StallProbe probe = new StallProbe(server.port(), rate, n -> keys.getOrSet(n, random));
            Thread.sleep(1_000L * Math.min(seconds, 10));
            phase(probe, control, server.label() + " before", false);
            long residentBytes = server.residentBytes();
            phase(probe, control, server.label() + " in " + work.plural(), true);
            note(
                    String.format(
                            Locale.ROOT,
                            "%s: %.0f MiB resident before, at most %.0f%n",
                            server.label(),
                            residentBytes / MEBI,
                            server.peakResidentBytes() / MEBI));
            phase(probe, control, server.label() + " after", false);
            probe.stop();
            note(
                    String.format(
                            Locale.ROOT,
                            "%s: the client was woken late by %.2f ms at p99.9, %.2f at most%n",
                            server.label(),
                            probe.clientLatenessNs().getValueAtPercentile(99.9) / MILLIS,
                            probe.clientLatenessNs().getMaxValue() / MILLIS));
        }
    }

    private void print() {
        table.print(out);
        out.print(notes);
        out.printf(
                Locale.ROOT,
                "p99.9 in %s, ours / other: %.2f%n",
                work.plural(),
                p999InWork.getFirst() / p999InWork.getLast());
        out.flush();
    }

    private void phase(StallProbe probe, RespLink control, String name, boolean saves)
            throws IOException, InterruptedException {
        Histogram waits = StallProbe.newHistogram();
        CommandTimes.reset(control);
        // What waited for that is no part of the phase.
        Thread.sleep(SETTLE_MS);
        probe.recordInto(waits);
        if (saves) {
            double longest = 0;
            double cutUs = 0;
            int count = 0;
            long endNs = System.nanoTime() + seconds * 1_000_000_000L;
            while (System.nanoTime() < endNs) {
                SnapshotTrigger.Snapshot snapshot = new SnapshotTrigger(control).take(work);
                longest = Math.max(longest, snapshot.seconds());
                cutUs = Math.max(cutUs, snapshot.cutUs());
                count++;
            }
            note(
                    String.format(
                            Locale.ROOT,
                            "%s: %d, %.2f s at most, cut (fork) %.0f us%n",
                            name,
                            count,
                            longest,
                            cutUs));
        } else {
            Thread.sleep(1_000L * seconds);
        }
        probe.recordInto(StallProbe.newHistogram());
        // The probe may be about to record one more wait.
        Thread.sleep(10);
        if (saves) {
            p999InWork.add((double) waits.getValueAtPercentile(99.9));
        }
        CommandTimes times = CommandTimes.of(control);
        row(name, waits, number(times.p999Micros()), number(times.slowestMicros()));
    }

    private void row(String name, Histogram waits, String commandP999, String slowest) {
        table.row(
                name,
                number(waits.getValueAtPercentile(50) / MICROS),
                number(waits.getValueAtPercentile(99) / MICROS),
                number(waits.getValueAtPercentile(99.9) / MICROS),
                number(waits.getMaxValue() / MILLIS),
                commandP999,
                slowest);
    }

    private void note(String line) {
        notes.append(line);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 1000 ? "%.0f" : "%.2f", value);
    }
}
