package io.carnelian.aof.rewrite;

import io.carnelian.aof.log.Annotation;
import io.carnelian.rdb.format.ChunkSink;
import io.carnelian.rdb.save.RdbFacts;
import io.carnelian.rdb.save.SnapshotEncoder;
import io.carnelian.server.memory.ThreadPriority;
import io.carnelian.server.store.Snapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot as the base of an AOF: the work of a snapshot thread. The file is whole and on
 * the disk before anybody hears of success; otherwise nothing is left of it.
 */
final class BaseFile implements Runnable, SnapshotEncoder.Pace, ChunkSink {
    private static final int CHUNK_BYTES = 256 * 1024;

    /** So much is written between two steps of a gradual fsync, as in Redis. */
    private static final long STEP_BYTES = 4 << 20;

    private static final long NAP_NANOS = 20_000_000;
    private static final long MICRO_NANOS = 1000;

    /** How it ended; {@code problem} is null for success. */
    record Outcome(@Nullable Throwable problem, boolean cancelled) {}

    private final Snapshot snapshot;
    private final RdbFacts facts;
    private final @Nullable SnapshotEncoder rdb;
    private final Path file;
    private final boolean gradual;
    private final boolean stamped;
    private final LongSupplier delayMicros;
    private final Consumer<Outcome> done;
    private final CRC32C sum = new CRC32C();
    private @Nullable FileChannel channel;
    private long unsynced;
    private long keys;
    private long bytes;
    private volatile long keysDone;
    private volatile long bytesDone;
    private volatile boolean cancelled;

    /**
     * @param facts what the snapshot says of itself, with its position
     * @param rdb encodes it as an RDB file; null: as commands
     * @param gradual whether it goes to the disk bit by bit
     * @param stamped whether commands begin with a timestamp
     * @param delayMicros a pause after each key; asked on the thread that writes
     * @param done hears once how it ended, on the thread that writes
     */
    BaseFile(
            Snapshot snapshot,
            RdbFacts facts,
            @Nullable SnapshotEncoder rdb,
            Path file,
            boolean gradual,
            boolean stamped,
            LongSupplier delayMicros,
            Consumer<Outcome> done) {
        this.snapshot = snapshot;
        this.facts = facts;
        this.rdb = rdb;
        this.file = file;
        this.gradual = gradual;
        this.stamped = stamped;
        this.delayMicros = delayMicros;
        this.done = done;
    }

    boolean isRdb() {
        return rdb != null;
    }

    Path file() {
        return file;
    }

    @Override
    public void run() {
        Throwable problem = null;
        try {
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            write();
        } catch (IOException | RuntimeException | Error e) {
            problem = e;
            delete(e);
        }
        done.accept(new Outcome(problem, problem != null && cancelled));
    }

    private void write() throws IOException {
        try (FileChannel to =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            channel = to;
            SnapshotEncoder encoder = rdb;
            if (encoder != null) {
                encoder.at(this).encode(this, new byte[CHUNK_BYTES]);
            } else {
                commands();
            }
            to.force(true);
        }
        checkCancelled();
    }

    private void commands() throws IOException {
        CommandEncoder encoder = new CommandEncoder(this, new byte[CHUNK_BYTES]);
        if (stamped) {
            encoder.raw(new Annotation.Timestamp(facts.createdAtMs() / 1000).line());
        }
        encoder.encode(snapshot, this);
        encoder.flush();
        String id = facts.replid();
        if (id != null) {
            long vouched = sum.getValue();
            encoder.raw(
                    new Annotation.Position(id, facts.offset(), facts.createdAtMs(), vouched)
                            .line());
            encoder.flush();
        }
    }

    @Override
    public byte[] accept(byte[] chunk, int length) throws IOException {
        FileChannel to = channel;
        if (to == null) {
            throw new IllegalStateException("not open");
        }
        sum.update(chunk, 0, length);
        ByteBuffer next = ByteBuffer.wrap(chunk, 0, length);
        while (next.hasRemaining()) {
            to.write(next);
        }
        ThreadPriority.giveWay(); // a single value may be many chunks long
        bytes += length;
        bytesDone = bytes;
        unsynced += length;
        if (gradual && unsynced >= STEP_BYTES) {
            to.force(false);
            unsynced = 0;
        }
        checkCancelled();
        return chunk;
    }

    @Override
    public void afterKey() throws IOException {
        keysDone = ++keys;
        long delay = delayMicros.getAsLong();
        if (delay > 0) {
            pause(delay);
        }
        if (cancelled) {
            checkCancelled();
        }
    }

    /** Ends early if the delay is made shorter meanwhile. */
    private void pause(long micros) {
        long begin = System.nanoTime();
        long left = micros * MICRO_NANOS;
        while (left > 0 && !cancelled) {
            LockSupport.parkNanos(Math.min(left, NAP_NANOS));
            long wanted = Math.min(micros, delayMicros.getAsLong()) * MICRO_NANOS;
            left = wanted - (System.nanoTime() - begin);
        }
    }

    private void checkCancelled() throws IOException {
        if (cancelled) {
            throw new IOException("cancelled");
        }
    }

    /** If that fails too, the next start does it. */
    private void delete(Throwable cause) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Ends it soon; any thread. */
    void cancel() {
        cancelled = true;
    }

    long keysDone() {
        return keysDone;
    }

    long bytesDone() {
        return bytesDone;
    }
}
