package io.carnelian.rdb.format;

import java.io.IOException;

/** Takes what an {@link RdbWriter} has encoded, a chunk at a time: a file, a socket, a counter. */
@FunctionalInterface
public interface ChunkSink {
    /**
     * The first {@code length} bytes of {@code chunk} are the next of the file.
     *
     * @return the array to encode the next chunk into: the same one, if its bytes have been taken,
     *     or another of the same length
     * @throws IOException when there is no use in encoding more: the writer's caller ends
     */
    byte[] accept(byte[] chunk, int length) throws IOException;
}
