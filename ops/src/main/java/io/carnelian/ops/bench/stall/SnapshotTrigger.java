package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes one snapshot of a server and waits for its end: {@code BGREWRITEAOF}, or {@code BGSAVE}
 * where the server has it, as redis-server does; else {@code DEBUG SNAPSHOT}, which walks a
 * snapshot without a file and answers with its figures.
 *
 * <p>The cut is the time that the command thread stood still: the fork in redis-server ({@code
 * latest_fork_usec}, INFO stats), the cut's field in ours. Fields are looked for by name in all of
 * INFO, since the section is not what matters here.
 */
final class SnapshotTrigger {
    private static final int POLL_MS = 20;
    private static final List<String> CUT_FIELDS =
            List.of("snapshot_cut_us", "snapshot_last_cut_us", "cut_us", "latest_fork_usec");

    private final RespLink link;

    /** A finished snapshot: the stand-still in microseconds (-1: unknown), its length, its way. */
    record Snapshot(String by, double cutUs, double seconds) {}

    SnapshotTrigger(RespLink link) {
        this.link = link;
    }

    /** Takes the snapshot that some work needs, and returns when the work has ended. */
    Snapshot take(Background work) throws IOException, InterruptedException {
        return switch (work) {
            case SAVE -> take();
            case REWRITE -> rewrite();
        };
    }

    private Snapshot rewrite() throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        link.require("BGREWRITEAOF");
        Map<String, String> fields = link.info("persistence");
        while (isOn(fields, "aof_rewrite_in_progress") || isOn(fields, "aof_rewrite_scheduled")) {
            Thread.sleep(POLL_MS);
            fields = link.info("persistence");
        }
        if (!"ok".equals(fields.get("aof_last_bgrewrite_status"))) {
            throw new IOException("the rewrite failed: " + fields);
        }
        return new Snapshot("BGREWRITEAOF", cutUs(link.info("all")), secondsSince(startNs));
    }

    private static boolean isOn(Map<String, String> fields, String name) {
        return !fields.getOrDefault(name, "0").equals("0");
    }

    /**
     * Takes a snapshot, and returns when it has ended.
     *
     * @throws IOException if the server offers no way to take one, with what it said
     */
    Snapshot take() throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        Object bgsave = link.call("BGSAVE");
        if (!(bgsave instanceof RespLink.ErrorReply refused)) {
            awaitSaved();
            return new Snapshot("BGSAVE", cutUs(link.info("all")), secondsSince(startNs));
        }
        Object debug = link.call("DEBUG", "SNAPSHOT");
        if (debug instanceof RespLink.ErrorReply alsoRefused) {
            throw new IOException("no snapshot: " + refused.text() + "; " + alsoRefused.text());
        }
        Map<String, String> fields = debug instanceof List<?> pairs ? toMap(pairs) : Map.of();
        return new Snapshot("DEBUG SNAPSHOT", cutUs(fields), secondsSince(startNs));
    }

    private void awaitSaved() throws IOException, InterruptedException {
        Map<String, String> persistence = link.info("persistence");
        while (isOn(persistence, "rdb_bgsave_in_progress")) {
            Thread.sleep(POLL_MS);
            persistence = link.info("persistence");
        }
        String status = persistence.getOrDefault("rdb_last_bgsave_status", "ok");
        if (!status.equals("ok")) {
            throw new IOException("the snapshot failed: rdb_last_bgsave_status:" + status);
        }
    }

    private static double cutUs(Map<String, String> fields) {
        for (String field : CUT_FIELDS) {
            String value = fields.get(field);
            if (value != null) {
                return Double.parseDouble(value);
            }
        }
        return -1;
    }

    private static Map<String, String> toMap(List<?> pairs) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            map.put(String.valueOf(pairs.get(i)), String.valueOf(pairs.get(i + 1)));
        }
        return map;
    }

    private static double secondsSince(long startNs) {
        return (System.nanoTime() - startNs) / 1e9;
    }
}
