package io.carnelian.ops;

import io.carnelian.aof.restore.RestoreFailure;
import io.carnelian.ops.admin.AdminServer;
import io.carnelian.ops.reload.Reload;
import io.carnelian.server.Version;
import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.info.Identity;
import io.carnelian.server.log.LogLevel;
import io.carnelian.server.log.LogSetup;
import io.carnelian.server.log.ServerLog;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.process.Daemon;
import io.carnelian.server.process.Supervisor;
import io.carnelian.server.settings.ProcessSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.security.Security;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The server's entry point: command line, configuration, {@link Bootstrap}, signals.
 *
 * <pre>
 *   -v, -h                  print and end
 *   --restore-to-… T        {@link RestoreStart}: reads, writes a directory, ends
 *   daemonize yes           a copy of this process goes on, this one ends
 *   else                    read configuration ─► load data ─► listen ─► ready, until SHUTDOWN
 * </pre>
 */
public final class CarnelianServer {
    private static final long SMALL_LOAD_MS = 100;
    private static final String NO_COMMIT = "00000000";

    private CarnelianServer() {}

    /** Runs until a signal or SHUTDOWN ends it. */
    public static void main(String[] args) {
        // Without these a partition that has healed still answers UnknownHostException for ten
        // seconds.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        Security.setProperty("networkaddress.cache.ttl", "1");
        LogSetup.install();
        if (restores(args)) {
            return;
        }
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

    /** Whether it was a start that restores; it ends the process if that fails. */
    private static boolean restores(String[] args) {
        try {
            RestoreStart restore = RestoreStart.find(args, ZoneId.systemDefault());
            if (restore != null) {
                restore.run(System.in, System.out);
            }
            return restore != null;
        } catch (RestoreFailure | ConfigFileError | IOException e) {
            String why = e instanceof IOException ? e.toString() : e.getMessage();
            System.err.println("carnelian-server: nothing was restored: " + why);
            System.exit(1);
            return true;
        }
    }

    private static void run(CommandLine line) {
        // Linking takes a third of a cold start; meanwhile this thread reads the settings.
        Thread.ofPlatform().daemon().name("link").start(Pages::prepare);
        Config config = new Config();
        try {
            byte[] input = line.stdin() ? System.in.readAllBytes() : new byte[0];
            Settings settings = Settings.read(config, line, new ByteArrayInputStream(input));
            ProcessSettings process = settings.server().process;
            openLog(process);
            Supervisor supervisor = Supervisor.find(process.supervised.text(), System.getenv());
            if (process.daemonize.on && !Daemon.isDaemon() && !supervisor.isThere()) {
                Daemon.start(input);
                return;
            }
            start(config, line, settings, supervisor, input);
        } catch (ConfigFileError e) {
            if (e.isBlock()) {
                System.err.println(e.getMessage());
            } else {
                ServerLog.cannotStart(String.valueOf(e.getMessage()));
            }
            System.exit(1);
        } catch (BindException e) {
            System.exit(1);
        } catch (IOException e) {
            ServerLog.cannotBecomeDaemon(String.valueOf(e.getMessage()));
            System.exit(1);
        }
    }

    private static void openLog(ProcessSettings process) {
        if (!process.logfile.value.isEmpty()) {
            LogSetup.file(process.dir.resolve(process.logfile.value));
        }
        if (process.syslogEnabled.on) {
            LogSetup.syslog(process.syslogIdent.value, process.syslogFacility.text());
        }
        LogSetup.level(LogLevel.named(process.loglevel.text()));
    }

    private static void start(
            Config config, CommandLine line, Settings settings, Supervisor supervisor, byte[] input)
            throws BindException, ConfigFileError {
        long pid = LogSetup.pid();
        ProcessSettings process = settings.server().process;
        ServerLog.starting(pid, NO_COMMIT);
        String program = System.getProperty("carnelian.executable", "carnelian-server");
        ServerLog.configurationLoaded(
                config.file() != null || !line.optionLines().isEmpty(), program);
        ServerLog.notAppliedYet(config.pendingInUse());

        Identity identity = Identity.random(pid, System.currentTimeMillis(), program);
        Bootstrap bootstrap = new Bootstrap(config, settings, identity, CarnelianServer::end);
        ProcessLife life = new ProcessLife(bootstrap, process, supervisor);
        life.begin();
        Reload reload = new Reload(config, () -> fresh(line, input), bootstrap.loop()::post);
        reload.addTo(bootstrap.server().commands());
        Signals.on("HUP", reload::hangup);
        LogSetup.role(LogSetup.PRIMARY);
        int port = settings.server().net.port.intValue();
        // What was made so far stays for good. Moved out of the young generation before anybody
        // waits, it is not copied by the first collection under load.
        System.gc();
        CountDownLatch told = new CountDownLatch(1);
        CompletableFuture<Void> loaded =
                bootstrap.load(() -> await(told), CarnelianServer::cannotLoad);
        awaitSmallData(loaded);
        // Before the sockets, so that who finds the server answering finds its figures, too.
        AdminServer.begin(
                settings.admin(),
                bootstrap.info(),
                bootstrap.server().commands(),
                bootstrap.loop()::post);
        bootstrap.start(loaded);
        // Who waits for the line with the process id finds the sockets open.
        ServerLog.mode(
                process.alwaysShowLogo.on, "standalone", port, pid, bootstrap.transportName());
        life.started(pid, process.daemonize.on);
        ServerLog.initialized();
        told.countDown();
        Path unixSocket = bootstrap.unixSocket();
        String socketName = unixSocket == null ? null : unixSocket.toString();
        var _ =
                loaded.thenRun(() -> {
                    ServerLog.ready(port != 0, socketName);
                    supervisor.ready(pid);
                });
    }

    /** The configuration as a start would have it now. */
    private static Config fresh(CommandLine line, byte[] input) throws ConfigFileError {
        Config config = new Config();
        Settings settings = Settings.read(config, line, new ByteArrayInputStream(input));
        OpenFiles.fit(settings.server().net.maxclients, OpenFiles.limit());
        return config;
    }

    /**
     * Little is loaded before anybody can connect: nobody is told LOADING for some milliseconds.
     */
    private static void awaitSmallData(CompletableFuture<Void> loaded) {
        try {
            loaded.get(SMALL_LOAD_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException large) {
            // Then clients may come, and hear how it goes on.
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the data set could not be awaited", e);
        }
    }

    /** Who waits for the line with the process id gets it, also when the data can't be loaded. */
    private static void await(CountDownLatch told) {
        try {
            told.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void cannotLoad() {
        LogSetup.flush();
        Runtime.getRuntime().halt(1);
    }

    private static void end() {
        ServerLog.bye();
        LogSetup.flush();
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

        Point-in-time recovery from the AOF in dir, which is only read; it ends when it is done:
               carnelian-server [...] --restore-to-time T   --restore-into NEWDIR
               carnelian-server [...] --restore-to-offset N --restore-into NEWDIR
        T is seconds since 1970, 2026-11-22T20:15:00Z, or the same without Z in this machine's time;
        it needs aof-timestamp-enabled yes at the time of writing; the whole second is restored.
        N is an offset as INFO replication shows it. NEWDIR is empty, or made; the server is then
        started with --dir NEWDIR --appendonly yes.

        Examples:
               carnelian-server                      (all defaults: port 6379)
               carnelian-server /etc/carnelian.conf
               carnelian-server --port 7777 --replicaof 127.0.0.1 8888
               carnelian-server /etc/carnelian.conf --loglevel verbose
               carnelian-server /etc/carnelian.conf --restore-to-offset 4711 \\
                                --restore-into /var/lib/restored
               echo 'maxmemory 128mb' | carnelian-server -\
        """;
    }
}
