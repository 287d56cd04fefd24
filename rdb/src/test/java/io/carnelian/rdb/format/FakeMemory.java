package io.carnelian.rdb.format;

import java.util.Arrays;

/** Bytes at addresses, without any: an array that grows, whose indexes are the addresses. */
final class FakeMemory implements RawBytes {
    private byte[] bytes = new byte[1024];
    private int used = 16;

    long put(byte[] source) {
        while (used + source.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, bytes.length * 2);
        }
        int address = used;
        System.arraycopy(source, 0, bytes, address, source.length);
        used += source.length;
        return address;
    }

    @Override
    public void copyOut(long address, byte[] to, int offset, int length) {
        System.arraycopy(bytes, (int) address, to, offset, length);
    }
}
