package io.carnelian.rdb.format;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the parts of an RDB file, or of a DUMP payload, from a stream: bytes, numbers, lengths,
 * strings. What comes when is {@link RdbEntries}' business, and for values that of who builds them.
 *
 * <pre>
 *   stream ──► │ buffer ......at│......limit│ ──► number
 *                    └─► checksum            └──► Blob, piece by piece
 * </pre>
 *
 * A length in a damaged file may claim gigabytes. A string is handed over in the pieces in which it
 * was read: memory is used for bytes that are there, not for bytes that are promised.
 */
public final class RdbReader {
    /** Longest string that is accepted, in bytes: what a record of the keyspace can have. */
    public static final long MAX_STRING_BYTES = Integer.MAX_VALUE - 1024;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MIN_BUFFER_BYTES = 32;
    private static final int MAX_SCORE_CHARS = 252;

    private InputStream in;
    private final LzfDecoder lzf = new LzfDecoder(this);
    private final ArrayBlob text = new ArrayBlob(64 * 1024);
    private final byte[] buffer;
    private final byte[] digits = new byte[Opcodes.MAX_INTEGER_CHARS];
    private final boolean checksum;
    private int at;
    private int limit;
    private long bufferStart;
    private long crc;
    private int summedTo;
    private int version;

    /**
     * @param bufferBytes how much is read at a time
     * @param checksum whether the sum is computed; a file's own is not compared otherwise
     */
    public RdbReader(InputStream in, int bufferBytes, boolean checksum) {
        this.in = in;
        this.buffer = new byte[Math.max(bufferBytes, MIN_BUFFER_BYTES)];
        this.checksum = checksum;
    }

    /** Reads another stream from its beginning. */
    public void restart(InputStream stream) {
        in = stream;
        at = 0;
        limit = 0;
        bufferStart = 0;
        summedTo = 0;
        crc = 0;
        version = 0;
    }

    /** Offset in the file of the next byte. */
    public long offset() {
        return bufferStart + at;
    }

    /** The version out of {@link #readHeader}. */
    public int version() {
        return version;
    }

    /** Magic and version. Redis's up to {@link Opcodes#MAX_VERSION}, and 80 of Valkey. */
    public void readHeader() throws IOException {
        int bytes = Opcodes.MAGIC.length() + 4;
        StringBuilder header = new StringBuilder(bytes);
        for (int i = 0; i < bytes; i++) {
            header.append((char) readByte());
        }
        boolean valkey = header.indexOf(Opcodes.VALKEY_MAGIC) == 0;
        if (!valkey && header.indexOf(Opcodes.MAGIC) != 0) {
            throw damaged("wrong signature: this is no RDB file");
        }
        String number = header.substring(valkey ? 6 : 5);
        boolean decimal = number.chars().allMatch(c -> c >= '0' && c <= '9');
        version = decimal ? Integer.parseInt(number) : 0;
        boolean known =
                valkey
                        ? version == Opcodes.VALKEY_VERSION
                        : version >= 1 && version <= Opcodes.MAX_VERSION;
        if (!known) {
            throw damaged("can't handle RDB format version " + number);
        }
    }

    /** What follows the end mark; zero says that no sum was computed. */
    public void readChecksum() throws IOException {
        if (version < Opcodes.CHECKSUM_VERSION) {
            return;
        }
        sum();
        long computed = crc;
        long stored = readLe(8);
        if (checksum && stored != 0 && stored != computed) {
            throw damaged(
                    "RDB CRC error: wrong checksum, stored %016x, computed %016x"
                            .formatted(stored, computed));
        }
    }

    public int readByte() throws IOException {
        if (at == limit) {
            fill();
        }
        return buffer[at++] & 0xFF;
    }

    /** A little-endian number of one to eight bytes, without sign. */
    public long readLe(int bytes) throws IOException {
        if (bytes == 8 && limit - at >= 8) {
            at += 8;
            return (long) LONGS.get(buffer, at - 8);
        }
        long v = 0;
        for (int i = 0; i < bytes; i++) {
            v |= (long) readByte() << (8 * i);
        }
        return v;
    }

    /** A length or count from 0 to {@code max}. */
    public long readLength(long max) throws IOException {
        return length(readByte(), max);
    }

    /** A score of eight bytes. */
    public double readBinaryDouble() throws IOException {
        return Double.longBitsToDouble(readLe(8));
    }

    /** A score as text: its length in one byte, of which three say infinite or not a number. */
    public double readTextDouble() throws IOException {
        int length = readByte();
        if (length > MAX_SCORE_CHARS) {
            return switch (length) {
                case 253 -> Double.NaN;
                case 254 -> Double.POSITIVE_INFINITY;
                default -> Double.NEGATIVE_INFINITY;
            };
        }
        byte[] chars = new byte[length];
        readInto(chars, 0, length);
        String number = new String(chars, StandardCharsets.ISO_8859_1);
        try {
            return Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw damaged("a score that is no number");
        }
    }

    /** A string, whatever its form. */
    public void readString(Blob to) throws IOException {
        to.begin();
        int first = readByte();
        switch (first) {
            case Opcodes.INT_8 -> putDecimal((byte) readByte(), to);
            case Opcodes.INT_16 -> putDecimal((short) readLe(2), to);
            case Opcodes.INT_32 -> putDecimal((int) readLe(4), to);
            case Opcodes.LZF -> {
                long compressed = readLength(MAX_STRING_BYTES);
                lzf.decode(compressed, readLength(MAX_STRING_BYTES), to);
            }
            default -> readPlain(length(first, MAX_STRING_BYTES), to);
        }
    }

    /** A string as text, every byte a char; no more than its first 64 KiB. */
    public String readText() throws IOException {
        readString(text);
        return text.text();
    }

    /** The sum of all bytes read so far. */
    public long checksumSoFar() {
        sum();
        return crc;
    }

    /** What is wrong with the bytes just read. */
    public RdbFormatException damaged(String why) {
        return new RdbFormatException(offset(), why);
    }

    void readInto(byte[] to, int offset, int count) throws IOException {
        int have = 0;
        while (have < count) {
            if (at == limit) {
                fill();
            }
            int step = Math.min(count - have, limit - at);
            System.arraycopy(buffer, at, to, offset + have, step);
            at += step;
            have += step;
        }
    }

    private void readPlain(long length, Blob to) throws IOException {
        long rest = length;
        while (rest > 0) {
            if (at == limit) {
                fill();
            }
            int step = (int) Math.min(rest, limit - at);
            to.put(buffer, at, step);
            at += step;
            rest -= step;
        }
    }

    private void putDecimal(int v, Blob to) {
        int i = digits.length;
        long rest = Math.abs((long) v);
        do {
            digits[--i] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (v < 0) {
            digits[--i] = '-';
        }
        to.put(digits, i, digits.length - i);
    }

    private long length(int first, long max) throws IOException {
        long n;
        if (first < Opcodes.LENGTH_14) {
            n = first;
        } else if (first < Opcodes.LENGTH_32) {
            n = (first & 0x3FL) << 8 | readByte();
        } else if (first == Opcodes.LENGTH_32) {
            n = readBe(4);
        } else if (first == Opcodes.LENGTH_64) {
            n = readBe(8);
        } else {
            throw damaged("unknown length encoding " + first);
        }
        if (n < 0 || n > max) {
            throw damaged("length " + Long.toUnsignedString(n) + " is out of range");
        }
        return n;
    }

    private long readBe(int bytes) throws IOException {
        long v = 0;
        for (int i = 0; i < bytes; i++) {
            v = v << 8 | readByte();
        }
        return v;
    }

    private void fill() throws IOException {
        sum();
        bufferStart += limit;
        at = 0;
        limit = 0;
        summedTo = 0;
        int n = in.read(buffer, 0, buffer.length);
        if (n <= 0) {
            throw damaged("unexpected end of file");
        }
        limit = n;
    }

    /** Takes what has been read of the buffer into the checksum. */
    private void sum() {
        if (checksum) {
            crc = Crc64.update(crc, buffer, summedTo, at);
            summedTo = at;
        }
    }
}
