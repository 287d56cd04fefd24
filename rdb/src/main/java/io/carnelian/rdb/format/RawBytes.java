package io.carnelian.rdb.format;

/**
 * How bytes that live at an address get into an array. The keyspace's records are outside the Java
 * heap and only the server's {@code memory} package may touch addresses; this package is pure, so
 * it is told how.
 */
@FunctionalInterface
public interface RawBytes {
    void copyOut(long address, byte[] to, int offset, int length);
}
