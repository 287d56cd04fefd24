package io.carnelian.server.settings;

import io.carnelian.server.config.Config;

/**
 * The parameters of the server module: three tables, added to the configuration when this is made.
 */
public final class ServerSettings {
    /** With less for all clients nobody could set a better limit. */
    private static final long MIN_CLIENT_MEMORY_BYTES = 128 << 10;

    public final NetSettings net;
    public final KeyspaceSettings keyspace;
    public final ProcessSettings process;

    public ServerSettings(Config config) {
        net = new NetSettings(config);
        keyspace = new KeyspaceSettings(config);
        process = new ProcessSettings(config);
    }

    /**
     * {@code maxmemory-clients} in bytes, also where it is a share of maxmemory; never so little
     * that no client could stay. 0: no limit.
     */
    public long clientMemoryLimit() {
        long set = net.maxmemoryClients.value;
        long limit = set >= 0 ? set : (long) (keyspace.maxmemory.value * (-set / 100.0));
        boolean none = set == 0 || (set < 0 && keyspace.maxmemory.value == 0);
        return none ? 0 : Math.max(limit, MIN_CLIENT_MEMORY_BYTES);
    }
}
