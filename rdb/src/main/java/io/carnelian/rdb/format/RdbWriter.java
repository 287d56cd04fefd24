package io.carnelian.rdb.format;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Encodes an RDB file, or a DUMP payload, into chunks that go to a {@link ChunkSink}. The layout is
 * in the package's essay; the caller says the parts in their order: {@link #header}, {@link #aux},
 * {@link #selectDb}, {@link #resizeDb}, entries, {@link #end}.
 *
 * <pre>
 *   record ──copyOut──► │ chunk ........at│      │──► sink (file, socket), chunk by chunk,
 *                       full: checksum, accept ──┘    which hands back the array for the next
 * </pre>
 *
 * A string of up to eleven bytes that is the decimal of a 32-bit integer is written as that
 * integer, keys too, as redis-server does. Of the longer ones those of more than 20 bytes are
 * compressed, if {@link #compress} says so and it makes them shorter; those of more than a megabyte
 * in two runs, since no array shall hold them.
 *
 * <p>Nothing is allocated for an entry. Used by one thread at a time.
 */
public final class RdbWriter {
    /** The least chunk that an entry's fixed parts fit in, in bytes. */
    public static final int MIN_CHUNK_BYTES = 64;

    private static final int MAX_ARRAY_BYTES = 1 << 20;
    private static final int SHORTER_BY = 4;

    private static final VarHandle BE_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LE_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LE_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int MAX_LENGTH_BYTES = 9;
    private static final int MAX_DECIMAL_CHARS = 20;

    private final ChunkSink sink;
    private final RawBytes memory;
    private final boolean checksum;
    private byte[] chunk;
    private int at;
    private long flushedBytes;
    private long crc;
    private int version = Opcodes.VERSION;
    private @Nullable LzfEncoder encoder;
    private @Nullable LzfEncoder lzf;
    private byte[] plain = new byte[0];
    private byte[] packed = new byte[0];

    /**
     * @param chunk the first array to encode into, of at least {@link #MIN_CHUNK_BYTES}
     * @param memory how bytes at an address are read
     * @param checksum whether the file ends with its CRC64, or with zero, which says that there is
     *     none
     */
    public RdbWriter(ChunkSink sink, byte[] chunk, RawBytes memory, boolean checksum) {
        if (chunk.length < MIN_CHUNK_BYTES) {
            throw new IllegalArgumentException("chunk of " + chunk.length + " bytes");
        }
        this.sink = sink;
        this.chunk = chunk;
        this.memory = memory;
        this.checksum = checksum;
    }

    /** Whether long strings are compressed from now on; they are not at first. */
    public void compress(boolean on) {
        if (on && encoder == null) {
            encoder = new LzfEncoder();
        }
        lzf = on ? encoder : null;
    }

    /** Begins another file or payload. */
    public void restart() {
        at = 0;
        flushedBytes = 0;
        crc = 0;
    }

    /** The version that the header tells; {@link Opcodes#VERSION} at first. */
    public void version(int number) {
        version = number;
    }

    /** Magic and version: {@code REDIS0010}. */
    public void header() throws IOException {
        String magic = Opcodes.MAGIC + "%04d".formatted(version);
        bytes(magic.getBytes(StandardCharsets.US_ASCII));
    }

    /** A fact about the file; loaders skip names that they do not know. */
    public void aux(String name, String value) throws IOException {
        opcode(Opcodes.AUX);
        string(name.getBytes(StandardCharsets.ISO_8859_1));
        string(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What follows is in this database. */
    public void selectDb(int db) throws IOException {
        opcode(Opcodes.SELECTDB);
        length(db);
    }

    /** Number of keys, and of keys with an expiry, in the database that follows. */
    public void resizeDb(long keys, long expires) throws IOException {
        opcode(Opcodes.RESIZEDB);
        length(keys);
        length(expires);
    }

    /** The expiry of the entry that follows, in milliseconds since 1970. */
    public void expireAtMs(long ms) throws IOException {
        room(9);
        chunk[at] = (byte) Opcodes.EXPIRETIME_MS;
        LE_LONG.set(chunk, at + 1, ms);
        at += 9;
    }

    /** How long the entry that follows was not used. */
    public void idle(long seconds) throws IOException {
        opcode(Opcodes.IDLE);
        length(seconds);
    }

    /** How often the entry that follows was used: an LFU counter, 0 to 255. */
    public void frequency(int counter) throws IOException {
        opcode(Opcodes.FREQ);
        opcode(counter);
    }

    /** The type of the entry that follows: one of {@link Opcodes}. */
    public void type(int type) throws IOException {
        opcode(type);
    }

    /** The end, with the checksum; hands the last chunk to the sink. */
    public void end() throws IOException {
        opcode(Opcodes.EOF);
        room(8);
        if (checksum) {
            crc = Crc64.update(crc, chunk, 0, at);
        }
        LE_LONG.set(chunk, at, crc);
        at += 8;
        handOver();
    }

    /** Bytes encoded so far. */
    public long bytesWritten() {
        return flushedBytes + at;
    }

    /** A string, as an integer where it is one. */
    public void string(byte[] text) throws IOException {
        if (text.length <= Opcodes.MAX_INTEGER_CHARS) {
            room(1 + Opcodes.MAX_INTEGER_CHARS);
            System.arraycopy(text, 0, chunk, at + 1, text.length);
            endShort(text.length);
        } else {
            length(text.length);
            bytes(text);
        }
    }

    /** A string that lives at an address, as an integer where it is one. */
    public void string(long address, int length) throws IOException {
        if (length <= Opcodes.MAX_INTEGER_CHARS) {
            room(1 + Opcodes.MAX_INTEGER_CHARS);
            memory.copyOut(address, chunk, at + 1, length);
            endShort(length);
            return;
        }
        if (lzf != null
                && length > Opcodes.MAX_PLAIN_CHARS
                && (length <= MAX_ARRAY_BYTES
                        ? compressed(lzf, address, length)
                        : compressedInParts(lzf, address, length))) {
            return;
        }
        length(length);
        if (length <= chunk.length - at) {
            memory.copyOut(address, chunk, at, length);
            at += length;
        } else {
            bytesOverChunks(address, length);
        }
    }

    /**
     * A string that is the decimal of {@code v}: as an integer if it has 32 bits, else as its
     * digits.
     */
    public void integer(long v) throws IOException {
        room(1 + MAX_DECIMAL_CHARS);
        if (v == (int) v) {
            putInteger((int) v);
            return;
        }
        int digits = putDecimal(chunk, at + 1, v);
        chunk[at] = (byte) digits;
        at += 1 + digits;
    }

    /** The version of a DUMP payload and the checksum of it all; hands the last chunk over. */
    public void endPayload() throws IOException {
        room(10);
        chunk[at] = (byte) version;
        chunk[at + 1] = (byte) (version >> 8);
        at += 2;
        crc = Crc64.update(crc, chunk, 0, at);
        LE_LONG.set(chunk, at, crc);
        at += 8;
        handOver();
    }

    /** A score: eight bytes. */
    public void binaryDouble(double v) throws IOException {
        room(8);
        LE_LONG.set(chunk, at, Double.doubleToLongBits(v));
        at += 8;
    }

    /** A length or count, 0 or more. */
    public void length(long n) throws IOException {
        room(MAX_LENGTH_BYTES);
        if (n < 1 << 6) {
            chunk[at++] = (byte) n;
        } else if (n < 1 << 14) {
            chunk[at] = (byte) (Opcodes.LENGTH_14 | n >> 8);
            chunk[at + 1] = (byte) n;
            at += 2;
        } else if (n <= 0xFFFFFFFFL) {
            chunk[at] = (byte) Opcodes.LENGTH_32;
            BE_INT.set(chunk, at + 1, (int) n);
            at += 5;
        } else {
            chunk[at] = (byte) Opcodes.LENGTH_64;
            BE_LONG.set(chunk, at + 1, n);
            at += 9;
        }
    }

    private void opcode(int b) throws IOException {
        room(1);
        chunk[at++] = (byte) b;
    }

    /**
     * {@code length} characters stand one byte after {@code at}: gives them their header, or makes
     * them an integer.
     */
    private void endShort(int length) {
        int first = length == 0 ? 0 : chunk[at + 1];
        if (first == '-' || (first >= '0' && first <= '9')) {
            long v = canonicalInt(chunk, at + 1, length);
            if (v != NOT_INT) {
                putInteger((int) v);
                return;
            }
        }
        chunk[at] = (byte) length;
        at += 1 + length;
    }

    private void putInteger(int v) {
        if (v == (byte) v) {
            chunk[at] = (byte) Opcodes.INT_8;
            chunk[at + 1] = (byte) v;
            at += 2;
        } else if (v == (short) v) {
            chunk[at] = (byte) Opcodes.INT_16;
            chunk[at + 1] = (byte) v;
            chunk[at + 2] = (byte) (v >> 8);
            at += 3;
        } else {
            chunk[at] = (byte) Opcodes.INT_32;
            LE_INT.set(chunk, at + 1, v);
            at += 5;
        }
    }

    private static final long NOT_INT = Long.MIN_VALUE;

    /**
     * The 32-bit integer whose decimal these one to eleven characters are, without plus or leading
     * zeros.
     */
    private static long canonicalInt(byte[] text, int from, int length) {
        boolean negative = text[from] == '-';
        int i = negative ? from + 1 : from;
        int to = from + length;
        if (i == to || (text[i] == '0' && length > 1)) {
            return NOT_INT;
        }
        long v = 0;
        for (; i < to; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) {
                return NOT_INT;
            }
            v = v * 10 + digit;
        }
        long signed = negative ? -v : v;
        return signed == (int) signed ? signed : NOT_INT;
    }

    private static int putDecimal(byte[] to, int at, long v) {
        int digits = v < 0 ? 2 : 1;
        for (long rest = v / 10; rest != 0; rest /= 10) {
            digits++;
        }
        int i = at + digits;
        long rest = v;
        do {
            to[--i] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        if (v < 0) {
            to[at] = '-';
        }
        return digits;
    }

    /** Writes a string in its compressed form; false if that is not shorter. */
    private boolean compressed(LzfEncoder with, long address, int length) throws IOException {
        if (plain.length < length) {
            int room = Math.max(length, Math.min(MAX_ARRAY_BYTES, 2 * plain.length));
            plain = new byte[room];
            packed = new byte[room];
        }
        memory.copyOut(address, plain, 0, length);
        int bytes = with.compress(plain, length, packed, length - SHORTER_BY);
        if (bytes == 0) {
            return false;
        }
        opcode(Opcodes.LZF);
        length(bytes);
        length(length);
        bytes(packed, bytes);
        return true;
    }

    private boolean compressedInParts(LzfEncoder with, long address, int length)
            throws IOException {
        int room = length - SHORTER_BY;
        int bytes = with.compress(memory, address, length, room, null);
        if (bytes == 0) {
            return false;
        }
        opcode(Opcodes.LZF);
        length(bytes);
        length(length);
        int again = with.compress(memory, address, length, room, this::bytes);
        if (again != bytes) {
            throw new IllegalStateException(again + " bytes in place of " + bytes);
        }
        return true;
    }

    private void bytes(byte[] source) throws IOException {
        bytes(source, source.length);
    }

    private void bytes(byte[] source, int count) throws IOException {
        int from = 0;
        while (from < count) {
            room(1);
            int step = Math.min(count - from, chunk.length - at);
            System.arraycopy(source, from, chunk, at, step);
            from += step;
            at += step;
        }
    }

    private void bytesOverChunks(long address, int length) throws IOException {
        int from = 0;
        while (from < length) {
            room(1);
            int step = Math.min(length - from, chunk.length - at);
            memory.copyOut(address + from, chunk, at, step);
            from += step;
            at += step;
        }
    }

    private void room(int bytes) throws IOException {
        if (chunk.length - at < bytes) {
            if (checksum) {
                crc = Crc64.update(crc, chunk, 0, at);
            }
            handOver();
        }
    }

    private void handOver() throws IOException {
        int length = at;
        flushedBytes += length;
        at = 0;
        chunk = sink.accept(chunk, length);
    }
}
