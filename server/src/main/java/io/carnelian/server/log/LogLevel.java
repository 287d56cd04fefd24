package io.carnelian.server.log;

import ch.qos.logback.classic.Level;
import java.util.Locale;

/** Redis's levels, their marks in a line, and the SLF4J levels that carry them. */
public enum LogLevel {
    DEBUG('.', Level.TRACE_INT),
    VERBOSE('-', Level.DEBUG_INT),
    NOTICE('*', Level.INFO_INT),
    WARNING('#', Level.WARN_INT),
    NOTHING(' ', Level.OFF_INT);

    private static final LogLevel[] ALL = values();

    private final char mark;
    private final int carrier;

    LogLevel(char mark, int carrier) {
        this.mark = mark;
        this.carrier = carrier;
    }

    char mark() {
        return mark;
    }

    Level carrier() {
        return Level.toLevel(carrier);
    }

    static LogLevel of(Level carrier) {
        for (LogLevel level : ALL) {
            if (carrier.toInt() <= level.carrier) {
                return level == NOTHING ? WARNING : level;
            }
        }
        return WARNING;
    }

    /** The level of that name in {@code loglevel}: debug, verbose, notice, warning, nothing. */
    public static LogLevel named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
