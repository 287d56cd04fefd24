package io.carnelian.server.set;

import static io.carnelian.server.command.Categories.SET;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.ScanArguments;
import io.carnelian.server.debug.Digest;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;

/**
 * Sets by their members: adding, removing, asking, listing. What combines sets is in {@link
 * SetAlgebra}, what leaves the choice to chance in {@link RandomMembers}.
 *
 * <p>A new set is made whole and then put at its key, so that running out of memory leaves nothing
 * half done; a set that loses its last member takes its key with it.
 */
public final class SetCommands {
    private final SetValue set;
    private final SetValue other;
    private final Member member = new Member();
    private final ScanArguments arguments = new ScanArguments();
    private final SetAlgebra algebra;
    private final RandomMembers randomMembers;

    public SetCommands(Keyspace keyspace, SetLimits limits) {
        this.set = new SetValue(keyspace, limits);
        this.other = new SetValue(keyspace, limits);
        this.algebra = new SetAlgebra(keyspace, limits);
        this.randomMembers = new RandomMembers(keyspace, limits);
    }

    public void addTo(CommandTable commands) {
        commands.add("sadd", -3, WRITE | DENYOOM | FAST, Keys.FIRST, SET, this::sadd);
        commands.add("srem", -3, WRITE | FAST, Keys.FIRST, SET, this::srem);
        commands.add("smove", 4, WRITE | FAST, Keys.FIRST_TWO, SET, this::smove);
        commands.add("scard", 2, READONLY | FAST, Keys.FIRST, SET, this::scard);
        commands.add("sismember", 3, READONLY | FAST, Keys.FIRST, SET, this::sismember);
        commands.add("smismember", -3, READONLY | FAST, Keys.FIRST, SET, this::smismember);
        commands.add("smembers", 2, READONLY, Keys.FIRST, SET, this::smembers);
        commands.add("sscan", -3, READONLY, Keys.FIRST, SET, this::sscan);
        algebra.addTo(commands);
        randomMembers.addTo(commands);
    }

    /** Adds the members of a set to a digest: their order does not count. */
    public void digest(long record, Digest digest) {
        set.read(record)
                .forEach(each -> {
                    byte[] bytes = new byte[each.length];
                    Memory.copyOut(each.address, bytes, 0, bytes.length);
                    digest.xor(bytes);
                });
    }

    private void sadd(Call call) {
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SetValue.check(record);
        if (record == 0) {
            create(call, key);
            return;
        }
        set.edit(call.db(), key, record);
        int added = 0;
        for (int i = 2; i < call.argc(); i++) {
            if (set.add(argument(call, i))) {
                call.dirty();
                added++;
            }
            call.doneUpTo(i + 1);
        }
        if (added > 0) {
            call.notify(KeyspaceEvent.SADD, key);
        }
        call.reply().integer(added);
    }

    /** A new set is made whole and then put at its key. */
    private void create(Call call, Key key) {
        set.begin();
        try {
            for (int i = 2; i < call.argc(); i++) {
                set.add(argument(call, i));
            }
            set.store(call.db(), key);
        } finally {
            set.discard();
        }
        long added = set.read(call.db().peek(key)).count();
        call.dirty(added);
        call.notify(KeyspaceEvent.SADD, key);
        call.reply().integer(added);
    }

    private void srem(Call call) {
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        SetValue.check(record);
        set.edit(call.db(), key, record);
        int removed = 0;
        boolean emptied = false;
        for (int i = 2; i < call.argc() && !emptied; i++) {
            if (set.remove(argument(call, i))) {
                call.dirty();
                removed++;
                emptied = set.count() == 0;
            }
            call.doneUpTo(i + 1);
        }
        if (removed > 0) {
            call.notify(KeyspaceEvent.SREM, key);
            deleteIfEmpty(call, set, key);
        }
        call.reply().integer(removed);
    }

    /** Deletes the key of a set that lost its last member. */
    static void deleteIfEmpty(Call call, SetValue set, Key key) {
        if (set.count() == 0) {
            set.delete();
            call.notify(KeyspaceEvent.DEL, key);
        }
    }

    private void smove(Call call) {
        Key from = call.key(1);
        Key to = call.key(2);
        long target = call.db().lookupWrite(to);
        long source = call.db().lookupWrite(from);
        if (source == 0) {
            call.reply().integer(0);
            return;
        }
        SetValue.check(source);
        SetValue.check(target);
        set.edit(call.db(), from, source);
        argument(call, 3);
        if (source == target || !set.contains(member)) {
            call.reply().integer(set.contains(member) ? 1 : 0);
            return;
        }
        // Told first, as Redis does, since "new" of the target follows; done last, since adding may
        // run out of memory.
        boolean last = set.count() == 1;
        call.notify(KeyspaceEvent.SREM, from);
        if (last) {
            call.notify(KeyspaceEvent.DEL, from);
        }
        boolean added = addTo(call, to, target);
        call.dirty();
        set.edit(call.db(), from, call.db().lookupWrite(from)).remove(member);
        if (last) {
            set.delete();
        }
        if (added) {
            call.dirty();
            call.notify(KeyspaceEvent.SADD, to);
        }
        call.reply().integer(1);
    }

    private boolean addTo(Call call, Key to, long target) {
        if (target != 0) {
            return other.edit(call.db(), to, target).add(member);
        }
        other.begin();
        try {
            other.add(member);
            other.store(call.db(), to);
        } finally {
            other.discard();
        }
        return true;
    }

    private void scard(Call call) {
        call.reply().integer(lookup(call).count());
    }

    private void sismember(Call call) {
        call.reply().integer(lookup(call).contains(argument(call, 2)) ? 1 : 0);
    }

    private void smismember(Call call) {
        lookup(call);
        Reply reply = call.reply();
        reply.array(call.argc() - 2);
        for (int i = 2; i < call.argc(); i++) {
            reply.integer(set.contains(argument(call, i)) ? 1 : 0);
        }
    }

    private void smembers(Call call) {
        lookup(call);
        Reply reply = call.reply();
        reply.set(set.count());
        set.forEach(each -> reply.bulk(each.address, each.length));
    }

    private void sscan(Call call) {
        arguments.scan(
                call,
                Record.SET,
                (record, cursor, count) -> set.read(record).scan(cursor, count, this::page));
    }

    private void page(Member each) {
        if (arguments.matches(each.address, each.length)) {
            arguments.add(each.address, each.length);
        }
    }

    private SetValue lookup(Call call) {
        long record = call.db().lookupRead(call.key(1));
        SetValue.check(record);
        return set.read(record);
    }

    private Member argument(Call call, int i) {
        return member.set(call.address(i), call.length(i));
    }
}
