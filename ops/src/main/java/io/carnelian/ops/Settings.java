package io.carnelian.ops;

import io.carnelian.aof.AofConfig;
import io.carnelian.ops.admin.AdminSettings;
import io.carnelian.rdb.RdbConfig;
import io.carnelian.replication.ReplicationConfig;
import io.carnelian.server.admin.RenamedCommands;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFile;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.settings.PendingSettings;
import io.carnelian.server.settings.ServerSettings;
import java.io.InputStream;

/** The parameters of all modules, read from file and command line. */
record Settings(
        ServerSettings server,
        RdbConfig rdb,
        AofConfig aof,
        ReplicationConfig replication,
        AdminSettings admin,
        RenamedCommands renamedCommands) {
    /** Adds every module's rows, then reads. */
    static Settings read(Config config, CommandLine line, InputStream stdin)
            throws ConfigFileError {
        ServerSettings server = new ServerSettings(config);
        ReplicationConfig replication =
                new ReplicationConfig(server.net.outputLimits, server.process.dir);
        replication.addTo(config);
        RdbConfig rdb = new RdbConfig(server.process.dir, replication.checksum);
        rdb.addTo(config);
        AdminSettings admin = new AdminSettings();
        admin.addTo(config);
        AofConfig aof = new AofConfig(server.process.dir);
        aof.addTo(config);
        RenamedCommands renamed = new RenamedCommands();
        renamed.addTo(config);
        PendingSettings.addTo(config, server);
        ConfigFile.load(config, server.process.dir, line, stdin);
        return new Settings(server, rdb, aof, replication, admin, renamed);
    }
}
