package io.carnelian.server.net;

/** Limits on what a peer may send; set by configuration, read by every parser. */
public final class ProtocolLimits {
    /** Longest argument, in bytes: {@code proto-max-bulk-len}. */
    public volatile long maxBulkBytes = 512L << 20;

    /** Whether clients' memory is limited, so that waiting input has to be looked at. */
    public volatile boolean watchInput;

    /** Most bytes of requests held for one client: {@code client-query-buffer-limit}. */
    public volatile long maxQueryBytes = 1L << 30;
}
