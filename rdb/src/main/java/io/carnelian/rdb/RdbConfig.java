package io.carnelian.rdb;

import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import io.carnelian.server.settings.SavePoints;
import java.nio.file.Path;

/** The parameters of RDB files, with Redis's names, defaults and bounds. Command thread only. */
public final class RdbConfig {
    private static final int INT_MAX = Integer.MAX_VALUE;
    private static final long INTERVAL_BYTES = 2 << 20;

    public final SavePoints save = new SavePoints();
    public final Toggle stopWritesOnError = new Toggle("stop-writes-on-bgsave-error", 0, true);
    public final Toggle compression = new Toggle("rdbcompression", 0, true);

    /** No file is ever made for a sync: payloads go from the snapshot to the socket. */
    private final Toggle delSyncFiles = new Toggle("rdb-del-sync-files", 0, false);

    public final Toggle incrementalFsync = new Toggle("rdb-save-incremental-fsync", 0, true);

    public final Choice sanitizeDumpPayload =
            Choice.of("sanitize-dump-payload", 0, "no", "no", "yes", "clients");

    public final Text dbfilename =
            new Text("dbfilename", Parameter.PROTECTED, "dump.rdb", RdbConfig::notAPath);

    /** The version of the files that are written; 10 is what redis-server 7.0 reads. */
    public final Amount saveVersion = Amount.of("rdb-save-version", 0, 10, 9, 11);

    /** A pause after each key, in microseconds: for tests. */
    public final Amount keySaveDelayMicros = delay("rdb-key-save-delay");

    public final Amount keyLoadDelayMicros = delay("key-load-delay");

    /** Clients are served at any time while a file is loaded, so this has nothing to say. */
    private final Amount processEventsInterval =
            new Amount(
                    "loading-process-events-interval-bytes",
                    Parameter.HIDDEN,
                    Amount.Unit.PLAIN,
                    INTERVAL_BYTES,
                    1024,
                    INT_MAX);

    public final Toggle checksum;
    private final WorkingDir dir;

    /**
     * @param dir {@code dir}, which belongs to the server
     * @param checksum {@code rdbchecksum}, which belongs to replication
     */
    public RdbConfig(WorkingDir dir, Toggle checksum) {
        this.dir = dir;
        this.checksum = checksum;
    }

    private static Amount delay(String name) {
        return new Amount(name, Parameter.HIDDEN, Amount.Unit.PLAIN, 0, Integer.MIN_VALUE, INT_MAX);
    }

    private static void notAPath(String name) throws BadValue {
        if (name.indexOf('/') >= 0) {
            throw new BadValue("dbfilename can't be a path, just a filename");
        }
        if (!WorkingDir.canName(name)) {
            throw new BadValue("dbfilename can't be the name of a file here");
        }
    }

    public void addTo(Config config) {
        Parameter[] rows = {
            save,
            stopWritesOnError,
            compression,
            delSyncFiles,
            incrementalFsync,
            sanitizeDumpPayload,
            dbfilename,
            saveVersion,
            keySaveDelayMicros,
            keyLoadDelayMicros,
            processEventsInterval
        };
        for (Parameter row : rows) {
            config.add(row);
        }
    }

    /** Where the file of the data set is. */
    public Path file() {
        return dir.resolve(dbfilename.value);
    }
}
