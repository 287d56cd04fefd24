package io.carnelian.server.feed;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Reply;

/** One command as monitors see it, while it is being written. */
public final class MonitorLine {
    /** Lines are put together on the heap, which is small. */
    private static final int MAX_LINE = 1 << 20;

    private boolean cut;
    private final StringBuilder line = new StringBuilder(128);

    /**
     * Begins a line.
     *
     * @param nowMicros wall-clock time in microseconds since 1970
     * @param source {@code addr} of the client, or {@code lua}
     */
    public MonitorLine(long nowMicros, int db, String source) {
        line.append('+').append(nowMicros / 1_000_000).append('.');
        String micros = Long.toString(nowMicros % 1_000_000);
        line.append("000000", 0, 6 - micros.length()).append(micros);
        line.append(" [").append(db).append(' ').append(source).append(']');
    }

    /** Adds an argument; of a line that has become very long the rest is only told of. */
    public void argument(long address, int length) {
        if (line.length() >= MAX_LINE) {
            if (!cut) {
                cut = true;
                line.append(" ...");
            }
            return;
        }
        byte[] bytes = new byte[Math.min(length, MAX_LINE)];
        Memory.copyOut(address, bytes, 0, bytes.length);
        line.append(' ');
        Monitors.quote(line, bytes);
        if (bytes.length < length) {
            line.append("... (").append(length - bytes.length).append(" more bytes)");
        }
    }

    /** An argument that is a secret. */
    public void redacted() {
        line.append(" \"(redacted)\"");
    }

    byte[] wire() {
        return Reply.ascii(line + "\r\n");
    }
}
