package io.carnelian.server.bitmap;

import static io.carnelian.server.command.Categories.BITMAP;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.Strings;
import io.carnelian.server.commands.Text;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import java.util.function.LongSupplier;

/**
 * SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP, BITFIELD and BITFIELD_RO. A missing key is a string of
 * zeros without end.
 *
 * <p>Source: https://redis.io/docs/latest/develop/data-types/bitmaps/.
 */
public final class BitmapCommands {
    private static final ErrorReply OFFSET =
            ErrorReply.of("ERR bit offset is not an integer or out of range");
    private static final ErrorReply BIT =
            ErrorReply.of("ERR bit is not an integer or out of range");
    private static final ErrorReply SEARCHED =
            ErrorReply.of("ERR The bit argument must be 1 or 0.");
    private static final ErrorReply ONE_SOURCE =
            ErrorReply.of("ERR BITOP NOT must be called with a single source key.");
    private static final Token IN_BITS = Token.of("BIT");
    private static final Token IN_BYTES = Token.of("BYTE");
    private static final Token AND = Token.of("AND");
    private static final Token OR = Token.of("OR");
    private static final Token XOR = Token.of("XOR");
    private static final Token NOT = Token.of("NOT");
    private static final Keys BITOP_KEYS = new Keys(2, -1, 1);

    private final LongSupplier maxBulkBytes;
    private final Text text = new Text();
    private final BitfieldCommands bitfield;

    /**
     * @param maxBulkBytes {@code proto-max-bulk-len}, which no string may outgrow
     */
    public BitmapCommands(LongSupplier maxBulkBytes) {
        this.maxBulkBytes = maxBulkBytes;
        this.bitfield = new BitfieldCommands(this);
    }

    public void addTo(CommandTable commands) {
        commands.add("setbit", 4, WRITE | DENYOOM, Keys.FIRST, BITMAP, this::setbit);
        commands.add("getbit", 3, READONLY | FAST, Keys.FIRST, BITMAP, this::getbit);
        commands.add("bitcount", -2, READONLY, Keys.FIRST, BITMAP, this::bitcount);
        commands.add("bitpos", -3, READONLY, Keys.FIRST, BITMAP, this::bitpos);
        commands.add("bitop", -4, WRITE | DENYOOM, BITOP_KEYS, BITMAP, this::bitop);
        commands.add("bitfield", -2, WRITE | DENYOOM, Keys.FIRST, BITMAP, bitfield::bitfield);
        commands.add(
                "bitfield_ro", -2, READONLY | FAST, Keys.FIRST, BITMAP, bitfield::bitfieldReadOnly);
    }

    /**
     * The bit number in an argument; {@code #n} counts fields of {@code width} bits where that is
     * not 0.
     */
    long bitOffset(Call call, int i, int width) {
        long factor = 1;
        long at = call.address(i);
        int length = call.length(i);
        if (width > 0 && length > 0 && Memory.getByte(at) == '#') {
            factor = width;
            at++;
            length--;
        }
        if (!Numbers.isLong(at, length)) {
            throw OFFSET.error();
        }
        long n = Numbers.parse(at, length);
        if (n < 0
                || n > Long.MAX_VALUE / factor
                || (n * factor) >>> 3 >= maxBulkBytes.getAsLong()) {
            throw OFFSET.error();
        }
        return n * factor;
    }

    /** Makes a string of at least {@code bytes} bytes writable at a key; the record. */
    static long writable(Call call, Key key, long record, long bytes) {
        if (record == 0) {
            return call.db().createRaw(key, (int) bytes);
        }
        return call.db().resizeForWrite(key, Math.max(bytes, Strings.length(record)));
    }

    private void setbit(Call call) {
        long bit = bitOffset(call, 2, 0);
        long wanted = call.longArg(3, BIT);
        if ((wanted & ~1L) != 0) {
            throw BIT.error();
        }
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        Strings.check(record);
        int before = Strings.length(record);
        if (isSoAlready(record, before, bit, wanted)) {
            Record.setEncoding(record, Record.RAW); // no change, but OBJECT ENCODING shows it
            call.reply().integer(wanted);
            return;
        }
        long target = writable(call, key, record, (bit >>> 3) + 1);
        boolean old = Bits.get(Record.valueAddress(target), bit);
        if (old != (wanted == 1) || Record.valueLength(target) != before) {
            Bits.set(Record.valueAddress(target), bit, wanted == 1);
            call.dirty();
            call.notify(KeyspaceEvent.SETBIT, key);
        }
        call.reply().integer(old ? 1 : 0);
    }

    /** Nothing is to be done then: who watches or has cached the key hears of nothing. */
    private static boolean isSoAlready(long record, int length, long bit, long wanted) {
        return record != 0
                && Record.encoding(record) != Record.INT
                && bit >>> 3 < length
                && Bits.get(Record.valueAddress(record), bit) == (wanted == 1);
    }

    private void getbit(Call call) {
        long bit = bitOffset(call, 2, 0);
        long record = call.db().lookupRead(call.key(1));
        Strings.check(record);
        text.set(record);
        call.reply().integer(bit >>> 3 < text.length && Bits.get(text.address, bit) ? 1 : 0);
    }

    private void bitcount(Call call) {
        long record = call.db().lookupRead(call.key(1));
        if (record == 0) {
            call.reply().integer(0);
            return;
        }
        Strings.check(record);
        text.set(record);
        if (call.argc() == 2) {
            call.reply().integer(Bits.count(text.address, text.length));
            return;
        }
        if (call.argc() != 4 && call.argc() != 5) {
            throw Errors.syntax();
        }
        long first = call.longArg(2);
        long last = call.longArg(3);
        boolean bits = call.argc() == 5 && unitIsBit(call, 4);
        long total = bits ? 8L * text.length : text.length;
        boolean crossed = first < 0 && last < 0 && first > last;
        first = clamp(first, total);
        last = Math.min(clamp(last, total), total - 1);
        if (crossed || first > last) {
            call.reply().integer(0);
        } else if (bits) {
            call.reply().integer(Bits.count(text.address, first, last));
        } else {
            call.reply().integer(Bits.count(text.address + first, last - first + 1));
        }
    }

    private static boolean unitIsBit(Call call, int i) {
        if (call.is(i, IN_BITS)) {
            return true;
        }
        if (call.is(i, IN_BYTES)) {
            return false;
        }
        throw Errors.syntax();
    }

    /** A position counted from the end if negative; never before the begin. */
    private static long clamp(long position, long total) {
        return Math.max(0, position < 0 ? position + total : position);
    }

    private void bitpos(Call call) {
        long wanted = call.longArg(2);
        if ((wanted & ~1L) != 0) {
            throw SEARCHED.error();
        }
        boolean one = wanted == 1;
        long record = call.db().lookupRead(call.key(1));
        if (record == 0) {
            call.reply().integer(one ? -1 : 0);
            return;
        }
        Strings.check(record);
        text.set(record);
        if (call.argc() > 6) {
            throw Errors.syntax();
        }
        boolean bits = call.argc() == 6 && unitIsBit(call, 5);
        long total = bits ? 8L * text.length : text.length;
        long first = call.argc() > 3 ? clamp(call.longArg(3), total) : 0;
        boolean bounded = call.argc() > 4;
        long last = bounded ? Math.min(clamp(call.longArg(4), total), total - 1) : total - 1;
        if (first > last) {
            call.reply().integer(-1);
            return;
        }
        long firstBit = bits ? first : first << 3;
        long lastBit = bits ? last : (last << 3) + 7;
        long found = Bits.find(text.address, firstBit, lastBit, one);
        boolean behind = found < 0 && !one && !bounded;
        call.reply().integer(behind ? lastBit + 1 : found);
    }

    private void bitop(Call call) {
        Bits.Operation operation = operation(call);
        if (operation == Bits.Operation.NOT && call.argc() != 4) {
            throw ONE_SOURCE.error();
        }
        long longest = 0;
        for (int i = 3; i < call.argc(); i++) {
            long record = call.db().lookupRead(call.key(i));
            Strings.check(record);
            longest = Math.max(longest, Strings.length(record));
        }
        Key destination = call.key(2);
        if (longest == 0) {
            if (call.db().delete(destination)) {
                call.dirty();
                call.notify(KeyspaceEvent.DEL, destination);
            }
            call.reply().integer(0);
            return;
        }
        Keyspace keyspace = call.keyspace();
        long result = keyspace.slabs().allocate(longest);
        try {
            compute(call, operation, result, longest);
            call.db().setString(call.key(2), result, (int) longest, Database.KEEP_RAW);
        } finally {
            keyspace.slabs().free(result);
        }
        call.dirty();
        call.notify(KeyspaceEvent.SET, call.key(2));
        call.reply().integer(longest);
    }

    private void compute(Call call, Bits.Operation operation, long result, long longest) {
        for (int i = 3; i < call.argc(); i++) {
            text.set(call.db().peek(call.key(i)));
            if (i == 3) {
                Memory.copy(text.address, result, text.length);
                Memory.fill(result + text.length, longest - text.length, (byte) 0);
            } else {
                Bits.combine(operation, result, longest, text.address, text.length);
            }
        }
        if (operation == Bits.Operation.NOT) {
            Bits.invert(result, longest);
        }
    }

    private static Bits.Operation operation(Call call) {
        if (call.is(1, AND)) {
            return Bits.Operation.AND;
        }
        if (call.is(1, OR)) {
            return Bits.Operation.OR;
        }
        if (call.is(1, XOR)) {
            return Bits.Operation.XOR;
        }
        if (call.is(1, NOT)) {
            return Bits.Operation.NOT;
        }
        throw Errors.syntax();
    }
}
