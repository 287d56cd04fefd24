package io.carnelian.aof.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that grows at its end. One thread at a time, but for {@link #sync}. */
public interface LogFile extends Closeable {
    /**
     * Appends all that the buffers hold.
     *
     * @throws IOException after none or a part of it, which {@link #truncate} takes back
     */
    void write(ByteBuffer[] buffers) throws IOException;

    /** Returns when everything written before is on the disk; also beside {@link #write}. */
    void sync() throws IOException;

    /** Cuts the file; what is written next comes behind. */
    void truncate(long bytes) throws IOException;

    long size() throws IOException;
}
