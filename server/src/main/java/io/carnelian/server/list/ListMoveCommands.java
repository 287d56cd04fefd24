package io.carnelian.server.list;

import static io.carnelian.server.command.Categories.LIST;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.commands.Text;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.ListCursor;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;

/** What takes elements from one of several lists: LMOVE, RPOPLPUSH, LMPOP. */
final class ListMoveCommands {
    private static final ErrorReply NUMKEYS = ErrorReply.of("ERR numkeys should be greater than 0");
    private static final ErrorReply COUNT = ErrorReply.of("ERR count should be greater than 0");

    private static final Token LEFT = Token.of("LEFT");
    private static final Token RIGHT = Token.of("RIGHT");
    private static final Token TOKEN_COUNT = Token.of("COUNT");
    static final byte[] LPOP = ascii("LPOP");
    static final byte[] RPOP = ascii("RPOP");

    private final ListValue source;
    private final ListValue target;
    private final Text digits = new Text();

    ListMoveCommands(ListValue source, ListValue target) {
        this.source = source;
        this.target = target;
    }

    void addTo(CommandTable commands) {
        commands.add("lmove", 5, WRITE | DENYOOM, Keys.FIRST_TWO, LIST, this::lmove);
        commands.add("rpoplpush", 3, WRITE | DENYOOM, Keys.FIRST_TWO, LIST, this::rpoplpush);
        commands.add("lmpop", -4, WRITE | MOVABLE_KEYS, Keys.countedAt(1), LIST, this::lmpop);
    }

    private void lmove(Call call) {
        boolean fromHead = isLeft(call, 3);
        move(call, fromHead, isLeft(call, 4));
    }

    private void rpoplpush(Call call) {
        move(call, false, true);
    }

    static boolean isLeft(Call call, int i) {
        boolean left = call.is(i, LEFT);
        if (!left && !call.is(i, RIGHT)) {
            throw Errors.syntax();
        }
        return left;
    }

    /** From the list at the first argument to the one at the second. */
    void move(Call call, boolean fromHead, boolean toHead) {
        Key from = call.key(1);
        Key to = call.key(2);
        Database db = call.db();
        long record = db.lookupWrite(from);
        if (record == 0) {
            call.reply().nullBulk();
            return;
        }
        ListValue.check(record);
        boolean same =
                from.length == to.length && Memory.equal(from.address, to.address, to.length);
        long other = same ? record : db.lookupWrite(to);
        ListValue into = same ? source : target.edit(db, to, other);
        source.edit(db, from, db.peek(from));
        // From here on only the push needs memory, so an element is moved or nothing is done.
        source.thawEnd(fromHead);
        ListCursor at = source.seek(fromHead ? 0 : source.size() - 1);
        ListValue.reply(call.reply(), at.entry());
        push(call, into, at.entry(), same, toHead);
        call.notify(toHead ? KeyspaceEvent.LPUSH : KeyspaceEvent.RPUSH, to);
        ListCommands.remove(call, source, from, fromHead, 1);
    }

    private void push(Call call, ListValue into, long entry, boolean same, boolean head) {
        if (Listpack.isInteger(entry)) {
            digits.setLong(Listpack.integer(entry));
            into.push(head, digits.address, digits.length);
            return;
        }
        long text = Listpack.stringAddress(entry);
        int length = Listpack.stringLength(entry);
        if (!same) {
            into.push(head, text, length);
            return;
        }
        Slabs slabs = call.keyspace().slabs();
        long copy = slabs.allocate(length);
        Memory.copy(text, copy, length);
        try {
            into.push(head, copy, length);
        } finally {
            slabs.free(copy);
        }
    }

    private void lmpop(Call call) {
        int where = parsePop(call, 1);
        for (int i = 2; i < where; i++) {
            if (call.db().lookupWrite(call.key(i)) != 0) {
                popFrom(call, i, where);
                return;
            }
        }
        call.reply().nullArray();
    }

    /**
     * Checks {@code numkeys key… LEFT|RIGHT [COUNT count]}, the rest of a command.
     *
     * @return where LEFT or RIGHT stands
     */
    static int parsePop(Call call, int numkeys) {
        long keys = call.longArg(numkeys, 1, Long.MAX_VALUE, NUMKEYS);
        if (keys > call.argc() - numkeys - 2) {
            throw Errors.syntax();
        }
        int where = numkeys + (int) keys + 1;
        var _ = isLeft(call, where);
        for (int i = where + 1; i < call.argc(); i += 2) {
            if (i > where + 1 || i + 1 == call.argc() || !call.is(i, TOKEN_COUNT)) {
                throw Errors.syntax();
            }
            var _ = call.longArg(i + 1, 1, Long.MAX_VALUE, COUNT);
        }
        return where;
    }

    /** Takes what was asked for behind {@code where} from the list at an argument. */
    void popFrom(Call call, int argument, int where) {
        Key key = call.key(argument);
        ListValue list = source.edit(call.db(), key, call.db().lookupWrite(key));
        boolean head = isLeft(call, where);
        long wanted = where + 2 < call.argc() ? call.longArg(where + 2) : 1;
        long some = Math.min(wanted, list.size());
        Reply reply = call.reply();
        reply.array(2);
        reply.bulk(key.address, key.length);
        reply.array(some);
        ListCommands.pop(call, list, key, head, some);
        call.effects()
                .begin(call.db(), 3)
                .arg(head ? LPOP : RPOP)
                .arg(key.address, key.length)
                .argLong(some);
    }
}
