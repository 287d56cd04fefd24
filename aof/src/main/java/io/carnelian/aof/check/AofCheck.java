package io.carnelian.aof.check;

import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.log.AofReader;
import io.carnelian.rdb.check.FileCheck;
import io.carnelian.rdb.format.Opcodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file of an AOF to its end, or to the line that says that what follows is too young. A
 * file may begin with an RDB file; that part is checked as one.
 */
public final class AofCheck {
    /** Longest time: no line is too young. */
    public static final long ANY_TIME = Long.MAX_VALUE;

    /** No line was too young. */
    public static final long NO_CUT = -1;

    /**
     * What was found.
     *
     * @param bytes how long the file is
     * @param rdb what its RDB part holds; null if it has none
     * @param wholeEnd where a damaged or truncated tail would be cut off
     * @param lines ends of lines read, as redis-check-aof counts them
     * @param commands whole ones
     * @param dropped commands behind {@code wholeEnd}, as far as they were read
     * @param problem in words; empty if the file is sound
     * @param problemOffset where it is
     * @param cutAt where what is too young begins; {@link #NO_CUT} if nothing is
     */
    public record Found(
            long bytes,
            FileCheck.@Nullable Found rdb,
            long wholeEnd,
            long lines,
            long commands,
            long dropped,
            String problem,
            long problemOffset,
            long cutAt) {
        public boolean isSound() {
            return problem.isEmpty();
        }

        /** Whether the RDB part is what is wrong: then there is nothing to cut. */
        public boolean isRdbBroken() {
            FileCheck.Found part = rdb;
            return part != null && !part.problem().isEmpty();
        }
    }

    private AofCheck() {}

    /** Whether a file begins with an RDB file. */
    public static boolean beginsWithRdb(Path file) throws IOException {
        byte[] magic = beginning(file, Opcodes.MAGIC.length());
        return new String(magic, StandardCharsets.ISO_8859_1).equals(Opcodes.MAGIC);
    }

    /** The first bytes of a file, as many as there are. */
    public static byte[] beginning(Path file, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
        }
        byte[] read = new byte[buffer.position()];
        buffer.get(0, read);
        return read;
    }

    /**
     * Reads a file.
     *
     * @param report hears what its RDB part says
     * @param nowMs by which keys have expired
     * @param lastSeconds of the lines with a timestamp that are not too young, since 1970
     * @param progress hears offsets from time to time
     * @throws IOException if it can't be read; damage is no exception but an answer
     */
    public static Found check(
            Path file, FileCheck.Report report, long nowMs, long lastSeconds, LongConsumer progress)
            throws IOException {
        FileCheck.Found rdb = null;
        long from = 0;
        if (beginsWithRdb(file)) {
            rdb = FileCheck.check(file, report, nowMs);
            from = rdb.offset();
        }
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            long bytes = in.size();
            if (rdb != null && !rdb.problem().isEmpty()) {
                return new Found(bytes, rdb, 0, 1, 0, 0, rdb.problem(), rdb.offset(), NO_CUT);
            }
            in.position(from);
            AofReader reader = new AofReader(in, from, bytes, AofReader.Limits.OF_REQUESTS, true);
            long cutAt = read(reader, lastSeconds, progress);
            return new Found(
                    bytes,
                    rdb,
                    reader.wholeEnd(),
                    reader.lines(),
                    reader.commands(),
                    reader.dropped(),
                    reader.reason(),
                    reader.reasonOffset(),
                    cutAt);
        }
    }

    /** Reads to the end, or to what is too young; where that begins. */
    private static long read(AofReader reader, long lastSeconds, LongConsumer progress)
            throws IOException {
        while (true) {
            switch (reader.next()) {
                case COMMAND -> {}
                case INPUT -> {
                    progress.accept(reader.startOffset());
                    reader.fill();
                }
                case ANNOTATION -> {
                    if (reader.annotation() instanceof Annotation.Timestamp time
                            && time.seconds() > lastSeconds) {
                        // A transaction is whole or is not at all.
                        return reader.inTransaction() ? reader.wholeEnd() : reader.startOffset();
                    }
                }
                case END -> {
                    return NO_CUT;
                }
            }
        }
    }
}
