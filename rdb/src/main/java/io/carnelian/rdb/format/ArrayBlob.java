package io.carnelian.rdb.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A string in a Java array, of which no more is kept than a limit: for names and facts. */
public final class ArrayBlob implements Blob {
    private static final int FIRST_BYTES = 64;

    private final int limit;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int kept;
    private long length;

    /**
     * @param limit bytes to keep at most; the rest is counted only
     */
    public ArrayBlob(int limit) {
        this.limit = limit;
    }

    @Override
    public void begin() {
        kept = 0;
        length = 0;
    }

    @Override
    public void put(byte[] from, int offset, int count) {
        int some = Math.min(count, limit - kept);
        if (kept + some > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(limit, Math.max(kept + some, 2 * kept)));
        }
        System.arraycopy(from, offset, bytes, kept, some);
        kept += some;
        length += count;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int at(long index) {
        return bytes[(int) index] & 0xFF;
    }

    /** A copy of what is kept. */
    public byte[] bytes() {
        return Arrays.copyOf(bytes, kept);
    }

    /** What is kept, every byte a char. */
    public String text() {
        return new String(bytes, 0, kept, StandardCharsets.ISO_8859_1);
    }
}
