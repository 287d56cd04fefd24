package io.carnelian.server.client;

import java.util.List;

/** What a client asked of CLIENT TRACKING; there is none while tracking is off. */
public final class TrackingMode {
    /** What CLIENT CACHING said about the next command. */
    public enum Caching {
        UNSAID,
        YES,
        NO
    }

    /** It hears of all keys with its prefixes, read or not. */
    public final boolean broadcast;

    /** It hears only of what it read after CLIENT CACHING yes. */
    public final boolean optIn;

    /** It does not hear of what it read after CLIENT CACHING no. */
    public final boolean optOut;

    /** It does not hear of its own changes. */
    public final boolean noLoop;

    /** The client that hears in its place, or 0. */
    public final long redirect;

    /** In the order of their giving; one empty prefix means all keys. */
    public final List<byte[]> prefixes;

    public Caching caching = Caching.UNSAID;

    /** The client that was to hear has gone. */
    public boolean broken;

    public TrackingMode(
            boolean broadcast,
            boolean optIn,
            boolean optOut,
            boolean noLoop,
            long redirect,
            List<byte[]> prefixes) {
        this.broadcast = broadcast;
        this.optIn = optIn;
        this.optOut = optOut;
        this.noLoop = noLoop;
        this.redirect = redirect;
        this.prefixes = prefixes;
    }

    /**
     * A command is done, or refused: what CLIENT CACHING said was for it, or for its transaction.
     * CLIENT may stand between.
     */
    public void done(String command, boolean inTransaction) {
        if (!inTransaction && !command.startsWith("client|")) {
            caching = Caching.UNSAID;
        }
    }

    /** Whether what the running command reads is to be remembered. */
    public boolean remembers() {
        return !broadcast
                && (!optIn || caching == Caching.YES)
                && (!optOut || caching != Caching.NO);
    }
}
