package io.carnelian.server.set;

import static io.carnelian.server.command.Categories.SET;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.netty.buffer.ByteBuf;

/**
 * Intersection, union and difference. An intersection goes through the smallest set and asks the
 * others; a difference goes through the first; a union is built apart, since each member may come
 * once only. What is stored is built apart too, and then takes the place of what was there.
 */
final class SetAlgebra {
    private static final Keys COUNTED = Keys.countedAt(1);

    /** Members that are looked at before a limit is. */
    private static final int SLICE = 64;

    private static final Token TOKEN_LIMIT = Token.of("LIMIT");

    private static final ErrorReply NO_KEYS = ErrorReply.of("ERR numkeys should be greater than 0");
    private static final ErrorReply TOO_MANY_KEYS =
            ErrorReply.of("ERR Number of keys can't be greater than number of args");
    private static final ErrorReply NEGATIVE_LIMIT = ErrorReply.of("ERR LIMIT can't be negative");

    private final SetValue set;
    private final SetValue walked;
    private final SetValue result;
    private final Key key = new Key();

    /** The operands of the running command: records of sets, 0 for a missing one. */
    private long[] operands = new long[16];

    private int count;
    private boolean someMissing;

    SetAlgebra(Keyspace keyspace, SetLimits limits) {
        this.set = new SetValue(keyspace, limits);
        this.walked = new SetValue(keyspace, limits);
        this.result = new SetValue(keyspace, limits);
    }

    void addTo(CommandTable commands) {
        commands.add("sinter", -2, READONLY, Keys.ALL, SET, this::sinter);
        commands.add("sunion", -2, READONLY, Keys.ALL, SET, this::sunion);
        commands.add("sdiff", -2, READONLY, Keys.ALL, SET, this::sdiff);
        commands.add("sintercard", -3, READONLY | MOVABLE_KEYS, COUNTED, SET, this::sintercard);
        int store = WRITE | DENYOOM;
        commands.add("sinterstore", -3, store, Keys.ALL, SET, this::sinterstore);
        commands.add("sunionstore", -3, store, Keys.ALL, SET, this::sunionstore);
        commands.add("sdiffstore", -3, store, Keys.ALL, SET, this::sdiffstore);
    }

    private void sinter(Call call) {
        read(call, 1, call.argc());
        Reply reply = call.reply();
        if (someMissing) {
            reply.set(0);
            return;
        }
        ByteBuf place = reply.deferArray();
        long[] found = {0};
        intersect(
                Long.MAX_VALUE,
                each -> {
                    reply.bulk(each.address, each.length);
                    found[0]++;
                });
        reply.endSet(place, found[0]);
    }

    private void sintercard(Call call) {
        long keys = call.longArg(1, 1, Long.MAX_VALUE, NO_KEYS);
        if (keys > call.argc() - 2) {
            throw TOO_MANY_KEYS.error();
        }
        int end = (int) keys + 2;
        long limit = 0;
        for (int i = end; i < call.argc(); i += 2) {
            if (!call.is(i, TOKEN_LIMIT) || i + 1 == call.argc()) {
                throw Errors.syntax();
            }
            limit = call.longArg(i + 1, 0, Long.MAX_VALUE, NEGATIVE_LIMIT);
        }
        read(call, 2, end);
        long[] found = {0};
        if (!someMissing) {
            intersect(limit == 0 ? Long.MAX_VALUE : limit, each -> found[0]++);
        }
        call.reply().integer(found[0]);
    }

    private void sunion(Call call) {
        read(call, 1, call.argc());
        result.begin();
        try {
            unite();
            Reply reply = call.reply();
            reply.set(result.count());
            result.forEach(each -> reply.bulk(each.address, each.length));
        } finally {
            result.discard();
        }
    }

    private void sdiff(Call call) {
        read(call, 1, call.argc());
        Reply reply = call.reply();
        ByteBuf place = reply.deferArray();
        long[] found = {0};
        subtract(each -> {
            reply.bulk(each.address, each.length);
            found[0]++;
        });
        reply.endSet(place, found[0]);
    }

    private void sinterstore(Call call) {
        readForStore(call);
        store(
                call,
                KeyspaceEvent.SINTERSTORE,
                () -> {
                    if (!someMissing) {
                        intersect(Long.MAX_VALUE, result::add);
                    }
                });
    }

    private void sunionstore(Call call) {
        readForStore(call);
        store(call, KeyspaceEvent.SUNIONSTORE, this::unite);
    }

    private void sdiffstore(Call call) {
        readForStore(call);
        store(call, KeyspaceEvent.SDIFFSTORE, () -> subtract(result::add));
    }

    private void store(Call call, KeyspaceEvent event, Runnable build) {
        Key to = call.key(1);
        result.begin();
        try {
            build.run();
            long members = result.count();
            if (members > 0) {
                result.store(call.db(), to);
                call.dirty();
                call.notify(event, to);
            } else if (call.db().delete(to)) {
                call.dirty();
                call.notify(KeyspaceEvent.DEL, to);
            }
            call.reply().integer(members);
        } finally {
            result.discard();
        }
    }

    /** The target may have expired: that is told before, and not by what is stored. */
    private void readForStore(Call call) {
        call.db().lookupWrite(call.key(1));
        read(call, 2, call.argc());
    }

    /** Looks up every operand, so that an expired or mistyped one is found whatever comes of it. */
    private void read(Call call, int from, int to) {
        count = 0;
        someMissing = false;
        if (operands.length < to - from) {
            operands = new long[to - from];
        }
        Database db = call.db();
        for (int i = from; i < to; i++) {
            long record = db.lookupRead(key.set(call.address(i), call.length(i)));
            SetValue.check(record);
            someMissing |= record == 0;
            operands[count++] = record;
        }
    }

    /** Visits what is in every operand, up to a limit; none is missing. */
    private void intersect(long limit, MemberVisitor visitor) {
        int least = 0;
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            long members = set.read(operands[i]).count();
            if (members < fewest) {
                fewest = members;
                least = i;
            }
        }
        filter(least, limit, true, visitor);
    }

    /** Visits what is in the first operand and in no other. */
    private void subtract(MemberVisitor visitor) {
        if (operands[0] != 0) {
            filter(0, Long.MAX_VALUE, false, visitor);
        }
    }

    private void filter(int first, long limit, boolean present, MemberVisitor visitor) {
        long[] left = {limit};
        MemberVisitor counted =
                each -> {
                    if (left[0] > 0 && isInAll(first, each, present)) {
                        left[0]--;
                        visitor.visit(each);
                    }
                };
        walked.read(operands[first]);
        if (limit == Long.MAX_VALUE) {
            walked.forEach(counted);
            return;
        }
        long cursor = 0;
        do {
            cursor = walked.scan(cursor, SLICE, counted);
        } while (cursor != 0 && left[0] > 0);
    }

    /** Whether the member is in every other operand, or in none of them. */
    private boolean isInAll(int but, Member member, boolean present) {
        for (int i = 0; i < count; i++) {
            if (i != but && set.read(operands[i]).contains(member) != present) {
                return false;
            }
        }
        return true;
    }

    private void unite() {
        for (int i = 0; i < count; i++) {
            set.read(operands[i]).forEach(result::add);
        }
    }
}
