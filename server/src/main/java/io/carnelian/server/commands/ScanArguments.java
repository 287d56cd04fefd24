package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Glob;
import io.carnelian.server.resp.Token;
import org.jspecify.annotations.Nullable;

/** What SCAN, SSCAN and their like are told: the cursor, MATCH, COUNT, and SCAN's TYPE. */
public final class ScanArguments {
    private static final Token TOKEN_COUNT = Token.of("COUNT");
    private static final Token TOKEN_MATCH = Token.of("MATCH");
    private static final Token TOKEN_TYPE = Token.of("TYPE");

    private static final int DEFAULT_COUNT = 10;

    private @Nullable Glob pattern;
    private @Nullable String type;
    private int count;

    /**
     * Reads the options from argument {@code from} on.
     *
     * @param ofKeys whether there is a TYPE
     */
    public void parse(Call call, int from, boolean ofKeys) {
        pattern = null;
        type = null;
        count = DEFAULT_COUNT;
        for (int i = from; i < call.argc(); i += 2) {
            if (i + 1 == call.argc()) {
                throw Errors.syntax();
            }
            if (call.is(i, TOKEN_COUNT)) {
                long wish = call.longArg(i + 1);
                if (wish < 1) {
                    throw Errors.syntax();
                }
                count = (int) Math.min(wish, Integer.MAX_VALUE);
            } else if (call.is(i, TOKEN_MATCH)) {
                pattern(call, i + 1);
            } else if (ofKeys && call.is(i, TOKEN_TYPE)) {
                type = call.string(i + 1);
            } else {
                throw Errors.syntax();
            }
        }
    }

    /** Reads a pattern. A lone star is no pattern at all: it matches the empty key, too. */
    void pattern(Call call, int i) {
        boolean star = call.length(i) == 1 && Memory.getByte(call.address(i)) == '*';
        pattern = star ? null : Glob.of(call.bytes(i));
    }

    /** Elements to look at; 10 unless said. */
    public int count() {
        return count;
    }

    @Nullable String type() {
        return type;
    }

    public boolean matches(long address, int length) {
        Glob wanted = pattern;
        return wanted == null || wanted.matches(address, length);
    }

    /**
     * A cursor as C's {@code strtoul} reads it, with which clients have got away since ever: up to
     * the first zero byte, a sign allowed, nothing for 0, 64 bits unsigned.
     */
    public static long cursor(Call call, int i) {
        String text = call.string(i);
        int zero = text.indexOf(0);
        String digits = zero < 0 ? text : text.substring(0, zero);
        boolean negative = digits.startsWith("-");
        if (digits.isEmpty()) {
            return 0;
        }
        try {
            long value = Long.parseUnsignedLong(negative ? digits.substring(1) : digits);
            return negative ? -value : value;
        } catch (NumberFormatException e) {
            throw Errors.INVALID_CURSOR.error();
        }
    }
}
