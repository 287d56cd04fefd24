package io.carnelian.server.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets Logback up in code: one appender, two loggers. Logback finds this class as the {@code
 * Configurator} service before it would look for XML. Libraries log warnings only; our own level is
 * {@code loglevel}.
 *
 * <p>The log is the one thing of the process that everybody shares, so these are static. Any
 * thread.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class LogSetup extends ContextAwareBase implements Configurator {
    /** The role of a process that has not become a server yet. */
    public static final char STARTING = 'C';

    public static final char PRIMARY = 'M';
    public static final char REPLICA = 'S';

    private static final String DEV_LOG = "/dev/log";
    private static final String OURS = "io.carnelian";
    private static final LogAppender APPENDER = new LogAppender();

    /** The first thing that a server does, before any class asks for a logger. */
    public static void install() {
        APPENDER.useStandardOutput();
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.setProperty("slf4j.provider", "io.carnelian.server.log.LogProvider");
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        APPENDER.setContext(context);
        APPENDER.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(LogLevel.WARNING.carrier());
        root.addAppender(APPENDER);
        context.getLogger(OURS).setLevel(LogLevel.NOTICE.carrier());
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** What is less important than this is not logged. Takes effect at once. */
    public static void level(LogLevel level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(OURS).setLevel(level.carrier());
            context.getLogger(Logger.ROOT_LOGGER_NAME)
                    .setLevel((level == LogLevel.NOTHING ? level : LogLevel.WARNING).carrier());
        }
    }

    /**
     * Where lines go: a file, which is opened anew for each line so that it can be rotated, or
     * standard output.
     */
    public static void file(@Nullable Path path) {
        APPENDER.file(path);
    }

    /** Sends lines to the system log too: {@code syslog-ident}, {@code syslog-facility}. */
    public static void syslog(String ident, String facility) {
        try {
            APPENDER.syslog(
                    UnixDatagrams.open(DEV_LOG), SyslogLine.of(ident, facility, APPENDER.pid()));
        } catch (IOException e) {
            ServerLog.syslogMissing(String.valueOf(e.getMessage()));
        }
    }

    /** Waits until what was logged is where it belongs, for the end of the process. */
    public static void flush() {
        APPENDER.flush();
    }

    /** The letter behind the process id. */
    public static void role(char letter) {
        APPENDER.role(letter);
    }

    /** The id of this process. */
    public static long pid() {
        return APPENDER.pid();
    }

    /** Writes text as it is: the banner. */
    static void raw(String text) {
        APPENDER.raw(text);
    }
}
