package io.carnelian.server.process;

import io.carnelian.server.log.ServerLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The file that tells this process's id: written once it runs, removed at its end. */
public final class PidFile {
    /** Where a daemon writes it if {@code pidfile} does not say. */
    public static final String USUAL = "/var/run/redis.pid";

    private @Nullable Path written;

    /** Writes the id and a line end. A file that can't be written is only warned about. */
    public void write(Path file, long pid) {
        try {
            Files.writeString(file, pid + "\n", StandardCharsets.US_ASCII);
            written = file;
        } catch (IOException e) {
            ServerLog.cannotWritePidFile(file, String.valueOf(e.getMessage()));
        }
    }

    /** Removes what {@link #write} has written. */
    public void remove() {
        Path file = written;
        if (file == null) {
            return;
        }
        written = null;
        ServerLog.removingPidFile();
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            ServerLog.cannotRemovePidFile(file, String.valueOf(e.getMessage()));
        }
    }
}
