package io.carnelian.server.log;

import io.carnelian.server.Version;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server says about its life, in Redis's words where Redis has any: the test suites and
 * the scripts of operators look for them. Modules have such classes of their own for what they do.
 * Any thread.
 */
public final class ServerLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.carnelian.server");
    private static final int SMALL_MAXMEMORY = 1 << 20;
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private static volatile long crossProtocolToldNanos = System.nanoTime() - MINUTE_NANOS;

    private ServerLog() {}

    /** The first two lines. {@code commit} is that of the sources, or eight zeros. */
    public static void starting(long pid, String commit) {
        LOG.warn("oO0OoO0OoO0Oo {} is starting oO0OoO0OoO0Oo", Version.NAME);
        LOG.warn(
                "{} version={}, bits=64, commit={}, modified=0, pid={}, just started",
                Version.NAME,
                Version.CARNELIAN,
                commit,
                pid);
    }

    public static void configurationLoaded(boolean fromAnywhere, String program) {
        if (fromAnywhere) {
            LOG.warn("Configuration loaded");
        } else {
            LOG.warn(
                    "Warning: no config file specified, using the default config. In order to"
                            + " specify a config file use {} /path/to/redis.conf",
                    program);
        }
    }

    /** The configuration can't be read: the last line of this process. */
    public static void cannotStart(String why) {
        LOG.warn("{}", why);
    }

    public static void notAppliedYet(Collection<String> names) {
        if (!names.isEmpty()) {
            LOG.warn(
                    "WARNING: these directives are accepted, but not applied yet: {}",
                    String.join(", ", names));
        }
    }

    /**
     * One line, or the banner where {@code always-show-logo} asks for it; it holds {@code PID: n}
     * either way.
     */
    public static void mode(boolean banner, String mode, int port, long pid, String transport) {
        if (!banner) {
            LOG.info(
                    "Running mode={}, port={}, transport={}, PID: {}.", mode, port, transport, pid);
            return;
        }
        StringBuilder text = new StringBuilder(400);
        text.append("\n      ________\n");
        text.append("    .'  /\\    '.        ")
                .append(Version.NAME)
                .append(' ')
                .append(Version.CARNELIAN);
        text.append(" (speaks Redis ").append(Version.REDIS).append(") 64 bit\n");
        text.append("   /___/__\\_____\\\n");
        text.append("   \\   \\  /     /       Running in ").append(mode).append(" mode over ");
        text.append(transport).append('\n');
        text.append("    \\   \\/    /         Port: ").append(port).append('\n');
        text.append("      \\ |   /           PID: ").append(pid).append('\n');
        text.append("        \\|/\n\n");
        LogSetup.raw(text.toString());
    }

    public static void initialized() {
        LOG.warn("Server initialized");
    }

    /**
     * {@code unixSocket} is the path of the socket that listens too, or null; without TCP port it
     * is the only one.
     */
    public static void ready(boolean tcp, @Nullable String unixSocket) {
        if (tcp) {
            LOG.info("Ready to accept connections");
        }
        if (unixSocket != null) {
            LOG.info("The server is now ready to accept connections at {}", unixSocket);
        }
    }

    public static void cannotBind(String address, int port, String why) {
        LOG.warn(
                "Warning: Could not create server TCP listening socket {}:{}: bind: {}",
                address,
                port,
                why);
    }

    public static void cannotListen(int port) {
        LOG.warn("Failed listening on port {} (TCP), aborting.", port);
    }

    public static void cannotOpenUnixSocket(String why) {
        LOG.warn("Failed opening Unix socket: bind: {}", why);
    }

    public static void nowhereToListen() {
        LOG.warn("Configured to not listen anywhere, exiting.");
    }

    public static void backlogTooLarge(long backlog, long somaxconn) {
        LOG.warn(
                "WARNING: The TCP backlog setting of {} cannot be enforced because"
                        + " /proc/sys/net/core/somaxconn is set to the lower value of {}.",
                backlog,
                somaxconn);
    }

    public static void smallMaxmemory(long bytes) {
        if (bytes > 0 && bytes < SMALL_MAXMEMORY) {
            LOG.warn(
                    "WARNING: You specified a maxmemory value that is less than 1MB (current value"
                            + " is {} bytes). Are you sure this is what you really want?",
                    bytes);
        }
    }

    public static void maxclientsReduced(long wanted, long needed, long openFiles, long possible) {
        LOG.warn(
                "You requested maxclients of {} requiring at least {} max file descriptors.",
                wanted,
                needed);
        LOG.warn(
                "Current maximum open files is {}. maxclients has been reduced to {} to"
                        + " compensate for low ulimit. If you need higher maxclients increase"
                        + " 'ulimit -n'.",
                openFiles,
                possible);
    }

    /** {@code signal} with its prefix: SIGTERM. */
    public static void signal(String signal) {
        LOG.warn("Received {} scheduling shutdown...", signal);
    }

    public static void secondSignal() {
        LOG.warn("You insist... exiting now.");
    }

    public static void shutdownRequested() {
        LOG.warn("User requested shutdown...");
    }

    public static void waitingForReplicas() {
        LOG.info("Waiting for replicas before shutting down.");
    }

    public static void cannotShutDown(String why) {
        LOG.warn("Errors trying to shut down the server: {}.", why);
    }

    public static void removingPidFile() {
        LOG.info("Removing the pid file.");
    }

    public static void removingUnixSocket() {
        LOG.info("Removing the unix socket file.");
    }

    public static void cannotRemovePidFile(Path file, String why) {
        LOG.warn("Can't remove the pid file {}: {}", file, why);
    }

    public static void syslogMissing(String why) {
        LOG.warn("syslog-enabled is yes, but /dev/log can't be used: {}", why);
    }

    public static void cannotBecomeDaemon(String why) {
        LOG.warn("Can't daemonize: {}", why);
    }

    public static void shutdownAborted() {
        LOG.warn("Shutdown manually aborted.");
    }

    public static void signalFailed() {
        LOG.warn(
                "SIGTERM received but errors trying to shut down the server,"
                        + " check the logs for more information");
    }

    /** A line for those who search the log, and the report as it is. */
    public static void crashed(String why, String report) {
        LOG.warn("{} {} {}", Version.NAME, Version.CARNELIAN, why);
        LogSetup.raw(report);
    }

    public static void cannotWritePidFile(Path file, String why) {
        LOG.warn("Can't write the pid file {}: {}", file, why);
    }

    public static void bye() {
        LOG.warn("{} is now ready to exit, bye bye...", Version.NAME);
    }

    public static void accepted(String address) {
        LOG.debug("Accepted {}", address);
    }

    public static void clientClosed(String address) {
        LOG.debug("Client closed connection {}", address);
    }

    /** Somebody speaks HTTP to this port; told once a minute at most. */
    public static void crossProtocol(String client) {
        long now = System.nanoTime();
        if (now - crossProtocolToldNanos < MINUTE_NANOS) {
            return;
        }
        crossProtocolToldNanos = now;
        LOG.warn(
                "Possible SECURITY ATTACK detected. Somebody sends POST or Host: here, as a browser"
                        + " does that a web page makes use of. Connection {} aborted.",
                client);
    }

    public static void idleClient(String client) {
        LOG.debug("Closing idle client {}", client);
    }

    public static void databaseSize(int db, long keys, long expiring, long slots) {
        LOG.debug("DB {}: {} keys ({} volatile) in {} slots HT.", db, keys, expiring, slots);
    }

    public static void clientsConnected(int clients, int replicas, long usedBytes) {
        LOG.trace(
                "{} clients connected ({} replicas), {} bytes in use",
                clients,
                replicas,
                usedBytes);
    }

    /** Whether the lines of cron are wanted at all. */
    public static boolean isVerbose() {
        return LOG.isDebugEnabled();
    }
}
