package io.carnelian.aof;

import io.carnelian.aof.rewrite.Rewrites;
import io.carnelian.aof.write.Journal;
import io.carnelian.aof.write.Kept;
import io.carnelian.server.info.Fields;
import io.carnelian.server.info.Info;

/** INFO persistence as far as it is about the AOF. */
final class AofInfo {
    private final Journal journal;
    private final Rewrites rewrites;
    private final Kept kept;
    private long delayedBefore;

    AofInfo(Journal journal, Rewrites rewrites) {
        this.journal = journal;
        this.rewrites = rewrites;
        this.kept = journal.kept();
    }

    void addTo(Info info) {
        info.write("Persistence", this::persistence);
        info.write("Stats", to -> to.put("total_forks", rewrites.snapshotsBegun()));
        info.onReset(() -> delayedBefore = kept.delayedSyncs());
    }

    private void persistence(Fields to) {
        boolean on = journal.state() != Journal.State.OFF;
        if (rewrites.isRunning()) {
            long done = rewrites.keysDone();
            long total = rewrites.keysTotal();
            to.put("current_fork_perc", Fields.fixed(total == 0 ? 0 : 100.0 * done / total, 2));
            to.put("current_save_keys_processed", done).put("current_save_keys_total", total);
        }
        to.put("aof_enabled", on ? 1 : 0);
        to.put("aof_rewrite_in_progress", rewrites.isRunning() ? 1 : 0);
        to.put("aof_rewrite_scheduled", rewrites.isScheduled() ? 1 : 0);
        to.put("aof_last_rewrite_time_sec", rewrites.lastSeconds());
        to.put("aof_current_rewrite_time_sec", rewrites.currentSeconds());
        to.put("aof_last_bgrewrite_status", rewrites.lastOk() ? "ok" : "err");
        to.put("aof_rewrites", rewrites.rewrites());
        to.put("aof_rewrites_consecutive_failures", rewrites.failures());
        to.put("aof_last_write_status", kept.writesWell() ? "ok" : "err");
        to.put("aof_last_cow_size", rewrites.lastCopiedBytes());
        if (on) {
            to.put("aof_current_size", rewrites.currentBytes());
            to.put("aof_base_size", rewrites.sizeAfterRewrite());
            to.put("aof_pending_rewrite", rewrites.isScheduled() ? 1 : 0);
            to.put("aof_buffer_length", kept.queuedBytes());
            to.put("aof_pending_bio_fsync", kept.isSyncing() ? 1 : 0);
            to.put("aof_delayed_fsync", kept.delayedSyncs() - delayedBefore);
        }
    }
}
