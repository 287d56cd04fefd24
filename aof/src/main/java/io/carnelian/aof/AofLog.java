package io.carnelian.aof;

import io.carnelian.aof.log.AofFile;
import io.carnelian.aof.log.Manifest;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sentences of the append-only file, in Redis's words where Redis has them: operators' tools
 * look for them. What is ours alone says what to do, and where: the file and the offset.
 *
 * <p>Any thread.
 */
public final class AofLog {
    private static final Logger LOG = LoggerFactory.getLogger(AofLog.class);

    // ---- writing

    public void writeFailed(String why) {
        LOG.warn(
                "Error writing to the AOF file: {}. Writes are refused until there is room again",
                why);
    }

    public void writesAgain() {
        LOG.warn("AOF write error looks solved, Redis can write again.");
    }

    public void cannotTakeBack(String why) {
        LOG.warn(
                "Could not remove short write from the append-only file."
                        + " Redis may refuse to load the AOF the next time it starts."
                        + " ftruncate: {}",
                why);
    }

    public void syncFailed(String why) {
        LOG.warn("Fail to fsync the AOF file: {}", why);
    }

    public void syncsAgain() {
        LOG.warn("The AOF file can be synced again; a rewrite replaces what may be missing in it");
    }

    public void stepFailed(String what, Exception cause) {
        LOG.error("AOF: {} failed", what, cause);
    }

    public void tooSlow(long bytes) {
        LOG.warn(
                "{} bytes wait for the AOF's disk. Writes are refused until it has caught up",
                bytes);
    }

    public void finalSync() {
        LOG.info("Calling fsync() on the AOF file.");
    }

    public void created(Manifest files) {
        AofFile base = files.base();
        if (base != null) {
            LOG.info("Creating AOF base file {} on server start", base.name());
        }
        AofFile incr = files.lastIncr();
        if (incr != null) {
            LOG.info("Creating AOF incr file {} on server start", incr.name());
        }
    }

    public void cannotOpen(String why) {
        LOG.warn("Can't open the append-only file: {}", why);
    }

    // ---- loading

    public void migrated(String file, Path folder) {
        LOG.info(
                "Successfully migrated an old-style AOF configuration ({}) into the AOF directory"
                        + " ({}).",
                file,
                folder);
    }

    public void setAside(Path folder, String name) {
        LOG.warn(
                "There is no AOF manifest in {}, but there is data, which new files would"
                        + " overwrite. It is kept as {}. If it should be loaded, stop the server"
                        + " and restore the manifest and the name",
                folder,
                name);
    }

    public void manifestUnreadable(int line, String text, String why) {
        LOG.warn("*** FATAL AOF MANIFEST FILE ERROR ***");
        if (line > 0) {
            LOG.warn("Reading the manifest file, at line {}", line);
            LOG.warn(">>> '{}'", text);
        }
        LOG.warn("{}", why);
    }

    public void cannotRead(String name, String why) {
        LOG.warn("Unable to obtain the AOF file {} length. stat: {}", name, why);
    }

    public void loading(String name, long bytes, long total) {
        LOG.info(
                "Loading the append only file {}: {} of {} bytes ({}%)",
                name, bytes, total, total == 0 ? 0 : 100 * bytes / total);
    }

    public void readsPreamble() {
        LOG.info("Reading RDB base file on AOF loading...");
    }

    public void preambleFailed(String name, String why) {
        LOG.warn(
                "Error reading the RDB preamble of the AOF file {}, AOF loading aborted: {}",
                name,
                why);
    }

    public void loadedFile(boolean base, String name, double seconds) {
        LOG.info(
                "DB loaded from {} file {}: {} seconds",
                base ? "base" : "incr",
                name,
                "%.3f".formatted(seconds));
    }

    public void loadedAll(double seconds) {
        LOG.info("DB loaded from append only file: {} seconds", "%.3f".formatted(seconds));
    }

    public void shortRead(String name) {
        LOG.warn("!!! Warning: short read while loading the AOF file {}!!!", name);
        LOG.warn("AOF {} loaded anyway because aof-load-truncated is enabled", name);
    }

    public void truncated(String name, long offset, String why, long commands, Path kept) {
        LOG.warn(
                "Truncating the AOF {} at offset {} ({}): {} commands dropped, the bytes are kept"
                        + " in {}",
                name,
                offset,
                why,
                commands,
                kept);
    }

    public void tailStays(String name, long offset, long bytes, String why) {
        LOG.warn(
                "The AOF {} can't be truncated at offset {} yet: the {} bytes behind it are to be"
                        + " kept aside first, and that failed ({}). Writes are refused until there"
                        + " is room for them",
                name,
                offset,
                bytes,
                why);
    }

    public void cannotCut(String name, long offset, long bytes, String why) {
        LOG.warn(
                "The AOF {} can't be truncated at offset {}: the {} bytes behind it are to be kept"
                        + " aside first, and that failed ({}). Make room for them and restart the"
                        + " server, or drop them with carnelian check-aof --fix"
                        + " <filename.manifest>",
                name,
                offset,
                bytes,
                why);
    }

    public void unexpectedEnd(String name, long offset) {
        LOG.warn(
                "Unexpected end of file reading the append only file {} at offset {}. You can: 1)"
                        + " Make a backup of your AOF file, then use carnelian check-aof --fix"
                        + " <filename.manifest>. 2) Alternatively you can set the"
                        + " 'aof-load-truncated'"
                        + " configuration option to yes and restart the server.",
                name,
                offset);
    }

    public void damaged(String name, long offset, String why) {
        LOG.warn(
                "Bad file format reading the append only file {} at offset {} ({}): make a backup"
                        + " of your AOF file, then use carnelian check-aof --fix"
                        + " <filename.manifest>",
                name,
                offset,
                why);
    }

    public void cannotRun(String why, String name, long offset) {
        LOG.warn("{} reading the append only file {} at offset {}", why, name, offset);
    }

    public void loadFailed(String name, String why) {
        LOG.warn("Unrecoverable error reading the append only file {}: {}", name, why);
    }

    public void loadFailed(String why) {
        LOG.warn("Unrecoverable error reading the append only file: {}", why);
    }

    public void errorsWhileLoading(long errors, String last) {
        LOG.warn(
                "{} commands of the append only file were answered with an error, the last one: {}",
                errors,
                last);
    }

    public void standsAt(String replid, long offset) {
        LOG.info("The append only file ends at {}:{}", replid, offset);
    }

    public void reloaded() {
        LOG.warn("Append Only File loaded by DEBUG LOADAOF");
    }

    // ---- rewriting

    public void rewriteStarted(long cutMicros) {
        LOG.info(
                "Background append only file rewriting started, cut in {} microseconds", cutMicros);
    }

    public void rewriteDone(long keys, long bytes, long ms) {
        LOG.info("AOF rewrite: {} keys, {} bytes in {} ms", keys, bytes, ms);
        LOG.info("Background AOF rewrite terminated with success");
    }

    public void rewriteFinished() {
        LOG.info("Background AOF rewrite finished successfully");
    }

    public void rewriteFailed(String why) {
        LOG.warn("Background AOF rewrite terminated with error: {}", why);
    }

    public void rewriteKilled() {
        LOG.info("Killing running AOF rewrite child: its snapshot is given up");
    }

    public void rewriteLimited(long minutes) {
        LOG.warn(
                "Background AOF rewrite has repeatedly failed and triggered the limit, will retry"
                        + " in {} minutes",
                minutes);
    }

    public void grown(long percent) {
        LOG.info("Starting automatic rewriting of AOF on {}% growth", percent);
    }

    public void enabledDuringOther() {
        LOG.info(
                "AOF was enabled but there is already another background operation. An AOF"
                        + " background was scheduled to start when possible.");
    }

    public void enabledDuringTransaction() {
        LOG.info(
                "AOF was enabled during a transaction. An AOF background was scheduled to start"
                        + " when possible.");
    }

    public void firstBeforeServing() {
        LOG.info("The data set is written to the append only file before clients are served");
    }

    public void asideRemoved(String name) {
        LOG.info("Removing the temp incr aof file {}", name);
    }

    public void historyNotDeleted(Path file, String why) {
        LOG.warn("Can't delete what is not needed any more, {}: {}", file, why);
    }

    public void initialAtShutdown(boolean forced) {
        if (forced) {
            LOG.warn("Writing initial AOF. Exit anyway.");
        } else {
            LOG.warn("Writing initial AOF, can't exit.");
        }
    }

    public void rewriteAtShutdown() {
        LOG.warn("There is a child rewriting the AOF. Killing it!");
    }
}
