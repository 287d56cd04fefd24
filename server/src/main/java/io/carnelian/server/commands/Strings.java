package io.carnelian.server.commands;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.table.Record;

/**
 * String values as commands see them: bytes, whether they are kept as bytes or as a number. Record
 * 0 is a missing key, an empty string to most commands.
 */
public final class Strings {
    private Strings() {}

    /** Refuses a record of another type; a missing one passes. */
    public static void check(long record) {
        if (record != 0 && Record.type(record) != Record.STRING) {
            throw Errors.WRONG_TYPE.error();
        }
    }

    public static boolean isNumber(long record) {
        return Record.encoding(record) == Record.INT;
    }

    /** The value as a bulk string, or null for a missing key. */
    public static void reply(Reply reply, long record) {
        if (record == 0) {
            reply.nullBulk();
        } else if (isNumber(record)) {
            reply.bulkLong(Record.number(record));
        } else {
            reply.bulk(Record.valueAddress(record), Record.valueLength(record));
        }
    }

    /** Length in bytes of the value as text. */
    public static int length(long record) {
        if (record == 0) {
            return 0;
        }
        return isNumber(record)
                ? Numbers.digits(Record.number(record))
                : Record.valueLength(record);
    }

    /** The value as an integer; a missing key is 0. */
    public static long number(long record) {
        if (record == 0) {
            return 0;
        }
        if (isNumber(record)) {
            return Record.number(record);
        }
        long address = Record.valueAddress(record);
        int length = Record.valueLength(record);
        if (!Numbers.isLong(address, length)) {
            throw Errors.NOT_INTEGER.error();
        }
        return Numbers.parse(address, length);
    }

    /** A copy of the value as text; for cold paths. */
    public static byte[] copy(long record) {
        if (record == 0) {
            return new byte[0];
        }
        if (isNumber(record)) {
            return Reply.ascii(Long.toString(Record.number(record)));
        }
        byte[] copy = new byte[Record.valueLength(record)];
        Memory.copyOut(Record.valueAddress(record), copy, 0, copy.length);
        return copy;
    }
}
