package io.carnelian.aof;

import io.carnelian.aof.log.AofNames;
import io.carnelian.server.config.Amount;
import io.carnelian.server.config.BadValue;
import io.carnelian.server.config.Choice;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.Parameter;
import io.carnelian.server.config.Text;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.config.WorkingDir;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The parameters of the append-only file, with Redis's names, defaults and bounds. Command thread
 * only.
 */
public final class AofConfig {
    private static final int INT_MAX = Integer.MAX_VALUE;
    private static final long MIN_REWRITE_BYTES = 64 << 20;

    public final Toggle appendonly = new Toggle("appendonly", Parameter.DENY_LOADING, false);

    private final Text appendfilename =
            new Text(
                    "appendfilename",
                    Parameter.IMMUTABLE,
                    "appendonly.aof",
                    name -> check(name, "appendfilename", "filename"));

    private final Text appenddirname =
            new Text(
                    "appenddirname",
                    Parameter.IMMUTABLE,
                    "appendonlydir",
                    name -> check(name, "appenddirname", "dirname"));

    public final Choice appendfsync =
            Choice.of("appendfsync", 0, "everysec", "everysec", "always", "no");

    public final Toggle noFsyncOnRewrite = new Toggle("no-appendfsync-on-rewrite", 0, false);

    public final Amount rewritePercentage =
            Amount.of("auto-aof-rewrite-percentage", 0, 100, 0, INT_MAX);

    public final Amount rewriteMinBytes =
            Amount.bytes("auto-aof-rewrite-min-size", 0, MIN_REWRITE_BYTES, 0);

    public final Toggle loadTruncated = new Toggle("aof-load-truncated", 0, true);
    public final Toggle rdbPreamble = new Toggle("aof-use-rdb-preamble", 0, true);
    public final Toggle timestamps = new Toggle("aof-timestamp-enabled", 0, false);
    public final Toggle incrementalFsync = new Toggle("aof-rewrite-incremental-fsync", 0, true);

    /** Files that are not needed any more stay: for tests. */
    public final Toggle keepHistory = new Toggle("aof-disable-auto-gc", 0, false);

    private final WorkingDir dir;

    /**
     * @param dir {@code dir}, which belongs to the server
     */
    public AofConfig(WorkingDir dir) {
        this.dir = dir;
    }

    private static void check(String name, String parameter, String kind) throws BadValue {
        if (name.isEmpty()) {
            throw new BadValue(parameter + " can't be empty");
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
            throw new BadValue(parameter + " can't be a path, just a " + kind);
        }
        if (!WorkingDir.canName(name)) {
            throw new BadValue(parameter + " can't be the name of a file here");
        }
    }

    public void addTo(Config config) {
        Parameter[] rows = {
            appendonly,
            appendfilename,
            appenddirname,
            appendfsync,
            noFsyncOnRewrite,
            rewritePercentage,
            rewriteMinBytes,
            loadTruncated,
            rdbPreamble,
            timestamps,
            incrementalFsync,
            keepHistory
        };
        for (Parameter row : rows) {
            config.add(row);
        }
    }

    /** Where all files are. */
    public Path folder() {
        return dir.resolve(appenddirname.value);
    }

    /** The single file that Redis had before version 7. */
    public Path oldFile() {
        return dir.resolve(appendfilename.value);
    }

    public AofNames names() {
        byte[] name = appendfilename.value.getBytes(StandardCharsets.ISO_8859_1);
        return new AofNames(new String(name, StandardCharsets.UTF_8));
    }
}
