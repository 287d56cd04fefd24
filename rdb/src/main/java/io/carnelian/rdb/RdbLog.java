package io.carnelian.rdb;

import io.carnelian.rdb.load.LoadResult;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sentences of saving and loading, in Redis's words where Redis has them: operators' tools look
 * for them. Any thread.
 */
public final class RdbLog {
    private static final Logger LOG = LoggerFactory.getLogger(RdbLog.class);
    private static final double MIB = 1 << 20;

    public void saved() {
        LOG.info("DB saved on disk");
    }

    public void backgroundStarted(long cutMicros) {
        LOG.info("Background saving started, cut in {} microseconds", cutMicros);
    }

    public void cannotStart(String why) {
        LOG.warn("Can't save in background: {}", why);
    }

    public void backgroundDone(long keys, long bytes, long ms, long copiedBytes) {
        LOG.info(
                "RDB: {} keys, {} bytes in {} ms, {} MB of memory used by copy-on-write",
                keys,
                bytes,
                ms,
                Math.round(copiedBytes / MIB));
        LOG.info("Background saving terminated with success");
    }

    public void backgroundFailed() {
        LOG.warn("Background saving error");
    }

    public void backgroundCancelled(String why) {
        LOG.warn("Background saving cancelled: {}", why);
    }

    public void savePoint(long changes, long seconds) {
        LOG.info("{} changes in {} seconds. Saving...", changes, seconds);
    }

    public void cannotOpen(Path temporary, String why) {
        LOG.warn("Failed opening the temp RDB file {} for saving: {}", temporary, why);
    }

    public void cannotRemove(Path temporary, String why) {
        LOG.warn("The temp RDB file {} stays behind: {}", temporary, why);
    }

    public void writeError(Path file, String why) {
        LOG.warn("Write error saving DB on disk({}): {}", file, why);
    }

    public void unexpected(Throwable cause) {
        LOG.error("Saving the DB failed unexpectedly", cause);
    }

    public void finalSave() {
        LOG.info("Saving the final RDB snapshot before exiting.");
    }

    public void finalSaveFailed() {
        LOG.warn("Error trying to save the DB, can't exit.");
    }

    public void childAtShutdown() {
        LOG.warn("There is a background save running. Stopping it!");
    }

    /** What the file says about itself. */
    public void producedBy(String version) {
        LOG.info("Loading RDB produced by version {}", version);
    }

    public void age(long seconds) {
        LOG.info("RDB age {} seconds", seconds);
    }

    public void memoryWhenCreated(long bytes) {
        LOG.info("RDB memory usage when created {} Mb", "%.2f".formatted(bytes / MIB));
    }

    public void loading(long bytes, long total, long keys) {
        LOG.info(
                "Loading the DB: {} of {} bytes ({}%), {} keys",
                bytes, total, total == 0 ? 0 : 100 * bytes / total, keys);
    }

    public void loaded(LoadResult result) {
        LOG.info(
                "Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
                result.keys(),
                result.expired(),
                result.empty());
    }

    public void loadedFromDisk(double seconds) {
        LOG.info("DB loaded from disk: {} seconds", "%.3f".formatted(seconds));
    }

    public void cannotOpenForReading(Path file, String why) {
        LOG.warn("Fatal error: can't open the RDB file {} for reading: {}", file, why);
    }

    public void damaged(Path file, String why) {
        LOG.warn("Internal error in RDB reading: {}", why);
        LOG.warn("The RDB file {} can't be loaded: {}", file, why);
    }

    /** A value without elements, as no key can have; the first few of a file are named. */
    public void emptyKey(String key) {
        LOG.info("Loading RDB: skipping empty key: {}", key);
    }

    /** A payload of RESTORE. */
    public void refused(String key, String why) {
        LOG.warn("Internal error in RDB reading: the payload for key {} is refused: {}", key, why);
    }

    public void fatal() {
        LOG.warn("Terminating server after rdb file reading failure.");
        LOG.warn("Fatal error loading the DB, check server logs. Exiting.");
    }

    public void reloaded() {
        LOG.warn("DB reloaded by DEBUG RELOAD");
    }
}
