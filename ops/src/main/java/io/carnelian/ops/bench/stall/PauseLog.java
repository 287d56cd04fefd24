package io.carnelian.ops.bench.stall;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The JVM's own account of its pauses, from a {@code -Xlog:gc,safepoint} file. The two kinds of
 * line that count (JDK 25):
 *
 * <pre>
 * [1.532s] GC(3) Pause Young (Allocation Failure) 17M-&gt;1M(61M) 0.612ms
 * [1.532s] Safepoint "SerialCollectForAllocation", Time since last: …, Total: 702113 ns, …
 * </pre>
 *
 * <p>The safepoint's total also holds the time to stop the threads and pauses that are not the
 * collector's, so it is the longer and stricter figure.
 */
final class PauseLog {
    private static final Pattern GC_PAUSE = Pattern.compile("GC\\(\\d+\\) Pause .* ([0-9.]+)ms$");
    private static final Pattern SAFEPOINT = Pattern.compile("Safepoint .*Total: +([0-9]+) ns");

    private final Path file;

    /** The longest pauses in a part of the log, in milliseconds. */
    record Longest(double gcMs, double safepointMs, int gcPauses) {
        /** Of a server that is no JVM. */
        static final Longest UNKNOWN = new Longest(Double.NaN, Double.NaN, 0);
    }

    PauseLog(Path file) {
        this.file = file;
    }

    /** The JVM option that makes a JVM write this log. */
    String jvmOption() {
        return "-Xlog:gc,safepoint:file=" + file + ":uptime:filecount=0";
    }

    /** Length of the log now: a position to {@link #since} it. */
    long position() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** The longest pauses after a position; {@link Longest#UNKNOWN} if nobody writes this log. */
    Longest since(long position) throws IOException {
        if (!Files.exists(file)) {
            return Longest.UNKNOWN;
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return longest(text.substring((int) position));
    }

    static Longest longest(String text) {
        double gcMs = 0;
        double safepointMs = 0;
        int gcPauses = 0;
        for (String line : text.lines().toList()) {
            Matcher gc = GC_PAUSE.matcher(line);
            Matcher safepoint = SAFEPOINT.matcher(line);
            if (gc.find()) {
                gcPauses++;
                gcMs = Math.max(gcMs, Double.parseDouble(gc.group(1)));
            } else if (safepoint.find()) {
                safepointMs = Math.max(safepointMs, Long.parseLong(safepoint.group(1)) / 1e6);
            }
        }
        return new Longest(gcMs, safepointMs, gcPauses);
    }
}
