package io.carnelian.server.list;

import static io.carnelian.server.command.Categories.LIST;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.debug.Digest;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.quicklist.ListCursor;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import java.util.function.IntSupplier;

/**
 * Lists: adding, reading, changing and removing elements. What goes from one list to another is in
 * {@link ListMoveCommands}, LPOS in {@link ListPositions}, what waits for elements in {@link
 * ListBlockingCommands}.
 *
 * <p>All of it is propagated as it was said, but LMPOP: what it pops from is only known then, so it
 * becomes {@code LPOP key count} or {@code RPOP key count}.
 */
public final class ListCommands {
    private static final ErrorReply INDEX_RANGE = ErrorReply.of("ERR index out of range");

    private static final Token BEFORE = Token.of("BEFORE");
    private static final Token AFTER = Token.of("AFTER");

    private final ListValue list;
    private final ListMoveCommands moves;
    private final ListPositions positions;
    private final ListBlockingCommands blocking;

    /**
     * @param fill how much a packed list or a chunk may hold: {@code list-max-listpack-size}
     */
    public ListCommands(Keyspace keyspace, IntSupplier fill, BlockedKeys waiting) {
        this.list = new ListValue(keyspace, fill);
        this.moves = new ListMoveCommands(list, new ListValue(keyspace, fill));
        this.positions = new ListPositions(list);
        this.blocking = new ListBlockingCommands(list, moves, waiting);
    }

    public void addTo(CommandTable commands) {
        int write = WRITE | DENYOOM;
        commands.add("lpush", -3, write | FAST, Keys.FIRST, LIST, c -> push(c, true, false));
        commands.add("rpush", -3, write | FAST, Keys.FIRST, LIST, c -> push(c, false, false));
        commands.add("lpushx", -3, write | FAST, Keys.FIRST, LIST, c -> push(c, true, true));
        commands.add("rpushx", -3, write | FAST, Keys.FIRST, LIST, c -> push(c, false, true));
        commands.add("lpop", -2, WRITE | FAST, Keys.FIRST, LIST, c -> pop(c, true));
        commands.add("rpop", -2, WRITE | FAST, Keys.FIRST, LIST, c -> pop(c, false));
        commands.add("llen", 2, READONLY | FAST, Keys.FIRST, LIST, this::llen);
        commands.add("lindex", 3, READONLY, Keys.FIRST, LIST, this::lindex);
        commands.add("linsert", 5, write, Keys.FIRST, LIST, this::linsert);
        commands.add("lrange", 4, READONLY, Keys.FIRST, LIST, this::lrange);
        commands.add("lrem", 4, WRITE, Keys.FIRST, LIST, this::lrem);
        commands.add("lset", 4, write, Keys.FIRST, LIST, this::lset);
        commands.add("ltrim", 4, WRITE, Keys.FIRST, LIST, this::ltrim);
        commands.add("lpos", -3, READONLY, Keys.FIRST, LIST, positions::lpos);
        moves.addTo(commands);
        blocking.addTo(commands);
    }

    /** How a list is digested: element by element, in their order. */
    public void digest(long record, Digest digest) {
        long size = list.read(record).size();
        ListCursor at = list.seek(0);
        for (long i = 0; i < size; i++) {
            digest.mix(ListValue.copy(at.entry()));
            var _ = at.next();
        }
    }

    private void push(Call call, boolean head, boolean onlyIfPresent) {
        Key key = call.key(1);
        Database db = call.db();
        long record = db.lookupWrite(key);
        list.edit(db, key, record);
        if (record == 0 && onlyIfPresent) {
            call.reply().integer(0);
            return;
        }
        for (int i = 2; i < call.argc(); i++) {
            list.push(head, call.address(i), call.length(i));
            call.dirty();
            call.doneUpTo(i + 1);
        }
        call.notify(head ? KeyspaceEvent.LPUSH : KeyspaceEvent.RPUSH, key);
        call.reply().integer(list.size());
    }

    private void pop(Call call, boolean head) {
        if (call.argc() > 3) {
            throw Errors.arity(call.command().name()).error();
        }
        boolean counted = call.argc() == 3;
        long wanted = counted ? call.longArg(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE) : 1;
        Key key = call.key(1);
        Database db = call.db();
        long record = db.lookupWrite(key);
        long size = list.edit(db, key, record).size();
        if (record == 0) {
            if (counted) {
                call.reply().nullArray();
            } else {
                call.reply().nullBulk();
            }
            return;
        }
        long some = Math.min(wanted, size);
        if (counted) {
            call.reply().array(some);
        }
        if (some != 0) {
            pop(call, list, key, head, some);
        }
    }

    /** Replies elements from one end on, and removes them. */
    static void pop(Call call, ListValue from, Key key, boolean head, long some) {
        replyFrom(call.reply(), from, head, some);
        remove(call, from, key, head, some);
    }

    /** Removes elements from one end on, and tells it. */
    static void remove(Call call, ListValue from, Key key, boolean head, long some) {
        from.remove(head ? 0 : from.size() - some, some);
        call.dirty(some);
        call.notify(head ? KeyspaceEvent.LPOP : KeyspaceEvent.RPOP, key);
        tellIfGone(call, from, key);
    }

    private static void tellIfGone(Call call, ListValue list, Key key) {
        if (list.size() == 0) {
            call.notify(KeyspaceEvent.DEL, key);
        }
    }

    private static void replyFrom(Reply reply, ListValue from, boolean head, long some) {
        ListCursor at = from.seek(head ? 0 : from.size() - 1);
        for (long i = 0; i < some; i++) {
            ListValue.reply(reply, at.entry());
            var _ = head ? at.next() : at.previous();
        }
    }

    private void llen(Call call) {
        call.reply().integer(list.read(call.db().lookupRead(call.key(1))).size());
    }

    private void lindex(Call call) {
        long record = call.db().lookupRead(call.key(1));
        long size = list.read(record).size();
        if (record == 0) {
            call.reply().nullBulk();
            return;
        }
        long index = fromEnd(call.longArg(2), size);
        if (index < 0 || index >= size) {
            call.reply().nullBulk();
        } else {
            ListValue.reply(call.reply(), list.seek(index).entry());
        }
    }

    /** Negative positions count from the end, −1 being the last element. */
    private static long fromEnd(long index, long size) {
        return index < 0 ? index + size : index;
    }

    private void linsert(Call call) {
        boolean behind = call.is(2, AFTER);
        if (!behind && !call.is(2, BEFORE)) {
            throw Errors.syntax();
        }
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        list.edit(call.db(), key, record);
        if (record == 0) {
            call.reply().integer(0);
            return;
        }
        long pivot = list.find(call.address(3), call.length(3));
        if (pivot < 0) {
            call.reply().integer(-1);
            return;
        }
        list.insert(pivot, behind, call.address(4), call.length(4));
        call.dirty();
        call.notify(KeyspaceEvent.LINSERT, key);
        call.reply().integer(list.size());
    }

    private void lrange(Call call) {
        long start = call.longArg(2);
        long end = call.longArg(3);
        long size = list.read(call.db().lookupRead(call.key(1))).size();
        long from = Math.max(0, fromEnd(start, size));
        long to = Math.min(size - 1, fromEnd(end, size));
        if (from > to) {
            call.reply().array(0);
            return;
        }
        Reply reply = call.reply();
        reply.array(to - from + 1);
        ListCursor at = list.seek(from);
        for (long i = from; i <= to; i++) {
            ListValue.reply(reply, at.entry());
            var _ = at.next();
        }
    }

    private void lrem(Call call) {
        long count = call.longArg(2);
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        list.edit(call.db(), key, record);
        if (record == 0) {
            call.reply().integer(0);
            return;
        }
        boolean all = count == 0 || count == Long.MIN_VALUE;
        long most = all ? Long.MAX_VALUE : Math.abs(count);
        long removed = list.removeMatching(call.address(3), call.length(3), count < 0, most);
        if (removed != 0) {
            call.dirty(removed);
            call.notify(KeyspaceEvent.LREM, key);
            tellIfGone(call, list, key);
        }
        call.reply().integer(removed);
    }

    private void lset(Call call) {
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        if (record == 0) {
            throw Errors.NO_SUCH_KEY.error();
        }
        long size = list.edit(call.db(), key, record).size();
        long index = fromEnd(call.longArg(2), size);
        if (index < 0 || index >= size) {
            throw INDEX_RANGE.error();
        }
        list.set(index, call.address(3), call.length(3));
        call.dirty();
        call.notify(KeyspaceEvent.LSET, key);
        call.reply().ok();
    }

    private void ltrim(Call call) {
        long start = call.longArg(2);
        long end = call.longArg(3);
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        long size = list.edit(call.db(), key, record).size();
        if (record != 0) {
            long from = Math.max(0, fromEnd(start, size));
            long to = Math.min(size - 1, fromEnd(end, size));
            if (from > to) {
                list.remove(0, size);
                call.dirty(size);
            } else if (to - from + 1 == size) {
                list.touch();
            } else {
                list.remove(to + 1, size - 1 - to);
                list.remove(0, from);
                call.dirty(size - (to - from + 1));
            }
            call.notify(KeyspaceEvent.LTRIM, key);
            tellIfGone(call, list, key);
        }
        call.reply().ok();
    }
}
