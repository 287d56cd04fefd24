package io.carnelian.server.hash;

import static io.carnelian.server.command.Categories.HASH;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.SampleSize;
import io.carnelian.server.commands.ScanArguments;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.table.Record;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Reading hashes: one field, several, all, those that chance chooses.
 *
 * <p>HRANDFIELD with a count is fair in two ways: a small part of the fields is drawn until enough
 * different ones came, a greater part is sifted in one pass through all of them.
 */
final class HashReads {
    private static final Token TOKEN_WITHVALUES = Token.of("WITHVALUES");

    /** A sample of less than a third of the fields is drawn; a greater one is sifted out of all. */
    private static final int DRAW_FACTOR = 3;

    private final HashValue hash;
    private final HashEntry entry = new HashEntry();
    private final ScanArguments arguments = new ScanArguments();

    HashReads(HashValue hash) {
        this.hash = hash;
    }

    void addTo(CommandTable commands) {
        int fast = READONLY | FAST;
        commands.add("hget", 3, fast, Keys.FIRST, HASH, this::hget);
        commands.add("hmget", -3, fast, Keys.FIRST, HASH, this::hmget);
        commands.add("hexists", 3, fast, Keys.FIRST, HASH, this::hexists);
        commands.add("hstrlen", 3, fast, Keys.FIRST, HASH, this::hstrlen);
        commands.add("hlen", 2, fast, Keys.FIRST, HASH, this::hlen);
        commands.add("hkeys", 2, READONLY, Keys.FIRST, HASH, this::hkeys);
        commands.add("hvals", 2, READONLY, Keys.FIRST, HASH, this::hvals);
        commands.add("hgetall", 2, READONLY, Keys.FIRST, HASH, this::hgetall);
        commands.add("hscan", -3, READONLY, Keys.FIRST, HASH, this::hscan);
        commands.add("hrandfield", -2, READONLY, Keys.FIRST, HASH, this::hrandfield);
    }

    private void hget(Call call) {
        lookup(call);
        value(call, 2);
    }

    private void hmget(Call call) {
        lookup(call);
        call.reply().array(call.argc() - 2);
        for (int i = 2; i < call.argc(); i++) {
            value(call, i);
        }
    }

    /** Replies the value of the field in an argument. */
    private void value(Call call, int i) {
        if (hash.find(call.address(i), call.length(i), entry)) {
            call.reply().bulk(entry.value, entry.valueLength);
        } else {
            call.reply().nullBulk();
        }
    }

    private void hexists(Call call) {
        boolean found = lookup(call).find(call.address(2), call.length(2), entry);
        call.reply().integer(found ? 1 : 0);
    }

    private void hstrlen(Call call) {
        boolean found = lookup(call).find(call.address(2), call.length(2), entry);
        call.reply().integer(found ? entry.valueLength : 0);
    }

    private void hlen(Call call) {
        call.reply().integer(lookup(call).count());
    }

    private void hkeys(Call call) {
        Reply reply = call.reply();
        reply.array(lookup(call).count());
        hash.forEach(each -> reply.bulk(each.field, each.fieldLength));
    }

    private void hvals(Call call) {
        Reply reply = call.reply();
        reply.array(lookup(call).count());
        hash.forEach(each -> reply.bulk(each.value, each.valueLength));
    }

    private void hgetall(Call call) {
        Reply reply = call.reply();
        reply.map(lookup(call).count());
        hash.forEach(each -> {
            reply.bulk(each.field, each.fieldLength);
            reply.bulk(each.value, each.valueLength);
        });
    }

    private void hscan(Call call) {
        arguments.scan(
                call,
                Record.HASH,
                (record, cursor, count) -> hash.read(record).scan(cursor, count, this::page));
    }

    private void page(HashEntry each) {
        if (arguments.matches(each.field, each.fieldLength)) {
            arguments.add(each.field, each.fieldLength);
            arguments.add(each.value, each.valueLength);
        }
    }

    private void hrandfield(Call call) {
        if (call.argc() == 2) {
            if (lookup(call).count() == 0) {
                call.reply().nullBulk();
            } else {
                hash.random(entry, call.keyspace().random());
                call.reply().bulk(entry.field, entry.fieldLength);
            }
            return;
        }
        SampleSize size = SampleSize.of(call, TOKEN_WITHVALUES);
        sample(call, lookup(call), size.count(), size.pairs());
    }

    private void sample(Call call, HashValue from, long count, boolean withValues) {
        Reply reply = call.reply();
        RandomGenerator random = call.keyspace().random();
        long fields = from.count();
        if (fields == 0 || count == 0) {
            reply.array(0);
        } else if (count < 0) {
            begin(reply, -count, withValues);
            Output output = call.client().output();
            for (long i = count; i < 0 && !output.isDropping(); i++) {
                from.random(entry, random);
                pair(reply, entry, withValues);
            }
        } else if (count >= fields) {
            begin(reply, fields, withValues);
            from.forEach(each -> pair(reply, each, withValues));
        } else if (count > fields / DRAW_FACTOR) {
            begin(reply, count, withValues);
            long[] left = {fields, count};
            from.forEach(each -> {
                if (random.nextLong(left[0]--) < left[1]) {
                    left[1]--;
                    pair(reply, each, withValues);
                }
            });
        } else {
            begin(reply, count, withValues);
            draw(reply, count, withValues, random);
        }
    }

    private void draw(Reply reply, long count, boolean withValues, RandomGenerator random) {
        Set<String> drawn = new HashSet<>();
        while (drawn.size() < count) {
            hash.random(entry, random);
            if (drawn.add(new String(entry.fieldBytes(), StandardCharsets.ISO_8859_1))) {
                pair(reply, entry, withValues);
            }
        }
    }

    /** In RESP3 each pair is an array of its own. */
    private static void begin(Reply reply, long count, boolean withValues) {
        reply.array(withValues && !reply.isResp3() ? 2 * count : count);
    }

    private static void pair(Reply reply, HashEntry each, boolean withValues) {
        if (withValues && reply.isResp3()) {
            reply.array(2);
        }
        reply.bulk(each.field, each.fieldLength);
        if (withValues) {
            reply.bulk(each.value, each.valueLength);
        }
    }

    private HashValue lookup(Call call) {
        long record = call.db().lookupRead(call.key(1));
        HashValue.check(record);
        return hash.read(record);
    }
}
