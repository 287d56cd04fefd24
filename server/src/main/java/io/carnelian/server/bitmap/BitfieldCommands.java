package io.carnelian.server.bitmap;

import io.carnelian.server.command.Call;
import io.carnelian.server.commands.Strings;
import io.carnelian.server.commands.Text;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import java.util.ArrayList;
import java.util.List;

/**
 * BITFIELD: reads, sets and increments integers of any width in a string. All operations are parsed
 * before the first runs; a value that does not fit wraps around, saturates or fails, as OVERFLOW
 * said last.
 */
final class BitfieldCommands {
    private static final ErrorReply TYPE =
            ErrorReply.of(
                    "ERR Invalid bitfield type. Use something like i16 u8."
                            + " Note that u64 is not supported but i64 is.");
    private static final ErrorReply OVERFLOW_TYPE =
            ErrorReply.of("ERR Invalid OVERFLOW type specified");
    private static final ErrorReply ONLY_GET =
            ErrorReply.of("ERR BITFIELD_RO only supports the GET subcommand");
    private static final Token GET = Token.of("GET");
    private static final Token SET = Token.of("SET");
    private static final Token INCRBY = Token.of("INCRBY");
    private static final Token OVERFLOW = Token.of("OVERFLOW");
    private static final Token WRAP = Token.of("WRAP");
    private static final Token SAT = Token.of("SAT");
    private static final Token FAIL = Token.of("FAIL");

    private enum Kind {
        GET,
        SET,
        INCRBY
    }

    private enum Overflow {
        WRAP,
        SAT,
        FAIL
    }

    private record Operation(
            Kind kind, boolean signed, int width, long bit, long operand, Overflow overflow) {
        long min() {
            return signed ? -1L << (width - 1) : 0;
        }

        long max() {
            return signed ? ~min() : (1L << width) - 1;
        }

        /** The value of these bits as an integer of this type. */
        long interpret(long bits) {
            int spare = 64 - width;
            return signed ? bits << spare >> spare : bits;
        }
    }

    private final BitmapCommands bitmaps;
    private final Text text = new Text();

    BitfieldCommands(BitmapCommands bitmaps) {
        this.bitmaps = bitmaps;
    }

    void bitfield(Call call) {
        run(call, parse(call, false));
    }

    void bitfieldReadOnly(Call call) {
        run(call, parse(call, true));
    }

    private List<Operation> parse(Call call, boolean readOnly) {
        List<Operation> operations = new ArrayList<>();
        Overflow overflow = Overflow.WRAP;
        boolean writes = false;
        int i = 2;
        while (i < call.argc()) {
            int left = call.argc() - i - 1;
            if (call.is(i, OVERFLOW) && left >= 1) {
                overflow = overflow(call, i + 1);
                i += 2;
                continue;
            }
            Kind kind = kind(call, i, left);
            writes |= kind != Kind.GET;
            long at = call.address(i + 1);
            boolean signed = call.length(i + 1) > 0 && Memory.getByte(at) == 'i';
            int width = width(call, i + 1, signed);
            long bit = bitmaps.bitOffset(call, i + 2, width);
            long operand = kind == Kind.GET ? 0 : call.longArg(i + 3);
            operations.add(new Operation(kind, signed, width, bit, operand, overflow));
            i += kind == Kind.GET ? 3 : 4;
        }
        if (readOnly && writes) {
            throw ONLY_GET.error();
        }
        return operations;
    }

    private static Kind kind(Call call, int i, int left) {
        if (call.is(i, GET) && left >= 2) {
            return Kind.GET;
        }
        if (call.is(i, SET) && left >= 3) {
            return Kind.SET;
        }
        if (call.is(i, INCRBY) && left >= 3) {
            return Kind.INCRBY;
        }
        throw Errors.syntax();
    }

    private static Overflow overflow(Call call, int i) {
        if (call.is(i, WRAP)) {
            return Overflow.WRAP;
        }
        if (call.is(i, SAT)) {
            return Overflow.SAT;
        }
        if (call.is(i, FAIL)) {
            return Overflow.FAIL;
        }
        throw OVERFLOW_TYPE.error();
    }

    private static int width(Call call, int i, boolean signed) {
        String type = call.string(i);
        if (!signed && !type.startsWith("u")) {
            throw TYPE.error();
        }
        long at = call.address(i) + 1;
        int digits = call.length(i) - 1;
        if (!Numbers.isLong(at, digits)) {
            throw TYPE.error();
        }
        long width = Numbers.parse(at, digits);
        if (width < 1 || width > (signed ? 64 : 63)) {
            throw TYPE.error();
        }
        return (int) width;
    }

    private void run(Call call, List<Operation> operations) {
        long highestBit = -1;
        for (Operation o : operations) {
            if (o.kind != Kind.GET) {
                highestBit = Math.max(highestBit, o.bit + o.width - 1);
            }
        }
        Key key = call.key(1);
        boolean writes = highestBit >= 0;
        long record = writes ? call.db().lookupWrite(key) : call.db().lookupRead(key);
        Strings.check(record);
        int before = Strings.length(record);
        text.set(record);
        if (writes && !isSoAlready(record, highestBit, operations)) {
            long target = BitmapCommands.writable(call, key, record, (highestBit >>> 3) + 1);
            text.address = Record.valueAddress(target);
            text.length = Record.valueLength(target);
        }
        boolean changed = writes && text.length != before;
        call.reply().array(operations.size());
        for (Operation o : operations) {
            changed |= runOne(call, o);
        }
        if (changed) {
            call.dirty();
            call.notify(KeyspaceEvent.SETBIT, key);
        }
    }

    /**
     * Whether the operations change no bit of what is in {@link #text}: who watches or has cached
     * the key hears of nothing then.
     */
    private boolean isSoAlready(long record, long highestBit, List<Operation> operations) {
        if (record == 0
                || Record.encoding(record) == Record.INT
                || highestBit >>> 3 >= text.length) {
            return false;
        }
        for (Operation o : operations) {
            long old = old(o);
            if (o.kind != Kind.GET && !fails(o, old) && stored(o, old) != old) {
                return false;
            }
        }
        Record.setEncoding(record, Record.RAW); // as Redis, though nothing changes
        return true;
    }

    /** Runs one operation and replies its value; whether it changed a bit. */
    private boolean runOne(Call call, Operation o) {
        long old = old(o);
        if (o.kind == Kind.GET) {
            call.reply().integer(old);
            return false;
        }
        if (fails(o, old)) {
            call.reply().nullBulk();
            return false;
        }
        long stored = stored(o, old);
        if (stored != old) {
            Bits.setField(text.address, o.bit, o.width, stored);
        }
        call.reply().integer(o.kind == Kind.INCRBY ? stored : old);
        return stored != old;
    }

    private long old(Operation o) {
        return o.interpret(Bits.field(text.address, text.length, o.bit, o.width));
    }

    private static boolean fails(Operation o, long old) {
        return o.overflow == Overflow.FAIL && direction(o, old) != 0;
    }

    /** What a SET or INCRBY leaves, where it does not fail. */
    private static long stored(Operation o, long old) {
        int direction = direction(o, old);
        long wanted = o.kind == Kind.INCRBY ? old + o.operand : o.operand;
        if (direction != 0 && o.overflow == Overflow.SAT) {
            wanted = direction > 0 ? o.max() : o.min();
        }
        long mask = o.width == 64 ? -1L : (1L << o.width) - 1;
        return o.interpret(wanted & mask);
    }

    private static int direction(Operation o, long old) {
        return o.kind == Kind.INCRBY ? overflowOfSum(o, old) : overflowOf(o, o.operand);
    }

    /**
     * 1 if a value is above the range of the type, -1 if below, else 0. An unsigned type takes
     * operands as unsigned.
     */
    private static int overflowOf(Operation o, long value) {
        if (!o.signed) {
            return Long.compareUnsigned(value, o.max()) > 0 ? 1 : 0;
        }
        return value > o.max() ? 1 : value < o.min() ? -1 : 0;
    }

    private static int overflowOfSum(Operation o, long old) {
        long sum = old + o.operand;
        boolean carried = ((old ^ sum) & (o.operand ^ sum)) < 0;
        if (carried) {
            return o.operand > 0 ? 1 : -1;
        }
        return sum > o.max() ? 1 : sum < o.min() ? -1 : 0;
    }
}
