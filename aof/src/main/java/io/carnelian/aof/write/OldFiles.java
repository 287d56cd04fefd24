package io.carnelian.aof.write;

import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes files that nobody needs any more. Their names go at once, on the writer thread; the room
 * of many GiB takes long to give back, and the stream must not wait for that, so another thread
 * does it. A failure is only told: whatever made the files superfluous is done all the same.
 *
 * <p>Writer thread only.
 */
final class OldFiles {
    private final AofLog log;

    OldFiles(AofLog log) {
        this.log = log;
    }

    /** Files of a manifest that is lost are not overwritten. */
    void setUnnamedAside(AofFolder files) throws IOException {
        for (String name : files.setUnnamedAside()) {
            log.setAside(files.path(), name);
        }
    }

    /** What the manifest has as history. */
    void deleteHistory(AofFolder files) {
        List<Closeable> room = new ArrayList<>();
        try {
            files.deleteHistory(room);
        } catch (IOException e) {
            // The manifest still names them, so the next rewrite or start tries again.
            log.historyNotDeleted(files.path(), AofWriter.reason(e));
        }
        giveBack(files.path(), room);
    }

    /** A base that was made and will not be used; it may be gone already. */
    void delete(AofFolder files, Path base) {
        List<Closeable> room = new ArrayList<>();
        try {
            room.add(files.disk().unlink(base));
        } catch (IOException e) {
            log.historyNotDeleted(base, AofWriter.reason(e));
        }
        giveBack(base, room);
    }

    private void giveBack(Path what, List<Closeable> room) {
        if (!room.isEmpty()) {
            Thread.ofPlatform().daemon().name("aof delete").start(() -> closeAll(what, room));
        }
    }

    private void closeAll(Path what, List<Closeable> room) {
        for (Closeable one : room) {
            try {
                one.close();
            } catch (IOException e) {
                log.historyNotDeleted(what, AofWriter.reason(e));
            }
        }
    }
}
