package io.carnelian.server.block;

import io.carnelian.server.command.Call;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.LongDouble;
import java.math.BigInteger;

/**
 * How long a command may wait, as it is said: seconds with a fraction, 0 for ever. Source:
 * https://redis.io/docs/latest/commands/blpop/.
 */
public final class Timeouts {
    private static final ErrorReply NOT_FLOAT =
            ErrorReply.of("ERR timeout is not a float or out of range");
    private static final ErrorReply NEGATIVE = ErrorReply.of("ERR timeout is negative");

    private Timeouts() {}

    /**
     * An argument in seconds as milliseconds, rounded up: 0.0001 is one, −0.0001 is none. What has
     * no place in 64 bits counts as negative, as Redis's conversion leaves it.
     */
    public static long millis(Call call, int argument) {
        LongDouble seconds = LongDouble.parse(call.bytes(argument));
        if (seconds == null) {
            throw NOT_FLOAT.error();
        }
        LongDouble scaled = seconds.times(1000);
        if (scaled.infinite()) {
            throw NEGATIVE.error();
        }
        BigInteger millis = scaled.ceiling();
        if (millis.signum() < 0 || millis.bitLength() >= Long.SIZE) {
            throw NEGATIVE.error();
        }
        return millis.longValue();
    }
}
