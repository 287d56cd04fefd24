package io.carnelian.rdb.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link RdbWriter} writes, from a stream, and tells {@link RdbEvents}. Everything else
 * (other types, LZF, versions beyond 10) is refused with its offset: the reader of all versions and
 * types comes with issue 5.
 *
 * <p>A length in a damaged file may claim gigabytes. Long strings are therefore read in growing
 * steps: memory is used for bytes that are there, not for bytes that are promised.
 */
public final class RdbReader {
    /** Longest string accepted, in bytes: Redis's own limit. */
    public static final int MAX_STRING_BYTES = 512 * 1024 * 1024;

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int FIRST_STEP_BYTES = 64 * 1024;

    private final InputStream in;
    private final RdbEvents events;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int limit;
    private long bufferStart;
    private long crc;
    private int summedTo;

    public RdbReader(InputStream in, RdbEvents events) {
        this.in = in;
        this.events = events;
    }

    /**
     * Reads the whole file, up to and including its checksum.
     *
     * @throws RdbFormatException when it is damaged, or holds what this reader cannot
     */
    public void read() throws IOException {
        readHeader();
        long expireAtMs = RdbEvents.NEVER;
        while (true) {
            int opcode = readByte();
            switch (opcode) {
                case Opcodes.AUX -> events.aux(readString(), readString());
                case Opcodes.SELECTDB -> events.selectDb((int) readLength(Integer.MAX_VALUE));
                case Opcodes.RESIZEDB ->
                        events.resizeDb(readLength(Long.MAX_VALUE), readLength(Long.MAX_VALUE));
                case Opcodes.EXPIRETIME_MS -> expireAtMs = readLe(8);
                case Opcodes.TYPE_STRING -> {
                    events.string(readString(), readString(), expireAtMs);
                    expireAtMs = RdbEvents.NEVER;
                }
                case Opcodes.EOF -> {
                    readChecksum();
                    return;
                }
                default -> throw damaged("unknown or unsupported type " + opcode);
            }
        }
    }

    /** Offset in the file of the next byte. */
    public long offset() {
        return bufferStart + at;
    }

    private void readHeader() throws IOException {
        String magic = new String(readBytes(Opcodes.MAGIC.length()), StandardCharsets.ISO_8859_1);
        if (!magic.equals(Opcodes.MAGIC)) {
            throw damaged("wrong signature");
        }
        String version = new String(readBytes(4), StandardCharsets.ISO_8859_1);
        if (!version.matches("[0-9]{4}") || Integer.parseInt(version) > Opcodes.VERSION) {
            throw damaged("can't handle RDB format version " + version);
        }
    }

    private void readChecksum() throws IOException {
        sum();
        long computed = crc;
        long stored = readLe(8);
        if (stored != 0 && stored != computed) {
            throw damaged(
                    "wrong checksum: stored %016x, computed %016x".formatted(stored, computed));
        }
    }

    private byte[] readString() throws IOException {
        int first = readByte();
        return switch (first) {
            case Opcodes.INT_8 -> decimal((byte) readByte());
            case Opcodes.INT_16 -> decimal((short) readLe(2));
            case Opcodes.INT_32 -> decimal((int) readLe(4));
            case Opcodes.LZF -> throw damaged("a compressed string");
            default -> readBytes((int) length(first, MAX_STRING_BYTES));
        };
    }

    private static byte[] decimal(int v) {
        return Integer.toString(v).getBytes(StandardCharsets.US_ASCII);
    }

    private long readLength(long max) throws IOException {
        return length(readByte(), max);
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
            throw damaged("length " + n + " is out of range");
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

    private long readLe(int bytes) throws IOException {
        long v = 0;
        for (int i = 0; i < bytes; i++) {
            v |= (long) readByte() << (8 * i);
        }
        return v;
    }

    private int readByte() throws IOException {
        if (at == limit) {
            fill();
        }
        return buffer[at++] & 0xFF;
    }

    private byte[] readBytes(int length) throws IOException {
        byte[] bytes = new byte[Math.min(length, FIRST_STEP_BYTES)];
        int have = 0;
        while (have < length) {
            if (have == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * have));
            }
            if (at == limit) {
                fill();
            }
            int step = Math.min(bytes.length - have, limit - at);
            System.arraycopy(buffer, at, bytes, have, step);
            at += step;
            have += step;
        }
        return bytes;
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
        crc = Crc64.update(crc, buffer, summedTo, at);
        summedTo = at;
    }

    private RdbFormatException damaged(String why) {
        return new RdbFormatException(offset(), why);
    }
}
