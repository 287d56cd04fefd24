package io.carnelian.server.hash;

import static io.carnelian.server.command.Categories.HASH;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.Text;
import io.carnelian.server.debug.Digest;
import io.carnelian.server.memory.Decimal;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.LongDouble;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;

/**
 * Changing hashes: setting, counting, removing fields. What only reads is in {@link HashReads}.
 *
 * <p>A new hash is made whole and then put at its key. HINCRBYFLOAT is propagated as HSET of the
 * result: another machine may round differently.
 */
public final class HashCommands {
    private static final ErrorReply VALUE_NOT_INTEGER =
            ErrorReply.of("ERR hash value is not an integer");
    private static final ErrorReply VALUE_NOT_FLOAT =
            ErrorReply.of("ERR hash value is not a float");
    private static final ErrorReply INCREMENT_INFINITE =
            ErrorReply.of("ERR value is NaN or Infinity");
    private static final byte[] HSET = ascii("HSET");

    private final HashValue hash;
    private final HashEntry entry = new HashEntry();
    private final Text text = new Text();
    private final HashReads reads;

    public HashCommands(Keyspace keyspace, HashLimits limits) {
        this.hash = new HashValue(keyspace, limits);
        this.reads = new HashReads(new HashValue(keyspace, limits));
    }

    public void addTo(CommandTable commands) {
        int set = WRITE | DENYOOM | FAST;
        commands.add("hset", -4, set, Keys.FIRST, HASH, this::hset);
        commands.add("hmset", -4, set, Keys.FIRST, HASH, this::hmset);
        commands.add("hsetnx", 4, set, Keys.FIRST, HASH, this::hsetnx);
        commands.add("hincrby", 4, set, Keys.FIRST, HASH, this::hincrby);
        commands.add("hincrbyfloat", 4, set, Keys.FIRST, HASH, this::hincrbyfloat);
        commands.add("hdel", -3, WRITE | FAST, Keys.FIRST, HASH, this::hdel);
        reads.addTo(commands);
    }

    /** Adds the fields of a hash to a digest: their order does not count. */
    public void digest(long record, Digest digest) {
        hash.read(record)
                .forEach(each -> {
                    Digest pair = new Digest();
                    pair.mix(each.fieldBytes());
                    pair.mix(each.valueBytes());
                    digest.xor(pair);
                });
    }

    private void hset(Call call) {
        call.reply().integer(setPairs(call));
    }

    private void hmset(Call call) {
        setPairs(call);
        call.reply().ok();
    }

    /** Sets all pairs; returns how many fields are new. */
    private int setPairs(Call call) {
        if (call.argc() % 2 != 0) {
            throw Errors.arity(call.command().name()).error();
        }
        Key key = call.key(1);
        long record = lookup(call, key);
        int created = 0;
        if (record == 0) {
            hash.begin();
            try {
                for (int i = 2; i < call.argc(); i += 2) {
                    created += put(call, i);
                }
                hash.store(call.db(), key);
            } finally {
                hash.discard();
            }
            call.dirty(call.argc() / 2 - 1);
        } else {
            hash.edit(call.db(), key, record);
            for (int i = 2; i < call.argc(); i += 2) {
                created += put(call, i);
                call.dirty();
                call.doneUpTo(i + 2);
            }
        }
        call.notify(KeyspaceEvent.HSET, key);
        return created;
    }

    private int put(Call call, int i) {
        boolean isNew =
                hash.put(call.address(i), call.length(i), call.address(i + 1), call.length(i + 1));
        return isNew ? 1 : 0;
    }

    private void hsetnx(Call call) {
        Key key = call.key(1);
        long record = lookup(call, key);
        if (hash.read(record).find(call.address(2), call.length(2), entry)) {
            call.reply().integer(0);
            return;
        }
        store(call, key, record, call.address(3), call.length(3));
        call.notify(KeyspaceEvent.HSET, key);
        call.reply().integer(1);
    }

    /** Sets the field of argument 2, of a hash that may not be there yet. */
    private void store(Call call, Key key, long record, long value, int length) {
        if (record != 0) {
            hash.edit(call.db(), key, record).put(call.address(2), call.length(2), value, length);
        } else {
            hash.begin();
            try {
                hash.put(call.address(2), call.length(2), value, length);
                hash.store(call.db(), key);
            } finally {
                hash.discard();
            }
        }
        call.dirty();
    }

    private void hincrby(Call call) {
        long increment = call.longArg(3);
        Key key = call.key(1);
        long record = lookup(call, key);
        long before = 0;
        if (hash.read(record).find(call.address(2), call.length(2), entry)) {
            if (!Numbers.isLong(entry.value, entry.valueLength)) {
                throw VALUE_NOT_INTEGER.error();
            }
            before = Numbers.parse(entry.value, entry.valueLength);
        }
        long sum = before + increment;
        if (((before ^ sum) & (increment ^ sum)) < 0) {
            throw Errors.OVERFLOW.error();
        }
        text.set(new byte[Decimal.length(sum)]);
        Decimal.write(sum, text.address, text.length);
        store(call, key, record, text.address, text.length);
        call.notify(KeyspaceEvent.HINCRBY, key);
        call.reply().integer(sum);
    }

    private void hincrbyfloat(Call call) {
        LongDouble increment = LongDouble.parse(call.bytes(3));
        if (increment == null) {
            throw Errors.NOT_FLOAT.error();
        }
        if (increment.infinite()) {
            throw INCREMENT_INFINITE.error();
        }
        Key key = call.key(1);
        long record = lookup(call, key);
        LongDouble before = LongDouble.ZERO;
        if (hash.read(record).find(call.address(2), call.length(2), entry)) {
            before = LongDouble.parse(entry.valueBytes());
            if (before == null) {
                throw VALUE_NOT_FLOAT.error();
            }
        }
        LongDouble sum = before.plus(increment);
        if (sum == null) {
            throw Errors.NAN_OR_INFINITY.error();
        }
        text.set(ascii(sum.toText()));
        store(call, key, record, text.address, text.length);
        call.notify(KeyspaceEvent.HINCRBYFLOAT, key);
        call.effects()
                .begin(call.db(), 4)
                .arg(HSET)
                .arg(key.address, key.length)
                .arg(call.address(2), call.length(2))
                .arg(text.address, text.length);
        call.reply().bulk(text.address, text.length);
    }

    private void hdel(Call call) {
        Key key = call.key(1);
        hash.edit(call.db(), key, lookup(call, key));
        int removed = 0;
        boolean emptied = false;
        for (int i = 2; i < call.argc() && !emptied; i++) {
            if (hash.remove(call.address(i), call.length(i))) {
                call.dirty();
                removed++;
                emptied = hash.count() == 0;
            }
            call.doneUpTo(i + 1);
        }
        if (removed > 0) {
            call.notify(KeyspaceEvent.HDEL, key);
        }
        if (emptied) {
            hash.delete();
            call.notify(KeyspaceEvent.DEL, key);
        }
        call.reply().integer(removed);
    }

    private static long lookup(Call call, Key key) {
        long record = call.db().lookupWrite(key);
        HashValue.check(record);
        return record;
    }
}
