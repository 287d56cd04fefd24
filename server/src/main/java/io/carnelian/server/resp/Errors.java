package io.carnelian.server.resp;

import java.util.Locale;

/**
 * The errors that more than one family answers, in Redis's exact words (redis.io/docs, and the
 * 7.0.15 server itself).
 */
public final class Errors {
    public static final ErrorReply SYNTAX = ErrorReply.of("ERR syntax error");
    public static final ErrorReply NOT_INTEGER =
            ErrorReply.of("ERR value is not an integer or out of range");
    public static final ErrorReply NOT_FLOAT = ErrorReply.of("ERR value is not a valid float");
    public static final ErrorReply NOT_POSITIVE =
            ErrorReply.of("ERR value is out of range, must be positive");
    public static final ErrorReply WRONG_TYPE =
            ErrorReply.of("WRONGTYPE Operation against a key holding the wrong kind of value");
    public static final ErrorReply NO_SUCH_KEY = ErrorReply.of("ERR no such key");
    public static final ErrorReply DB_INDEX_RANGE = ErrorReply.of("ERR DB index is out of range");
    public static final ErrorReply INVALID_DB_INDEX = ErrorReply.of("ERR invalid DB index");
    public static final ErrorReply SAME_OBJECT =
            ErrorReply.of("ERR source and destination objects are the same");
    public static final ErrorReply OFFSET_RANGE = ErrorReply.of("ERR offset is out of range");
    public static final ErrorReply STRING_TOO_LONG =
            ErrorReply.of("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    public static final ErrorReply OVERFLOW =
            ErrorReply.of("ERR increment or decrement would overflow");
    public static final ErrorReply NAN_OR_INFINITY =
            ErrorReply.of("ERR increment would produce NaN or Infinity");
    public static final ErrorReply INVALID_CURSOR = ErrorReply.of("ERR invalid cursor");
    public static final ErrorReply NOAUTH = ErrorReply.of("NOAUTH Authentication required.");
    public static final ErrorReply OOM =
            ErrorReply.of("OOM command not allowed when used memory > 'maxmemory'.");
    public static final ErrorReply OUT_OF_MEMORY =
            ErrorReply.of(
                    "OOM out of memory: the server could not allocate room for this command,"
                            + " nothing was changed");
    public static final ErrorReply ARGUMENT_TOO_LONG =
            ErrorReply.of(
                    "OOM out of memory: an argument is too long for this command,"
                            + " nothing was changed");
    public static final ErrorReply OUT_OF_MEMORY_PARTLY =
            ErrorReply.of(
                    "OOM out of memory: the server could not allocate room for all of this"
                            + " command, only its first arguments were done");
    public static final ErrorReply LOADING =
            ErrorReply.of("LOADING Redis is loading the dataset in memory");
    public static final ErrorReply READONLY =
            ErrorReply.of("READONLY You can't write against a read only replica.");
    public static final ErrorReply MASTERDOWN =
            ErrorReply.of(
                    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to"
                            + " 'no'.");
    public static final ErrorReply NOREPLICAS =
            ErrorReply.of("NOREPLICAS Not enough good replicas to write.");

    /** Limits for clients that have not authenticated; void once they have. */
    public static final ErrorReply STRANGER_COUNT =
            ErrorReply.of("ERR Protocol error: unauthenticated multibulk length");

    public static final ErrorReply STRANGER_LENGTH =
            ErrorReply.of("ERR Protocol error: unauthenticated bulk length");

    private Errors() {}

    /**
     * {@code ERR wrong number of arguments for 'x' command}; subcommands are named {@code
     * container|sub}.
     */
    public static ErrorReply arity(String commandName) {
        return ErrorReply.of("ERR wrong number of arguments for '" + commandName + "' command");
    }

    /**
     * A subcommand was given more words than it knows what to do with.
     *
     * @param container as the client wrote it, {@code slowlog}
     * @param subcommand as the client wrote it
     */
    public static ErrorReply words(String container, String subcommand) {
        return ErrorReply.of(
                "ERR unknown subcommand or wrong number of arguments for '"
                        + subcommand
                        + "'. Try "
                        + container.toUpperCase(Locale.ROOT)
                        + " HELP.");
    }

    /** {@code ERR invalid expire time in 'x' command}. */
    public static ErrorReply invalidExpire(String commandName) {
        return ErrorReply.of("ERR invalid expire time in '" + commandName + "' command");
    }

    public static CommandError syntax() {
        return SYNTAX.error();
    }
}
