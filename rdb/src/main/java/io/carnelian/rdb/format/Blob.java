package io.carnelian.rdb.format;

/**
 * Where a reader puts the bytes of one string, piece by piece, and where they can be read again. A
 * string of a file may be longer than any Java array should be, so who reads says where it goes.
 */
public interface Blob {
    /** A new string begins: forgets what there was. */
    void begin();

    /**
     * The next bytes of it.
     *
     * @throws RuntimeException if there is no memory for them
     */
    void put(byte[] from, int offset, int length);

    /** Bytes put since {@link #begin}. */
    long length();

    /** The byte at an index, 0 to 255. */
    int at(long index);

    /** A little-endian number of one to eight bytes at an index, without sign. */
    default long le(long index, int bytes) {
        long v = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            v = v << 8 | at(index + i);
        }
        return v;
    }
}
