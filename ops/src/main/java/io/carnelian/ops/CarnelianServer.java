package io.carnelian.ops;

import io.carnelian.server.Lifecycle;
import io.carnelian.server.Version;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.info.Identity;
import io.carnelian.server.log.LogLevel;
import io.carnelian.server.log.LogSetup;
import io.carnelian.server.log.ServerLog;
import io.carnelian.server.settings.ProcessSettings;
import java.net.BindException;
import java.security.Security;

/** The server's entry point: command line, configuration, {@link Bootstrap}, signals. */
public final class CarnelianServer {
    private static final String NO_COMMIT = "00000000";

    private CarnelianServer() {}

    /** Runs until a signal or SHUTDOWN ends it. */
    public static void main(String[] args) {
        // Without these a partition that has healed still answers UnknownHostException for ten
        // seconds.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        Security.setProperty("networkaddress.cache.ttl", "1");
        LogSetup.install();
        CommandLine line = CommandLine.parse(args);
        switch (line.action()) {
            case RUN -> run(line);
            case VERSION -> System.out.println(version());
            case HELP -> System.out.println(help());
            case TEST_MEMORY, CHECK_SYSTEM -> {
                System.err.println(
                        "carnelian-server: --test-memory and --check-system are not supported;"
                                + " memtester and memtest86+ test memory.");
                System.exit(1);
            }
        }
    }

    private static void run(CommandLine line) {
        Config config = new Config();
        try {
            start(config, line, Settings.read(config, line, System.in));
        } catch (ConfigFileError e) {
            if (e.isBlock()) {
                System.err.println(e.getMessage());
            } else {
                ServerLog.cannotStart(String.valueOf(e.getMessage()));
            }
            System.exit(1);
        } catch (BindException e) {
            System.exit(1);
        }
    }

    private static void start(Config config, CommandLine line, Settings settings)
            throws BindException, ConfigFileError {
        long pid = LogSetup.pid();
        ProcessSettings process = settings.server().process;
        if (!process.logfile.value.isEmpty()) {
            LogSetup.file(process.dir.resolve(process.logfile.value));
        }
        LogSetup.level(LogLevel.named(process.loglevel.text()));
        ServerLog.starting(pid, NO_COMMIT);
        String program = System.getProperty("carnelian.executable", "carnelian-server");
        ServerLog.configurationLoaded(
                config.file() != null || !line.optionLines().isEmpty(), program);
        ServerLog.notAppliedYet(config.pendingInUse());

        Identity identity = Identity.random(pid, System.currentTimeMillis(), program);
        Bootstrap bootstrap = new Bootstrap(config, settings, identity, CarnelianServer::end);
        Signals.on("TERM", () -> stop(bootstrap, "SIGTERM"));
        Signals.on("INT", () -> stop(bootstrap, "SIGINT"));
        LogSetup.role(LogSetup.PRIMARY);
        int port = settings.server().net.port.intValue();
        ServerLog.mode(
                process.alwaysShowLogo.on, "standalone", port, pid, bootstrap.transportName());
        bootstrap.start();
        ServerLog.initialized();
        ServerLog.ready(port != 0, null);
    }

    private static void stop(Bootstrap bootstrap, String signal) {
        ServerLog.signal(signal);
        bootstrap.loop().post(() -> shutDown(bootstrap.lifecycle()));
    }

    private static void shutDown(Lifecycle lifecycle) {
        ServerLog.shutdownRequested();
        String refusal = lifecycle.shutdown(Lifecycle.Wish.ORDERLY);
        if (refusal != null) {
            ServerLog.cannotShutDown(refusal);
        }
    }

    private static void end() {
        ServerLog.bye();
        Runtime.getRuntime().halt(0);
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

        Options are directives of the configuration file with two dashes in front; they win over the
        file.

        Examples:
               carnelian-server                      (all defaults: port 6379)
               carnelian-server /etc/carnelian.conf
               carnelian-server --port 7777 --replicaof 127.0.0.1 8888
               carnelian-server /etc/carnelian.conf --loglevel verbose
               echo 'maxmemory 128mb' | carnelian-server -\
        """;
    }
}
