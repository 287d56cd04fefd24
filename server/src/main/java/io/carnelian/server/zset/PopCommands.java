package io.carnelian.server.zset;

import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;

/**
 * Taking the members with the least or the greatest scores. ZMPOP is propagated as ZPOPMIN or
 * ZPOPMAX of the key that had some, with the number that was taken.
 */
public final class PopCommands {
    private static final ErrorReply NUMKEYS = ErrorReply.of("ERR numkeys should be greater than 0");
    private static final ErrorReply COUNT = ErrorReply.of("ERR count should be greater than 0");

    private static final Token TOKEN_MIN = Token.of("MIN");
    private static final Token TOKEN_MAX = Token.of("MAX");
    private static final Token TOKEN_COUNT = Token.of("COUNT");
    private static final byte[] ZPOPMIN = ascii("ZPOPMIN");
    private static final byte[] ZPOPMAX = ascii("ZPOPMAX");

    private final SortedSetValue set;

    public PopCommands(Keyspace keyspace, SortedSetLimits limits) {
        this.set = new SortedSetValue(keyspace, limits);
    }

    void addTo(CommandTable commands) {
        int fast = WRITE | FAST;
        commands.add("zpopmin", -2, fast, Keys.FIRST, SORTEDSET, call -> zpop(call, false));
        commands.add("zpopmax", -2, fast, Keys.FIRST, SORTEDSET, call -> zpop(call, true));
        int movable = WRITE | MOVABLE_KEYS;
        commands.add("zmpop", -4, movable, Keys.countedAt(1), SORTEDSET, this::zmpop);
    }

    private void zpop(Call call, boolean max) {
        if (call.argc() > 3) {
            throw Errors.syntax();
        }
        boolean counted = call.argc() == 3;
        long wanted = counted ? call.longArg(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE) : 1;
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SortedSetValue.check(record);
        set.edit(call.db(), key, record);
        long some = Math.min(wanted, set.count());
        boolean nested = counted && call.reply().isResp3();
        call.reply().array(nested ? some : 2 * some);
        if (some > 0) {
            pop(call, set, key, max, some, nested);
        }
    }

    private void zmpop(Call call) {
        int where = parse(call, 1);
        for (int i = 2; i < where; i++) {
            Key key = call.key(i);
            long record = call.db().lookupWrite(key);
            if (record != 0) {
                SortedSetValue.check(record);
                popFrom(call, record, key, where);
                return;
            }
        }
        call.reply().nullArray();
    }

    /**
     * Checks {@code numkeys key… MIN|MAX [COUNT count]}, the rest of a command.
     *
     * @return where MIN or MAX stands
     */
    static int parse(Call call, int numkeys) {
        long keys = call.longArg(numkeys, 1, Long.MAX_VALUE, NUMKEYS);
        if (keys > call.argc() - numkeys - 2) {
            throw Errors.syntax();
        }
        int where = numkeys + (int) keys + 1;
        var _ = isMax(call, where);
        for (int i = where + 1; i < call.argc(); i += 2) {
            if (i > where + 1 || i + 1 == call.argc() || !call.is(i, TOKEN_COUNT)) {
                throw Errors.syntax();
            }
            var _ = call.longArg(i + 1, 1, Long.MAX_VALUE, COUNT);
        }
        return where;
    }

    /** Which end a word says: {@code MIN} or {@code MAX}. */
    private static boolean isMax(Call call, int i) {
        boolean max = call.is(i, TOKEN_MAX);
        if (!max && !call.is(i, TOKEN_MIN)) {
            throw Errors.syntax();
        }
        return max;
    }

    /**
     * Takes members of the set at a key, as many as are asked for behind {@code where}, and replies
     * the key and an array of pairs, as ZMPOP does; it is propagated as ZPOPMIN or ZPOPMAX.
     */
    void popFrom(Call call, long record, Key key, int where) {
        boolean max = isMax(call, where);
        long wanted = where + 2 < call.argc() ? call.longArg(where + 2) : 1;
        set.edit(call.db(), key, record);
        long some = Math.min(wanted, set.count());
        Reply reply = call.reply();
        reply.array(2);
        reply.bulk(key.address, key.length);
        reply.array(some);
        pop(call, set, key, max, some, true);
        call.effects()
                .begin(call.db(), 3)
                .arg(max ? ZPOPMAX : ZPOPMIN)
                .arg(key.address, key.length)
                .argLong(some);
    }

    /**
     * Takes one member of the set at a key and replies the key, the member and its score in one
     * array, as BZPOPMIN does, and is propagated as ZPOPMIN or ZPOPMAX.
     */
    void popOne(Call call, long record, Key key, boolean max) {
        set.edit(call.db(), key, record);
        Reply reply = call.reply();
        reply.array(3);
        reply.bulk(key.address, key.length);
        pop(call, set, key, max, 1, false);
        call.effects()
                .begin(call.db(), 2)
                .arg(max ? ZPOPMAX : ZPOPMIN)
                .arg(key.address, key.length);
    }

    private static void pop(
            Call call, SortedSetValue from, Key key, boolean max, long some, boolean nested) {
        Reply reply = call.reply();
        long count = from.count();
        long first = max ? count - some : 0;
        from.forEach(
                first,
                first + some,
                max,
                each -> {
                    if (nested) {
                        reply.array(2);
                    }
                    reply.bulk(each.address, each.length);
                    reply.doubleValue(each.score);
                });
        from.removeRange(first, first + some);
        call.dirty(some);
        call.notify(max ? KeyspaceEvent.ZPOPMAX : KeyspaceEvent.ZPOPMIN, key);
        SortedSetCommands.deleteIfEmpty(call, from, key);
    }
}
