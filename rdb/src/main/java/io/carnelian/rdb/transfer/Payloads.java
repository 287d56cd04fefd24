package io.carnelian.rdb.transfer;

import io.carnelian.rdb.format.Crc64;
import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbWriter;
import io.carnelian.rdb.save.ValueEncoder;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Errors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Values as DUMP gives them out.
 *
 * <pre>
 *   | type 1 | value as in a file | version 2, little-endian | CRC-64 of all before, 8 |
 * </pre>
 */
public final class Payloads {
    /** Version and sum. */
    static final int FOOTER_BYTES = 10;

    private static final int CHUNK_BYTES = 16 * 1024;
    private static final int SUM_BYTES = 8;

    /** Longest payload: what a reply and a request can have. */
    private static final int MOST_BYTES = Integer.MAX_VALUE - 1024;

    private final ByteBufAllocator allocator;
    private final int mostBytes;
    private final byte[] scratch = new byte[CHUNK_BYTES];
    private final RdbWriter writer;
    private ByteBuf target;

    public Payloads(ByteBufAllocator allocator) {
        this(allocator, MOST_BYTES);
    }

    Payloads(ByteBufAllocator allocator, int mostBytes) {
        this.allocator = allocator;
        this.mostBytes = mostBytes;
        this.target = allocator.directBuffer(0);
        this.writer = new RdbWriter(this::write, new byte[CHUNK_BYTES], Memory::copyOut, true);
    }

    private byte[] write(byte[] chunk, int length) {
        if (length > mostBytes - target.readableBytes()) {
            throw Errors.STRING_TOO_LONG.error();
        }
        target.writeBytes(chunk, 0, length);
        return chunk;
    }

    /**
     * The payload of a record; the caller releases it. An error for the client if it is too long.
     *
     * @param version 9 to 11
     */
    ByteBuf dump(long record, int version, boolean compress) {
        target = allocator.directBuffer();
        boolean done = false;
        ValueEncoder values = new ValueEncoder(writer, version);
        writer.restart();
        writer.version(version);
        writer.compress(compress);
        try {
            writer.type(values.type(record));
            values.write(record);
            writer.endPayload();
            done = true;
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail so", e);
        } finally {
            if (!done) {
                target.release();
            }
        }
        return target;
    }

    /**
     * True if version and sum of a payload are right.
     *
     * @param checksum whether the sum is looked at
     */
    boolean isWhole(long address, long length, boolean checksum) {
        if (length < FOOTER_BYTES) {
            return false;
        }
        long footer = address + length - FOOTER_BYTES;
        int version = Memory.getShort(footer) & 0xFFFF;
        if (version > Opcodes.MAX_VERSION && version != Opcodes.VALKEY_VERSION) {
            return false;
        }
        return !checksum || sum(address, length - SUM_BYTES) == Memory.getLong(footer + 2);
    }

    private long sum(long address, long length) {
        long crc = 0;
        for (long done = 0; done < length; ) {
            int some = (int) Math.min(scratch.length, length - done);
            Memory.copyOut(address + done, scratch, 0, some);
            crc = Crc64.update(crc, scratch, 0, some);
            done += some;
        }
        return crc;
    }
}
