package io.carnelian.server.list;

import static io.carnelian.server.command.Categories.LIST;
import static io.carnelian.server.command.Flags.BLOCKING;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.block.Service;
import io.carnelian.server.block.Timeouts;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import java.util.function.Consumer;

/**
 * What waits for an element when there is none: BLPOP, BRPOP, BLMOVE, BRPOPLPUSH, BLMPOP. All are
 * propagated as the command that does not wait.
 */
final class ListBlockingCommands {
    private static final byte[] LMOVE = ascii("LMOVE");
    private static final byte[] RPOPLPUSH = ascii("RPOPLPUSH");
    private static final byte[] LEFT = ascii("left");
    private static final byte[] RIGHT = ascii("right");

    private final ListValue list;
    private final ListMoveCommands moves;
    private final BlockedKeys waiting;

    private final Service head = service((call, key) -> pop(call, key, true), Reply::nullArray);
    private final Service tail = service((call, key) -> pop(call, key, false), Reply::nullArray);
    private final Service move = service(this::move, Reply::nullBulk);
    private final Service moveLast = service(this::moveLast, Reply::nullBulk);
    private final Service some = service(this::popSome, Reply::nullArray);

    ListBlockingCommands(ListValue list, ListMoveCommands moves, BlockedKeys waiting) {
        this.list = list;
        this.moves = moves;
        this.waiting = waiting;
    }

    private static Service service(Executor.Ending serve, Consumer<Reply> nothing) {
        return new Service(Record.LIST, serve, nothing);
    }

    void addTo(CommandTable commands) {
        int pop = WRITE | NOSCRIPT | BLOCKING;
        int push = pop | DENYOOM;
        Keys keys = new Keys(1, -2, 1);
        commands.add("blpop", -3, pop, keys, LIST, call -> popFirst(call, head));
        commands.add("brpop", -3, pop, keys, LIST, call -> popFirst(call, tail));
        commands.add("blmove", 6, push, Keys.FIRST_TWO, LIST, this::blmove);
        commands.add("brpoplpush", 4, push, Keys.FIRST_TWO, LIST, this::brpoplpush);
        int several = WRITE | BLOCKING | MOVABLE_KEYS;
        commands.add("blmpop", -5, several, Keys.countedAt(2), LIST, this::blmpop);
    }

    private void popFirst(Call call, Service service) {
        int last = call.argc() - 1;
        waiting.serveOrBlock(call, Timeouts.millis(call, last), 1, last - 1, service);
    }

    private void pop(Call call, int argument, boolean fromHead) {
        Key key = call.key(argument);
        list.edit(call.db(), key, call.db().lookupWrite(key));
        call.reply().array(2);
        call.reply().bulk(key.address, key.length);
        ListCommands.pop(call, list, key, fromHead, 1);
        call.effects()
                .begin(call.db(), 2)
                .arg(fromHead ? ListMoveCommands.LPOP : ListMoveCommands.RPOP)
                .arg(key.address, key.length);
    }

    private void blmove(Call call) {
        var _ = ListMoveCommands.isLeft(call, 3);
        var _ = ListMoveCommands.isLeft(call, 4);
        waiting.serveOrBlock(call, Timeouts.millis(call, 5), 1, 1, move);
    }

    private void move(Call call, int source) {
        boolean fromHead = ListMoveCommands.isLeft(call, 3);
        boolean toHead = ListMoveCommands.isLeft(call, 4);
        moves.move(call, fromHead, toHead);
        CommandBytes effect = beginMove(call, LMOVE, 5);
        if (call.isResumed()) {
            effect.arg(fromHead ? LEFT : RIGHT).arg(toHead ? LEFT : RIGHT);
        } else {
            effect.arg(call.address(3), call.length(3)).arg(call.address(4), call.length(4));
        }
    }

    private void brpoplpush(Call call) {
        waiting.serveOrBlock(call, Timeouts.millis(call, 3), 1, 1, moveLast);
    }

    private void moveLast(Call call, int source) {
        moves.move(call, false, true);
        beginMove(call, RPOPLPUSH, 3);
    }

    private static CommandBytes beginMove(Call call, byte[] name, int argc) {
        return call.effects()
                .begin(call.db(), argc)
                .arg(name)
                .arg(call.address(1), call.length(1))
                .arg(call.address(2), call.length(2));
    }

    private void blmpop(Call call) {
        int where = ListMoveCommands.parsePop(call, 2);
        long timeoutMs = Timeouts.millis(call, 1);
        waiting.serveOrBlock(call, timeoutMs, 3, where - 1, some);
    }

    private void popSome(Call call, int argument) {
        moves.popFrom(call, argument, ListMoveCommands.parsePop(call, 2));
    }
}
