package io.carnelian.server.settings;

import io.carnelian.server.config.Config;

/**
 * The parameters of the server module: three tables, added to the configuration when this is made.
 */
public final class ServerSettings {
    public final NetSettings net;
    public final KeyspaceSettings keyspace;
    public final ProcessSettings process;

    public ServerSettings(Config config) {
        net = new NetSettings(config);
        keyspace = new KeyspaceSettings(config);
        process = new ProcessSettings(config);
    }

    /** {@code maxmemory-clients} in bytes, also where it is a share of maxmemory; 0: no limit. */
    public long clientMemoryLimit() {
        long limit = net.maxmemoryClients.value;
        return limit >= 0 ? limit : keyspace.maxmemory.value / 100 * -limit;
    }
}
