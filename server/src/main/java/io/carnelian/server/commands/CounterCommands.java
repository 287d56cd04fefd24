package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.STRING;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.LongDouble;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import org.jspecify.annotations.Nullable;

/** Strings as numbers: INCR and its kin on 64-bit integers, INCRBYFLOAT on {@link LongDouble}. */
public final class CounterCommands {
    private static final ErrorReply DECREMENT_OVERFLOW =
            ErrorReply.of("ERR decrement would overflow");

    private static final byte[] SET = ascii("SET");
    private static final byte[] KEEPTTL = ascii("KEEPTTL");

    private static final int COUNTER = WRITE | DENYOOM | FAST;

    /** Longer text is no number, as in Redis. */
    private static final int MAX_FLOAT_BYTES = 5 * 1024 - 1;

    private final Text text = new Text();

    public void addTo(CommandTable commands) {
        commands.add("incr", 2, COUNTER, Keys.FIRST, STRING, call -> add(call, 1));
        commands.add("decr", 2, COUNTER, Keys.FIRST, STRING, call -> add(call, -1));
        commands.add("incrby", 3, COUNTER, Keys.FIRST, STRING, call -> add(call, call.longArg(2)));
        commands.add("decrby", 3, COUNTER, Keys.FIRST, STRING, this::decrby);
        commands.add("incrbyfloat", 3, COUNTER, Keys.FIRST, STRING, this::incrbyfloat);
    }

    private void add(Call call, long increment) {
        Key key = call.key(1);
        Database db = call.db();
        long record = db.lookupWrite(key);
        Strings.check(record);
        long before = Strings.number(record);
        long sum = before + increment;
        if (((before ^ sum) & (increment ^ sum)) < 0) {
            throw Errors.OVERFLOW.error();
        }
        db.setLong(key, sum, true);
        call.dirty();
        call.notify(KeyspaceEvent.INCRBY, key);
        call.reply().integer(sum);
    }

    private void decrby(Call call) {
        long decrement = call.longArg(2);
        if (decrement == Long.MIN_VALUE) {
            throw DECREMENT_OVERFLOW.error();
        }
        add(call, -decrement);
    }

    /**
     * Propagated as SET of the result: another build or machine may round differently, and all
     * copies of the data must be equal.
     */
    private void incrbyfloat(Call call) {
        Key key = call.key(1);
        Database db = call.db();
        long record = db.lookupWrite(key);
        Strings.check(record);
        LongDouble before = record == 0 ? LongDouble.ZERO : parsed(record);
        LongDouble increment =
                call.length(2) > MAX_FLOAT_BYTES ? null : LongDouble.parse(call.bytes(2));
        if (before == null || increment == null) {
            throw Errors.NOT_FLOAT.error();
        }
        LongDouble sum = before.plus(increment);
        if (sum == null) {
            throw Errors.NAN_OR_INFINITY.error();
        }
        text.set(ascii(sum.toText()));
        db.setString(key, text.address, text.length, Database.KEEP_TTL | Database.KEEP_TEXT);
        call.dirty();
        call.notify(KeyspaceEvent.INCRBYFLOAT, key);
        call.effects()
                .begin(db, 4)
                .arg(SET)
                .arg(key.address, key.length)
                .arg(text.address, text.length)
                .arg(KEEPTTL);
        call.reply().bulk(text.address, text.length);
    }

    private static @Nullable LongDouble parsed(long record) {
        boolean tooLong = !Strings.isNumber(record) && Record.valueLength(record) > MAX_FLOAT_BYTES;
        return tooLong ? null : LongDouble.parse(Strings.copy(record));
    }
}
