package io.carnelian.server.quicklist;

/**
 * How much a listpack of a list may hold: {@code list-max-listpack-size}. A positive number is a
 * limit of elements, within 8 KiB; -1 to -5 are limits of 4, 8, 16, 32, 64 KiB. An element that is
 * bigger than that has a listpack of its own.
 */
public final class Fill {
    private static final int SAFE_BYTES = 8192;
    private static final int MAX_ELEMENTS = 32767;
    private static final int SMALLEST_BYTES = 4096;

    /** What stands before the listpack in a chunk is part of its size. */
    private static final int CHUNK_HEADER = 8;

    private Fill() {}

    /** True if a listpack of so many bytes and elements may get one element and bytes more. */
    public static boolean allows(int fill, int bytes, int elements, int more) {
        if (fill < 0) {
            return bytes + (long) more <= maxBytes(fill);
        }
        return elements < Math.min(fill, MAX_ELEMENTS) && bytes + (long) more <= maxBytes(fill);
    }

    /** The most bytes that a listpack of more than one element has. */
    public static int maxBytes(int fill) {
        int limit = fill < 0 ? SMALLEST_BYTES << Math.min(4, -1 - Math.max(fill, -5)) : SAFE_BYTES;
        return limit - CHUNK_HEADER;
    }
}
