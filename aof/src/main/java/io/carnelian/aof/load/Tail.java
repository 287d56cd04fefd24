package io.carnelian.aof.load;

import io.carnelian.aof.AofLog;
import io.carnelian.aof.disk.AofFolder;
import io.carnelian.aof.log.AofReader;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The end of a file that no command is made of: it goes to a file of its own, is on the disk there,
 * and then leaves this one. Any thread, one at a time.
 */
final class Tail {
    private final AofFolder folder;
    private final Path file;
    private final long wholeEnd;
    private final String why;
    private final long commands;
    private final Path kept;
    private final AofLog log;

    /**
     * @param read has come to the end of the file
     * @param nowMs for the name of what is kept
     */
    Tail(AofFolder folder, Path file, AofReader read, long nowMs, AofLog log) {
        this.folder = folder;
        this.file = file;
        this.wholeEnd = read.wholeEnd();
        this.why = read.reason();
        this.commands = read.dropped();
        this.kept = file.resolveSibling(file.getFileName() + ".cut-" + nowMs);
        this.log = log;
    }

    /** Where it begins. */
    long wholeEnd() {
        return wholeEnd;
    }

    /**
     * Keeps it aside and cuts it off.
     *
     * @throws IOException for lack of room, as a rule: then all is as it was
     */
    void cutOff() throws IOException {
        try (FileChannel from =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // Perhaps it went before, and the disk failed only then: what is kept must stay.
            if (from.size() > wholeEnd) {
                keep(from);
                folder.disk().syncFolder(folder.path());
                from.truncate(wholeEnd);
            }
            from.force(true);
        }
        log.truncated(String.valueOf(file.getFileName()), wholeEnd, why, commands, kept);
    }

    private void keep(FileChannel from) throws IOException {
        try (FileChannel to =
                FileChannel.open(
                        kept,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            from.position(wholeEnd);
            var _ = Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
            to.force(true);
        } catch (IOException e) {
            forget(e);
            throw e;
        }
    }

    /** A part of it is of no use, and takes what little room there is. */
    private void forget(IOException cause) {
        try {
            Files.deleteIfExists(kept);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
