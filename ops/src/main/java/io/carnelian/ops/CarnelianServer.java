package io.carnelian.ops;

import io.carnelian.server.Version;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFile;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.settings.ServerSettings;
import java.net.BindException;
import java.security.Security;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's entry point: command line, configuration, {@link Bootstrap}, signals. */
public final class CarnelianServer {
    private static final Logger LOG = LoggerFactory.getLogger(CarnelianServer.class);

    private CarnelianServer() {}

    /** Runs until a signal or SHUTDOWN ends it. */
    public static void main(String[] args) {
        // Without these a partition that has healed still answers UnknownHostException for ten
        // seconds.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        Security.setProperty("networkaddress.cache.ttl", "1");
        CommandLine line = CommandLine.parse(args);
        switch (line.action()) {
            case RUN -> run(line);
            case VERSION -> System.out.println(version());
            case HELP -> System.out.println(help());
            case TEST_MEMORY, CHECK_SYSTEM -> {
                System.err.println(
                        "carnelian-server: "
                                + line.action()
                                + " is not supported: use memtest86 or memtester.");
                System.exit(1);
            }
        }
    }

    private static void run(CommandLine line) {
        Config config = new Config();
        ServerSettings settings = new ServerSettings(config);
        try {
            ConfigFile.load(config, settings.process.dir, line, System.in);
        } catch (ConfigFileError e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        Bootstrap bootstrap = new Bootstrap(settings, () -> Runtime.getRuntime().halt(0));
        Runnable stop = () -> bootstrap.loop().post(() -> shutDown(bootstrap));
        Signals.on("TERM", stop);
        Signals.on("INT", stop);
        try {
            bootstrap.start();
        } catch (BindException e) {
            System.exit(1);
        }
        LOG.info("Ready to accept connections tcp");
    }

    private static void shutDown(Bootstrap bootstrap) {
        String refusal = bootstrap.lifecycle().shutdown(io.carnelian.server.Lifecycle.Wish.ORDERLY);
        if (refusal != null) {
            LOG.warn(
                    "Errors trying to shut down the server: {}. Check the logs for more information.",
                    refusal);
        }
    }

    private static String version() {
        return "Carnelian server v=" + Version.CARNELIAN + " redis=" + Version.REDIS + " bits=64";
    }

    private static String help() {
        return """
        Usage: carnelian-server [/path/to/redis.conf] [options] [-]
               carnelian-server - (read the configuration from standard input)
               carnelian-server -v or --version
               carnelian-server -h or --help

        Options are directives of the configuration file with two dashes in front; they win over the file.

        Examples:
               carnelian-server                      (all defaults: port 6379)
               carnelian-server /etc/carnelian.conf
               carnelian-server --port 7777 --replicaof 127.0.0.1 8888
               carnelian-server /etc/carnelian.conf --loglevel verbose
               echo 'maxmemory 128mb' | carnelian-server -\
        """;
    }
}
