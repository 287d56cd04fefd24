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
}
