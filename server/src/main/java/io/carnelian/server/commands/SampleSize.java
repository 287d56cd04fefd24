package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;

/**
 * What HRANDFIELD and ZRANDMEMBER are told of their sample: {@code key count [WITHVALUES]}.
 *
 * @param count of different elements; negative: of elements that may be the same
 * @param pairs whether what belongs to each element is wanted too
 */
public record SampleSize(long count, boolean pairs) {
    private static final ErrorReply COUNT_RANGE =
            ErrorReply.of(
                    "ERR value is out of range, value must between -9223372036854775807 and"
                            + " 9223372036854775807");
    private static final ErrorReply PAIRS_RANGE = ErrorReply.of("ERR value is out of range");
    private static final long MOST_PAIRS = Long.MAX_VALUE / 2;

    /**
     * Reads the arguments behind the key; there is a count.
     *
     * @param pairsWord how this command calls the pairs
     */
    public static SampleSize of(Call call, Token pairsWord) {
        long count = call.longArg(2);
        if (count == Long.MIN_VALUE) {
            throw COUNT_RANGE.error();
        }
        boolean pairs = call.argc() == 4 && call.is(3, pairsWord);
        if (call.argc() > 3 && !pairs) {
            throw Errors.syntax();
        }
        if (pairs && (count < -MOST_PAIRS || count > MOST_PAIRS)) {
            throw PAIRS_RANGE.error();
        }
        return new SampleSize(count, pairs);
    }
}
