package io.carnelian.replication.primary;

import io.carnelian.server.client.Mailbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What of the stream one slow replica has not taken, in files instead of memory: first in, first
 * out, by a thread of its own. A file is removed when it has been read, so that what lies on disk
 * is hardly more than what the replica lacks.
 *
 * <pre>
 *   command thread ──append(slice)──► queue ──► file 0 │ file 1 │ file 2
 *                  ──readNext──────► queue ──►  ▲ read           ▲ written
 *                  ◄──── Reader.read(chunk) ────┘
 * </pre>
 *
 * Everything is called on the command thread, except for the tasks in the queue.
 */
final class Spill {
    /** Told on the command thread. */
    interface Reader {
        /** The next bytes; the reader releases them. */
        void read(ByteBuf bytes);

        /** Nothing of it can be read any more. */
        void failed(Throwable why);
    }

    private static final int CHUNK_BYTES = 256 * 1024;

    private final Path directory;
    private final String name;
    private final long fileBytes;
    private final ByteBufAllocator allocator;
    private final Mailbox mailbox;
    private final Reader reader;
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private volatile boolean closed;
    private long appendedBytes;
    private long takenBytes;
    private boolean reads;

    // Of the thread.
    private @Nullable FileChannel writer;
    private @Nullable FileChannel source;
    private long writtenTo;
    private long readTo;
    private @Nullable Throwable problem;
    private boolean told;

    /**
     * @param name of its files, without their number
     * @param fileBytes size of one file
     */
    Spill(
            Path directory,
            String name,
            long fileBytes,
            ByteBufAllocator allocator,
            Mailbox mailbox,
            Reader reader) {
        this.directory = directory;
        this.name = name;
        this.fileBytes = fileBytes;
        this.allocator = allocator;
        this.mailbox = mailbox;
        this.reader = reader;
        Thread.ofPlatform().daemon().name("spill").start(this::run);
    }

    /** The next bytes of the stream; takes them over. */
    void append(ByteBuf bytes) {
        int length = bytes.readableBytes();
        appendedBytes += length;
        queuedBytes.addAndGet(length);
        tasks.add(() -> {
            try {
                write(bytes.nioBuffer());
            } finally {
                bytes.release();
                queuedBytes.addAndGet(-length);
            }
        });
    }

    /** Asks for the next bytes, unless they are on their way or there are none. */
    void readNext() {
        if (!reads && !isEmpty()) {
            reads = true;
            tasks.add(this::readChunk);
        }
    }

    /** Whether everything has been read that was appended. */
    boolean isEmpty() {
        return appendedBytes == takenBytes;
    }

    /** Bytes that have been appended and not been read. */
    long bytes() {
        return appendedBytes - takenBytes;
    }

    /** Those of them that are still in memory. */
    long queuedBytes() {
        return queuedBytes.get();
    }

    /** Removes the files soon; nothing is told any more. */
    void close() {
        closed = true;
        tasks.add(() -> {});
    }

    private void run() {
        try {
            while (!closed || !tasks.isEmpty()) {
                runOne(tasks.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            removeAll();
        }
    }

    /** After a failure what is left only gives its memory back. */
    private void runOne(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Tells it, once: nothing after it can be read. */
    private void fail(Throwable why) {
        problem = why;
        if (!told) {
            told = true;
            mailbox.post(() -> {
                if (!closed) {
                    reader.failed(why);
                }
            });
        }
    }

    private void write(ByteBuffer bytes) {
        if (closed || problem != null) {
            return;
        }
        try {
            while (bytes.hasRemaining()) {
                FileChannel to = writer;
                if (to == null) {
                    to =
                            FileChannel.open(
                                    file(writtenTo / fileBytes),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE,
                                    StandardOpenOption.TRUNCATE_EXISTING);
                    writer = to;
                }
                long room = fileBytes - writtenTo % fileBytes;
                ByteBuffer part = bytes.slice();
                part.limit((int) Math.min(room, part.remaining()));
                int count = to.write(part);
                bytes.position(bytes.position() + count);
                writtenTo += count;
                if (writtenTo % fileBytes == 0) {
                    to.close();
                    writer = null;
                }
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    private void readChunk() {
        if (closed || problem != null) {
            return;
        }
        long inFile = fileBytes - readTo % fileBytes;
        int length = (int) Math.min(CHUNK_BYTES, Math.min(inFile, writtenTo - readTo));
        ByteBuf chunk = allocator.directBuffer(length);
        try {
            FileChannel from = source;
            if (from == null) {
                from = FileChannel.open(file(readTo / fileBytes), StandardOpenOption.READ);
                source = from;
            }
            while (chunk.readableBytes() < length) {
                int count = chunk.writeBytes(from, length - chunk.readableBytes());
                if (count < 0) {
                    throw new IOException("the file ends after " + readTo + " bytes");
                }
            }
            readTo += length;
            if (readTo % fileBytes == 0) {
                from.close();
                source = null;
                Files.deleteIfExists(file(readTo / fileBytes - 1));
            }
            mailbox.post(() -> deliver(chunk));
        } catch (IOException | RuntimeException | Error e) {
            chunk.release();
            fail(e);
        }
    }

    private void deliver(ByteBuf chunk) {
        reads = false;
        if (closed) {
            chunk.release();
        } else {
            takenBytes += chunk.readableBytes();
            reader.read(chunk);
        }
    }

    private Path file(long number) {
        return directory.resolve(name + "-" + number);
    }

    private void removeAll() {
        try {
            if (writer != null) {
                writer.close();
            }
            if (source != null) {
                source.close();
            }
            for (long n = readTo / fileBytes; n <= writtenTo / fileBytes; n++) {
                Files.deleteIfExists(file(n));
            }
        } catch (IOException e) {
            // What is left is removed at the next start: see SpillFiles.
            problem = e;
        }
    }
}
