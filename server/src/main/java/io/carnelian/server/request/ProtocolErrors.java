package io.carnelian.server.request;

import io.carnelian.server.resp.ErrorReply;

/**
 * What is answered to bytes that are no request, in Redis's words; the connection is closed behind
 * it.
 */
public final class ProtocolErrors {
    static final ErrorReply BIG_INLINE =
            ErrorReply.of("ERR Protocol error: too big inline request");
    static final ErrorReply QUOTES =
            ErrorReply.of("ERR Protocol error: unbalanced quotes in request");
    static final ErrorReply BIG_COUNT =
            ErrorReply.of("ERR Protocol error: too big mbulk count string");
    static final ErrorReply BIG_BULK_COUNT =
            ErrorReply.of("ERR Protocol error: too big bulk count string");
    static final ErrorReply COUNT = ErrorReply.of("ERR Protocol error: invalid multibulk length");
    static final ErrorReply LENGTH = ErrorReply.of("ERR Protocol error: invalid bulk length");

    /** Logged as what the stream of a primary was answered; nobody reads it there. */
    public static final ErrorReply INLINE_STREAM =
            ErrorReply.of("ERR Protocol error: inline protocol from the master");

    private ProtocolErrors() {}

    /** The byte that stands where {@code $} should. */
    static ErrorReply expectedDollar(byte found) {
        return ErrorReply.of(
                "ERR Protocol error: expected '$', got '" + (char) (found & 0xFF) + "'");
    }
}
