package io.carnelian.ops.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the kernel's scheduler has accounted to each thread of one process at one moment: time on a
 * CPU and time spent runnable but waiting for one, in nanoseconds.
 *
 * <p>Source: {@code /proc/PID/task/TID/schedstat}, whose three fields are time on the CPU, time on
 * a run queue and time slices (kernel documentation, scheduler/sched-stats). It is exact to the
 * nanosecond, where {@code utime} and {@code stime} of {@code /proc/PID/stat} count in 10-ms ticks.
 * The price: a thread that ended between two samples takes its time with it. A JVM ends idle
 * compiler threads, so take samples close together and after a warm-up.
 */
public record CpuSample(Map<String, ThreadTimes> threads) {

    /** One thread's times since it started, in nanoseconds. */
    public record ThreadTimes(long cpuNs, long delayNs) {}

    /** Samples every thread that the process has now; a process that is gone has none. */
    public static CpuSample of(long pid) throws IOException {
        Map<String, ThreadTimes> threads = new HashMap<>();
        Path tasks = Path.of("/proc", Long.toString(pid), "task");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(tasks)) {
            for (Path task : entries) {
                sample(task, threads);
            }
        }
        return new CpuSample(Map.copyOf(threads));
    }

    private static void sample(Path task, Map<String, ThreadTimes> into) throws IOException {
        try {
            String line = Files.readString(task.resolve("schedstat"), StandardCharsets.US_ASCII);
            List<String> fields = Arrays.asList(line.trim().split(" ", -1));
            into.put(
                    task.getFileName().toString(),
                    new ThreadTimes(Long.parseLong(fields.get(0)), Long.parseLong(fields.get(1))));
        } catch (NoSuchFileException gone) {
            // The thread ended between the listing and the read; it has no time to report.
            return;
        }
    }

    /** CPU time of all threads together since an earlier sample, in nanoseconds. */
    public long cpuNsSince(CpuSample earlier) {
        long sum = 0;
        for (Map.Entry<String, ThreadTimes> thread : threads.entrySet()) {
            sum += thread.getValue().cpuNs() - earlier.of(thread.getKey()).cpuNs();
        }
        return sum;
    }

    /** CPU time of the busiest thread since an earlier sample: the one that runs the commands. */
    public long cpuNsOfBusiestSince(CpuSample earlier) {
        return busiestSince(earlier).cpuNs();
    }

    /** Time that the busiest thread since an earlier sample waited for a CPU, in nanoseconds. */
    public long delayNsOfBusiestSince(CpuSample earlier) {
        return busiestSince(earlier).delayNs();
    }

    private ThreadTimes busiestSince(CpuSample earlier) {
        ThreadTimes busiest = new ThreadTimes(-1, 0);
        for (Map.Entry<String, ThreadTimes> thread : threads.entrySet()) {
            ThreadTimes before = earlier.of(thread.getKey());
            long cpuNs = thread.getValue().cpuNs() - before.cpuNs();
            if (cpuNs > busiest.cpuNs()) {
                busiest = new ThreadTimes(cpuNs, thread.getValue().delayNs() - before.delayNs());
            }
        }
        return busiest;
    }

    private ThreadTimes of(String thread) {
        return threads.getOrDefault(thread, new ThreadTimes(0, 0));
    }
}
