package io.carnelian.replication.payload;

import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.save.SnapshotEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in a file of its own, written once and read by every replica that waits for it. The
 * snapshot ends with the writing, however slow the replicas are. It need not be on the disk: a
 * server that crashes has no use for it.
 *
 * <pre>
 *   one thread: write ──► file ──┬──► put, by the thread of each replica
 *                                └──► put          the last release closes it, and it is gone
 * </pre>
 */
public final class PayloadFile implements Payload {
    private final Path path;
    private final KeyPace pace;
    private final AtomicInteger users = new AtomicInteger(1);
    private volatile @Nullable FileChannel channel;
    private volatile long bytes;

    /**
     * One user is there already: who writes it.
     *
     * @param keyDelayMicros a pause after every key, for tests
     */
    public PayloadFile(Path path, LongSupplier keyDelayMicros) {
        this.path = path;
        this.pace = new KeyPace(keyDelayMicros);
    }

    /** Writes all of it; on a thread of its own. */
    public void write(SnapshotEncoder encoder, byte[] chunk) throws IOException {
        FileChannel to =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        channel = to;
        // Open files need no name: nothing is left of a server that is killed.
        Files.delete(path);
        encoder.at(pace)
                .encode(
                        (filled, length) -> {
                            pace.check();
                            ByteBuffer rest = ByteBuffer.wrap(filled, 0, length);
                            while (rest.hasRemaining()) {
                                var _ = to.write(rest);
                            }
                            bytes = to.position();
                            return filled;
                        },
                        chunk);
    }

    /** After {@link #write}. */
    @Override
    public void put(ChunkSink sink, byte[] chunk) throws IOException {
        FileChannel from = channel;
        if (from == null) {
            throw new IOException(path + " was not written");
        }
        byte[] next = chunk;
        for (long at = 0; at < bytes; ) {
            int read = from.read(ByteBuffer.wrap(next), at);
            if (read < 0) {
                throw new IOException(path + " has become shorter");
            }
            at += read;
            next = sink.accept(next, read);
        }
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void stop() {
        // Each reader is stopped by its own sink; others may need the file.
    }

    /** Nobody waits for the file any more: its writing ends soon. From any thread. */
    public void abandon() {
        pace.stop();
    }

    /** One more will read it, and release it. */
    public PayloadFile retain() {
        users.incrementAndGet();
        return this;
    }

    @Override
    public void release() {
        FileChannel opened = channel;
        if (users.decrementAndGet() == 0 && opened != null) {
            // With it goes the file, which can take a while: nobody should wait for that.
            Thread.ofPlatform().daemon().name("payload-end").start(() -> close(opened));
        }
    }

    private static void close(FileChannel opened) {
        try {
            opened.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
