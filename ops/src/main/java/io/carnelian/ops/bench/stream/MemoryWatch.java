package io.carnelian.ops.bench.stream;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The largest values that figures of INFO reach while something is under way, read ten times a
 * second by a thread of its own; and the resident size, whose peak the kernel keeps.
 *
 * <p>A forked child has a resident size of its own. What it costs beyond the parent's are the pages
 * that were copied, {@code current_cow_size}; a server that does not fork shows none.
 */
final class MemoryWatch {
    private static final int POLL_MS = 100;
    private static final List<String> FIELDS =
            List.of(
                    "used_memory",
                    "current_cow_size",
                    "snapshot_limbo_bytes",
                    "snapshot_bytes_copied",
                    "mem_total_replication_buffers",
                    "mem_clients_slaves");

    private final BenchServer server;
    private final Map<String, Long> peaks = new TreeMap<>();
    private final Thread thread = new Thread(this::watch, "memory-watch");
    private final long residentBefore;
    private final long usedBefore;
    private volatile boolean stopping;
    private volatile String failure = "";

    /** What was seen, in bytes; {@code peaks} holds the figures of INFO that the server has. */
    record Figures(
            long usedBefore, long residentBefore, long residentPeak, Map<String, Long> peaks) {
        long peak(String field) {
            return peaks.getOrDefault(field, 0L);
        }
    }

    /** Begins to watch. */
    MemoryWatch(BenchServer server) throws IOException {
        this.server = server;
        server.forgetPeakResident();
        residentBefore = server.residentBytes();
        try (RespLink link = server.connect()) {
            usedBefore = link.infoLong("memory", "used_memory");
        }
        thread.setDaemon(true);
        thread.start();
    }

    Figures stop() throws IOException, InterruptedException {
        stopping = true;
        thread.join();
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
        return new Figures(
                usedBefore, residentBefore, server.peakResidentBytes(), Map.copyOf(peaks));
    }

    private void watch() {
        try (RespLink link = server.connect()) {
            while (!stopping) {
                Map<String, String> info = new TreeMap<>(link.info("memory"));
                info.putAll(link.info("persistence"));
                for (String field : FIELDS) {
                    String value = info.get(field);
                    if (value != null) {
                        peaks.merge(field, Long.valueOf(value), Math::max);
                    }
                }
                Thread.sleep(POLL_MS);
            }
        } catch (IOException failed) {
            failure = "INFO of " + server.label() + ": " + failed;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
