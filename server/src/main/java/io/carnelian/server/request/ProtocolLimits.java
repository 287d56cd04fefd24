package io.carnelian.server.request;

import io.carnelian.server.client.Client;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Limits on what a peer may send; set by configuration, read by every parser. */
public final class ProtocolLimits {
    /** Longest argument, in bytes: {@code proto-max-bulk-len}. */
    public volatile long maxBulkBytes = 512L << 20;

    /**
     * Hears on the command thread that more input of a client waits; null while the memory of
     * clients is not limited.
     */
    public volatile @Nullable Consumer<Client> inputWatcher;

    /** Most bytes of requests held for one client: {@code client-query-buffer-limit}. */
    public volatile long maxQueryBytes = 1L << 30;
}
