package io.carnelian.aof.load;

import io.carnelian.aof.disk.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file whose tail could not be kept aside when it was loaded: the disk was full. Nothing can be
 * written behind it, so each write tries again to cut it off and fails until that is done. Whoever
 * writes does the same as on any full disk: it waits for room, and clients are refused writes.
 *
 * <pre>
 *   │ whole commands │ tail │      write, sync ──► tail kept aside, cut off ──► as any file
 *                    └ size()                          └ no room: IOException, all is as it was
 * </pre>
 */
final class UncutFile implements LogFile {
    private final LogFile file;
    private final Tail tail;
    private boolean cut;

    UncutFile(LogFile file, Tail tail) {
        this.file = file;
        this.tail = tail;
    }

    private synchronized void cutOff() throws IOException {
        if (!cut) {
            tail.cutOff();
            file.truncate(tail.wholeEnd());
            cut = true;
        }
    }

    private synchronized boolean isCut() {
        return cut;
    }

    @Override
    public void write(ByteBuffer[] buffers) throws IOException {
        cutOff();
        file.write(buffers);
    }

    @Override
    public void sync() throws IOException {
        // Another file may be about to follow: this one has to be whole then.
        cutOff();
        file.sync();
    }

    /** Takes back what was written; that is nothing as long as the tail is there. */
    @Override
    public void truncate(long bytes) throws IOException {
        if (isCut()) {
            file.truncate(bytes);
        }
    }

    @Override
    public long size() throws IOException {
        return isCut() ? file.size() : tail.wholeEnd();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
