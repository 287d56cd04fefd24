package io.carnelian.rdb.save;

import io.carnelian.server.info.Fields;
import io.carnelian.server.store.Keyspace;
import java.time.InstantSource;

/** INFO persistence as far as it is about saving; Redis's fields, and what a snapshot costs. */
public final class SaveInfo {
    private final Saves saves;
    private final Keyspace keyspace;
    private final InstantSource clock;

    public SaveInfo(Saves saves, Keyspace keyspace, InstantSource clock) {
        this.saves = saves;
        this.keyspace = keyspace;
        this.clock = clock;
    }

    public void persistence(Fields to) {
        Saves.Running running = saves.running();
        long done = running == null ? 0 : running.save().encoder().keysDone();
        long total = running == null ? 0 : running.keys();
        to.put("current_cow_size", saves.copiedBytes());
        to.put("current_cow_peak", running == null ? 0 : saves.peakCopiedBytes());
        to.put("current_fork_perc", Fields.fixed(total == 0 ? 0 : 100.0 * done / total, 2));
        to.put("current_save_keys_processed", done).put("current_save_keys_total", total);
        to.put("rdb_changes_since_last_save", saves.changes());
        to.put("rdb_bgsave_in_progress", running == null ? 0 : 1);
        to.put("rdb_last_save_time", saves.lastSaveMs() / 1000);
        to.put("rdb_last_bgsave_status", saves.lastOk() ? "ok" : "err");
        to.put("rdb_last_bgsave_time_sec", saves.lastSeconds());
        long runsMs = running == null ? 0 : clock.millis() - running.startedMs();
        to.put("rdb_current_bgsave_time_sec", running == null ? -1 : runsMs / 1000);
        to.put("rdb_saves", saves.saves());
        to.put("rdb_last_cow_size", saves.lastCopiedBytes());
        if (running != null) {
            long perSecond = runsMs == 0 ? 0 : done * 1000 / runsMs;
            to.put("rdb_current_bgsave_bytes", running.save().encoder().bytesDone());
            to.put("rdb_current_bgsave_keys_per_sec", perSecond);
            to.put(
                    "rdb_current_bgsave_eta_seconds",
                    perSecond == 0 ? -1 : Math.max(0, total - done) / perSecond);
        }
    }

    public void stats(Fields to) {
        to.put("latest_fork_usec", keyspace.lastCutNanos() / 1000);
        to.put("total_forks", saves.begun());
    }
}
