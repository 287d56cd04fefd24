package io.carnelian.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line with one system call, so that lines of several threads don't mix. A log that can't
 * be written is no reason to stop, as in Redis: the line is lost.
 */
final class LogAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final Set<String> UTC =
            Set.of("UTC", "Etc/UTC", "UTC0", "GMT", "UCT", "Zulu", "Universal");

    private volatile OutputStream standard = new FileOutputStream(FileDescriptor.err);
    private final long pid = findPid();
    private final @Nullable TimeZone zone = isUtc() ? null : TimeZone.getDefault();
    private volatile @Nullable Path file;
    private volatile @Nullable UnixDatagrams syslog;
    private volatile @Nullable SyslogLine syslogLine;
    private volatile char role = LogSetup.STARTING;

    /** Through /proc, because ProcessHandle starts a thread pool first. */
    private static long findPid() {
        try {
            return Long.parseLong(Files.readSymbolicLink(Path.of("/proc/self")).toString());
        } catch (IOException | NumberFormatException notLinux) {
            return ProcessHandle.current().pid();
        }
    }

    /**
     * Most servers run on UTC; then the time zones of the world (a file of 100 KB) need not be read
     * at start.
     */
    private static boolean isUtc() {
        String tz = System.getenv("TZ");
        if (tz != null) {
            return UTC.contains(tz);
        }
        try {
            Path localtime = Path.of("/etc/localtime");
            return UTC.contains(Files.readSymbolicLink(localtime).getFileName().toString());
        } catch (IOException noLink) {
            return false;
        }
    }

    long pid() {
        return pid;
    }

    void file(@Nullable Path path) {
        file = path;
    }

    /** Standard output belongs to a server's log; in a test's process it may be anybody's. */
    void useStandardOutput() {
        standard = new FileOutputStream(FileDescriptor.out);
    }

    void syslog(UnixDatagrams socket, SyslogLine line) {
        syslogLine = line;
        syslog = socket;
    }

    void flush() {
        UnixDatagrams socket = syslog;
        if (socket != null) {
            socket.flush();
        }
    }

    void role(char letter) {
        role = letter;
    }

    @Override
    protected void append(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        char mark = LogLevel.of(event.getLevel()).mark();
        LogLine.append(
                line, pid, role, event.getTimeStamp(), zone, mark, event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            line.append(ThrowableProxyUtil.asString(thrown));
        }
        raw(line.toString());
        UnixDatagrams socket = syslog;
        SyslogLine form = syslogLine;
        if (socket != null && form != null) {
            LogLevel level = LogLevel.of(event.getLevel());
            socket.send(form.format(level, event.getTimeStamp(), event.getFormattedMessage()));
        }
    }

    void raw(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Path to = file;
        try {
            if (to == null) {
                standard.write(bytes);
            } else {
                Files.write(to, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        } catch (IOException lost) {
            // There is nowhere left to tell.
        }
    }
}
