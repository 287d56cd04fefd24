package io.carnelian.server.hyperloglog;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.table.Record;

/**
 * A HyperLogLog as the string that it is to every other command, byte for byte as Redis keeps it,
 * so that dumps, replicas and GET see the same:
 *
 * <pre>
 *   0     4    5        8                16
 *   │HYLL │enc │ unused │ count, LE, 8 B │ registers …
 *          0 dense        top bit of the
 *          1 sparse       last: outdated
 * </pre>
 *
 * There are 16384 registers of 0 to 63: see {@link DenseRegisters} and {@link SparseRegisters}. The
 * count is what PFCOUNT last found, so that asking again costs nothing.
 *
 * <p>Source: https://redis.io/docs/latest/develop/data-types/probabilistic/hyperloglogs/ and
 * http://antirez.com/news/75.
 */
final class Sketch {
    static final int INDEX_BITS = 14;
    static final int REGISTERS = 1 << INDEX_BITS;
    static final int HEADER_BYTES = 16;
    static final int DENSE_BYTES = HEADER_BYTES + DenseRegisters.BYTES;

    static final ErrorReply CORRUPT = ErrorReply.of("INVALIDOBJ Corrupted HLL object detected");

    private static final ErrorReply NONE =
            ErrorReply.of("WRONGTYPE Key is not a valid HyperLogLog string value.");
    private static final int MAGIC = 'H' | ('Y' << 8) | ('L' << 16) | ('L' << 24);
    private static final int ENCODING_AT = 4;
    private static final int COUNT_AT = 8;
    private static final byte DENSE = 0;
    private static final byte SPARSE = 1;

    private Sketch() {}

    /** Refuses a string that is none. The record is one of type string. */
    static void check(long record) {
        int length = Record.encoding(record) == Record.INT ? 0 : Record.valueLength(record);
        if (length < HEADER_BYTES) {
            throw NONE.error();
        }
        long at = Record.valueAddress(record);
        byte encoding = Memory.getByte(at + ENCODING_AT);
        boolean fits = encoding == SPARSE || (encoding == DENSE && length == DENSE_BYTES);
        if (Memory.getInt(at) != MAGIC || !fits) {
            throw NONE.error();
        }
    }

    static boolean isDense(long record) {
        return Memory.getByte(Record.valueAddress(record) + ENCODING_AT) == DENSE;
    }

    /** Where the registers begin. */
    static long registers(long record) {
        return Record.valueAddress(record) + HEADER_BYTES;
    }

    /** Bytes of the registers. */
    static int registerBytes(long record) {
        return Record.valueLength(record) - HEADER_BYTES;
    }

    /** Writes the header of an empty one, whose count is known to be 0. */
    static void begin(long record, boolean dense) {
        long at = Record.valueAddress(record);
        Memory.fill(at, HEADER_BYTES, (byte) 0);
        Memory.putInt(at, MAGIC);
        encoding(record, dense);
    }

    static void encoding(long record, boolean dense) {
        Memory.putByte(Record.valueAddress(record) + ENCODING_AT, dense ? DENSE : SPARSE);
    }

    /** The count that was noted, or -1 if registers have changed since. */
    static long count(long record) {
        long count = Memory.getLong(Record.valueAddress(record) + COUNT_AT);
        return count < 0 ? -1 : count;
    }

    static void note(long record, long count) {
        Memory.putLong(Record.valueAddress(record) + COUNT_AT, count);
    }

    /** The count that is noted holds no more. */
    static void outdate(long record) {
        long last = Record.valueAddress(record) + COUNT_AT + Long.BYTES - 1;
        Memory.putByte(last, (byte) (Memory.getByte(last) | 0x80));
    }
}
