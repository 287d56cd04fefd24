package io.carnelian.server.client;

import io.carnelian.server.resp.ErrorReply;

/**
 * The part of the Java heap that clients may fill with what they register: subscriptions, watched
 * keys, tracked prefixes and reads, names. The heap is small and of fixed size, since the data is
 * outside; without a limit one client could subscribe until the process ends. What is counted is
 * what the objects take, roughly. Command thread only.
 */
public final class Registrations {
    private static final ErrorReply FULL =
            ErrorReply.of(
                    "OOM too many subscriptions, watched or tracked keys for the Java heap,"
                            + " nothing was changed");

    /** Of the heap; the rest is for connections, the configuration, and the collector's room. */
    private static final int HEAP_PART = 3;

    private final long maxBytes;
    private long bytes;

    /** As much as the heap of this process allows. */
    public Registrations() {
        this(Runtime.getRuntime().maxMemory() / HEAP_PART);
    }

    /**
     * @param maxBytes that all clients together may register
     */
    public Registrations(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Throws the error for the client if there is no room for so much more. */
    public void require(long more) {
        if (!hasRoom(more)) {
            throw FULL.error();
        }
    }

    public boolean hasRoom(long more) {
        return more <= 0 || more <= maxBytes - bytes;
    }

    /** A client has registered something, or (negative) given it up. */
    public void add(Client client, long change) {
        client.registeredBytes += change;
        bytes += change;
    }

    /** Something that belongs to no single client. */
    public void add(long change) {
        bytes += change;
    }

    /** Bytes that are registered now. */
    public long bytes() {
        return bytes;
    }
}
