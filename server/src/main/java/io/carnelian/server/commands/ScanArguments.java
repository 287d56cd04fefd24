package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Glob;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.table.Record;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What SCAN, SSCAN and their like are told: the cursor, MATCH, COUNT, and SCAN's TYPE; and the
 * frame that is the same for the scans of all collections.
 */
public final class ScanArguments {
    /** A step of the scan of one collection, which {@link #add}s what {@link #matches}. */
    @FunctionalInterface
    public interface Step {
        /**
         * Visits about {@code count} elements.
         *
         * @return the next cursor
         */
        long scan(long record, long cursor, int count);
    }

    private static final Token TOKEN_COUNT = Token.of("COUNT");
    private static final Token TOKEN_MATCH = Token.of("MATCH");
    private static final Token TOKEN_TYPE = Token.of("TYPE");

    private static final int DEFAULT_COUNT = 10;

    private @Nullable Glob pattern;
    private @Nullable String type;
    private int count;

    /** What the running step of a collection's scan found. */
    private final List<byte[]> page = new ArrayList<>();

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

    /** Runs a scan of the collection at argument 1, which is to have this type. */
    public void scan(Call call, int type, Step step) {
        long cursor = cursor(call, 2);
        Reply reply = call.reply();
        long record = call.db().lookupRead(call.key(1));
        if (record == 0) {
            reply.array(2);
            reply.bulkLong(0);
            reply.array(0);
            return;
        }
        if (Record.type(record) != type) {
            throw Errors.WRONG_TYPE.error();
        }
        parse(call, 3, false);
        page.clear();
        // The next cursor stands before the elements, so these are kept to one side first.
        long next = step.scan(record, cursor, count);
        reply.array(2);
        reply.bulkLong(next);
        reply.array(page.size());
        page.forEach(reply::bulk);
        page.clear();
    }

    /** Adds a text to the reply of the running scan. */
    public void add(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        page.add(bytes);
    }

    /** As {@link #add(long, int)}, of bytes that nobody changes. */
    public void add(byte[] text) {
        page.add(text);
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
