package io.carnelian.server.zset;

import static io.carnelian.server.command.Categories.SORTEDSET;
import static io.carnelian.server.command.Flags.BLOCKING;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.MOVABLE_KEYS;
import static io.carnelian.server.command.Flags.NOSCRIPT;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.block.BlockedKeys;
import io.carnelian.server.block.Service;
import io.carnelian.server.block.Timeouts;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;

/** Taking members that may have to come first: BZPOPMIN, BZPOPMAX, BZMPOP. */
final class BlockingPopCommands {
    private final PopCommands pops;
    private final BlockedKeys waiting;
    private final Service least = service((call, key) -> popOne(call, key, false));
    private final Service greatest = service((call, key) -> popOne(call, key, true));
    private final Service some = service(this::popSome);

    BlockingPopCommands(PopCommands pops, BlockedKeys waiting) {
        this.pops = pops;
        this.waiting = waiting;
    }

    private static Service service(Executor.Ending serve) {
        return new Service(Record.ZSET, serve, Reply::nullArray);
    }

    void addTo(CommandTable commands) {
        int fast = WRITE | NOSCRIPT | BLOCKING | FAST;
        Keys keys = new Keys(1, -2, 1);
        commands.add("bzpopmin", -3, fast, keys, SORTEDSET, call -> popFirst(call, least));
        commands.add("bzpopmax", -3, fast, keys, SORTEDSET, call -> popFirst(call, greatest));
        int movable = WRITE | BLOCKING | MOVABLE_KEYS;
        commands.add("bzmpop", -5, movable, Keys.countedAt(2), SORTEDSET, this::bzmpop);
    }

    private void popFirst(Call call, Service service) {
        int last = call.argc() - 1;
        waiting.serveOrBlock(call, Timeouts.millis(call, last), 1, last - 1, service);
    }

    private void popOne(Call call, int argument, boolean max) {
        Key key = call.key(argument);
        pops.popOne(call, find(call, key), key, max);
    }

    private void bzmpop(Call call) {
        int where = PopCommands.parse(call, 2);
        long timeoutMs = Timeouts.millis(call, 1);
        waiting.serveOrBlock(call, timeoutMs, 3, where - 1, some);
    }

    private void popSome(Call call, int argument) {
        Key key = call.key(argument);
        pops.popFrom(call, find(call, key), key, PopCommands.parse(call, 2));
    }

    private static long find(Call call, Key key) {
        long record = call.db().lookupWrite(key);
        SortedSetValue.check(record);
        return record;
    }
}
