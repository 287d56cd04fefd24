package io.carnelian.rdb.save;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.server.memory.ThreadPriority;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is there whole or not at all.
 *
 * <pre>
 *   temp-PID.rdb ── chunks ── fsync ── rename to the name ── fsync of the folder
 * </pre>
 *
 * Whatever happens before the rename, the file of that name stays what it was. Without the last
 * step a power cut could bring the old name back.
 */
final class RdbFile implements ChunkSink, AutoCloseable {
    /** So much is written between two steps of a gradual fsync, as in Redis. */
    private static final long STEP_BYTES = 4 << 20;

    private final Path temporary;
    private final boolean gradual;
    private final FileChannel channel;
    private long unsynced;
    private boolean committed;

    /**
     * @param gradual whether what is written goes to the disk bit by bit, so that the last fsync
     *     has little to do
     * @throws IOException if it can't be opened
     */
    RdbFile(Path temporary, boolean gradual) throws IOException {
        this.temporary = temporary;
        this.gradual = gradual;
        this.channel =
                FileChannel.open(
                        temporary,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
    }

    @Override
    public byte[] accept(byte[] chunk, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, length);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        ThreadPriority.giveWay(); // a single value may be many chunks long
        unsynced += length;
        if (gradual && unsynced >= STEP_BYTES) {
            channel.force(false);
            unsynced = 0;
        }
        return chunk;
    }

    /** Everything is written: to the disk with it. */
    void sync() throws IOException {
        channel.force(true);
        channel.close();
    }

    /** Makes it the file of this name, in the same folder. */
    void rename(Path as) throws IOException {
        Files.move(
                temporary, as, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        committed = true;
    }

    /** Makes the new name last. */
    static void syncFolder(Path as) throws IOException {
        Path folder = as.getParent();
        if (folder != null) {
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    /** Removes it, unless it was committed. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (!committed) {
            Files.deleteIfExists(temporary);
        }
    }
}
