package io.carnelian.server.set;

import static io.carnelian.server.command.Categories.SET;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Output;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import java.util.random.RandomGenerator;

/**
 * SPOP and SRANDMEMBER: every member, and every group of members, is as likely as any other.
 *
 * <pre>
 *   SPOP k      → SREM k m                 SPOP k 3   → SREM k m1 m2 m3
 *   SPOP k 99   → DEL k                    when it has no more than 99
 * </pre>
 */
final class RandomMembers {
    /** Members that one SREM in the stream names at most. */
    private static final int MEMBERS_A_COMMAND = 1024;

    /** A sample of less than a third of the set is drawn; a greater one is sifted out of it. */
    private static final int DRAW_FACTOR = 3;

    private static final byte[] SREM = ascii("SREM");
    private static final byte[] DEL = ascii("DEL");

    private static final ErrorReply COUNT_RANGE =
            ErrorReply.of(
                    "ERR value is out of range, value must between -9223372036854775807 and"
                            + " 9223372036854775807");

    private final SetValue set;
    private final SetValue sample;
    private final Member member = new Member();

    RandomMembers(Keyspace keyspace, SetLimits limits) {
        this.set = new SetValue(keyspace, limits);
        this.sample = new SetValue(keyspace, limits);
    }

    void addTo(CommandTable commands) {
        commands.add("spop", -2, WRITE | FAST, Keys.FIRST, SET, this::spop);
        commands.add("srandmember", -2, READONLY, Keys.FIRST, SET, this::srandmember);
    }

    private void spop(Call call) {
        if (call.argc() > 3) {
            throw Errors.syntax();
        }
        long count = 0;
        if (call.argc() == 3) {
            count = call.longArg(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE);
        }
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SetValue.check(record);
        set.edit(call.db(), key, record);
        if (call.argc() == 2) {
            popOne(call, key, record);
        } else if (record == 0 || count == 0) {
            call.reply().set(0);
        } else {
            popSome(call, key, count);
        }
    }

    private void popOne(Call call, Key key, long record) {
        if (record == 0) {
            call.reply().nullBulk();
            return;
        }
        set.random(member, call.keyspace().random());
        call.reply().bulk(member.address, member.length);
        call.effects()
                .begin(call.db(), 3)
                .arg(SREM)
                .arg(key.address, key.length)
                .arg(member.address, member.length);
        set.remove(member);
        call.dirty();
        call.notify(KeyspaceEvent.SPOP, key);
        SetCommands.deleteIfEmpty(call, set, key);
    }

    private void popSome(Call call, Key key, long count) {
        Reply reply = call.reply();
        long members = set.count();
        call.notify(KeyspaceEvent.SPOP, key);
        call.dirty(Math.min(count, members));
        if (count >= members) {
            reply.set(members);
            set.forEach(each -> reply.bulk(each.address, each.length));
            set.delete();
            call.notify(KeyspaceEvent.DEL, key);
            call.effects().begin(call.db(), 2).arg(DEL).arg(key.address, key.length);
            return;
        }
        reply.set(count);
        RandomGenerator random = call.keyspace().random();
        for (long left = count; left > 0; ) {
            int some = (int) Math.min(left, MEMBERS_A_COMMAND);
            CommandBytes effect = call.effects().begin(call.db(), some + 2);
            effect.arg(SREM).arg(key.address, key.length);
            for (int i = 0; i < some; i++) {
                set.random(member, random);
                reply.bulk(member.address, member.length);
                effect.arg(member.address, member.length);
                set.remove(member);
            }
            left -= some;
        }
    }

    private void srandmember(Call call) {
        if (call.argc() > 3) {
            throw Errors.syntax();
        }
        long count = 0;
        if (call.argc() == 3) {
            count = call.longArg(2);
            if (count == Long.MIN_VALUE) {
                throw COUNT_RANGE.error();
            }
        }
        long record = call.db().lookupRead(call.key(1));
        SetValue.check(record);
        set.read(record);
        Reply reply = call.reply();
        RandomGenerator random = call.keyspace().random();
        if (call.argc() == 2) {
            one(reply, record, random);
        } else if (record == 0 || count == 0) {
            reply.array(0);
        } else if (count < 0) {
            reply.array(-count);
            Output output = call.client().output();
            for (long i = count; i < 0 && !output.isDropping(); i++) {
                set.random(member, random);
                reply.bulk(member.address, member.length);
            }
        } else {
            distinct(reply, count, random);
        }
    }

    private void one(Reply reply, long record, RandomGenerator random) {
        if (record == 0) {
            reply.nullBulk();
        } else {
            set.random(member, random);
            reply.bulk(member.address, member.length);
        }
    }

    private void distinct(Reply reply, long count, RandomGenerator random) {
        long members = set.count();
        if (count >= members) {
            reply.array(members);
            set.forEach(each -> reply.bulk(each.address, each.length));
        } else if (count > members / DRAW_FACTOR) {
            sift(reply, count, random);
        } else {
            draw(reply, count, random);
        }
    }

    /** Goes through the set, and takes each member with the chance that leaves the right number. */
    private void sift(Reply reply, long count, RandomGenerator random) {
        reply.array(count);
        long[] left = {set.count(), count};
        set.forEach(each -> {
            if (random.nextLong(left[0]--) < left[1]) {
                left[1]--;
                reply.bulk(each.address, each.length);
            }
        });
    }

    private void draw(Reply reply, long count, RandomGenerator random) {
        sample.begin();
        try {
            while (sample.count() < count) {
                set.random(member, random);
                sample.add(member);
            }
            reply.array(count);
            sample.forEach(each -> reply.bulk(each.address, each.length));
        } finally {
            sample.discard();
        }
    }
}
