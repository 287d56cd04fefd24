package io.carnelian.rdb.transfer;

import io.carnelian.server.memory.Memory;
import java.io.InputStream;

/** The bytes at an address as a stream. */
final class MemoryInput extends InputStream {
    private long at;
    private long end;

    MemoryInput over(long address, long length) {
        at = address;
        end = address + length;
        return this;
    }

    @Override
    public int read() {
        return at == end ? -1 : Memory.getByte(at++) & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
        if (at == end) {
            return -1;
        }
        int some = (int) Math.min(length, end - at);
        Memory.copyOut(at, to, offset, some);
        at += some;
        return some;
    }
}
