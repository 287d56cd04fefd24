package io.carnelian.aof.write;

import io.carnelian.aof.AofConfig;
import io.carnelian.server.feed.WriteStream;

/**
 * How far the stream is kept, for whoever waits for that or shows it. While nothing is kept, nobody
 * has to wait. Command thread only.
 */
public final class Kept {
    private final WriteStream stream;
    private final AofConfig config;
    private final WriterState state;
    private boolean attached;

    /** What was appended before counts as kept. */
    private long attachedAt;

    /** Whether nothing is synced at present, whatever the policy. */
    private boolean syncRests;

    Kept(WriteStream stream, AofConfig config, WriterState state) {
        this.stream = stream;
        this.config = config;
        this.state = state;
    }

    /** From now on the stream is kept. */
    void begin() {
        attached = true;
        attachedAt = stream.appended();
    }

    /** From now on it is not. */
    void end() {
        attached = false;
    }

    /** {@code no-appendfsync-on-rewrite} while a snapshot is written. */
    void syncRests(boolean on) {
        syncRests = on;
    }

    public boolean isAttached() {
        return attached;
    }

    private boolean always() {
        return config.appendfsync.is("always") && !syncRests;
    }

    /** Bytes that the command thread has handed over and that are not in the file. */
    public long queuedBytes() {
        return attached ? stream.appended() - written() : 0;
    }

    private long written() {
        return Math.max(state.written, attachedAt);
    }

    private long synced() {
        return Math.max(state.synced, attachedAt);
    }

    /** Up to where replies may go, as {@link WriteStream#appended} counts. */
    long repliesUpTo() {
        if (!attached || !config.appendfsync.is("always")) {
            return Long.MAX_VALUE;
        }
        return syncRests ? written() : synced();
    }

    /**
     * How far replicas may read the stream, as {@link WriteStream#offset} counts: they must not
     * know what a crash can take from this server.
     */
    public long releasedOffset() {
        if (!attached) {
            return Long.MAX_VALUE;
        }
        return stream.offset() - (stream.appended() - (always() ? synced() : written()));
    }

    /**
     * Offset of the stream that is on the disk, what {@code FACK} and WAITAOF tell; that is
     * written, if nothing is ever synced.
     */
    public long storedOffset() {
        long kept = config.appendfsync.is("no") ? written() : synced();
        return stream.offset() - (stream.appended() - kept);
    }

    /** Bytes of all files that would be loaded. */
    public long fileBytes() {
        return state.settledBytes + state.fileBytes;
    }

    public boolean isSyncing() {
        return state.syncing;
    }

    public long delayedSyncs() {
        return state.delayedSyncs;
    }

    public boolean writesWell() {
        return state.problem() == null;
    }
}
