package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.CONNECTION;
import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Categories.KEYSPACE;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.LOADING;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.STALE;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.client.AuditLog;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Keyspace;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Databases as a whole: choosing, counting, exchanging and emptying them. */
public final class DatabaseCommands {
    private static final Token TOKEN_ASYNC = Token.of("ASYNC");
    private static final Token TOKEN_SYNC = Token.of("SYNC");

    private static final ErrorReply NO_INT =
            ErrorReply.of(
                    "ERR value is out of range, value must between -2147483648 and 2147483647");
    private static final ErrorReply INVALID_FIRST = ErrorReply.of("ERR invalid first DB index");
    private static final ErrorReply INVALID_SECOND = ErrorReply.of("ERR invalid second DB index");

    private final BooleanSupplier lazyUserFlush;
    private LongConsumer flushedAll = changes -> {};

    /**
     * @param lazyUserFlush {@code lazyfree-lazy-user-flush}: what FLUSHALL and FLUSHDB do unless
     *     told
     */
    public DatabaseCommands(BooleanSupplier lazyUserFlush) {
        this.lazyUserFlush = lazyUserFlush;
    }

    /** Who hears that FLUSHALL has emptied everything, and how many changes it will count. */
    public void onFlushAll(LongConsumer listener) {
        flushedAll = listener;
    }

    public void addTo(CommandTable commands) {
        int dangerous = KEYSPACE | DANGEROUS;
        commands.add("select", 2, LOADING | STALE | FAST, Keys.NONE, CONNECTION, this::select);
        commands.add("dbsize", 1, READONLY | FAST, Keys.NONE, KEYSPACE, this::dbsize);
        commands.add("swapdb", 3, WRITE | FAST, Keys.NONE, dangerous, this::swapdb);
        commands.add("flushdb", -1, WRITE, Keys.NONE, dangerous, this::flushdb);
        commands.add("flushall", -1, WRITE, Keys.NONE, dangerous, this::flushall);
    }

    private void select(Call call) {
        call.client().select(database(call, 1));
        call.reply().ok();
    }

    private void dbsize(Call call) {
        call.reply().integer(call.db().size());
    }

    private void swapdb(Call call) {
        long min = Integer.MIN_VALUE;
        long max = Integer.MAX_VALUE;
        long first = call.longArg(1, min, max, INVALID_FIRST);
        long second = call.longArg(2, min, max, INVALID_SECOND);
        Keyspace keyspace = call.keyspace();
        int a = checked(keyspace, first);
        int b = checked(keyspace, second);
        if (a != b) {
            keyspace.swap(a, b);
        }
        call.dirty();
        call.reply().ok();
    }

    private void flushdb(Call call) {
        boolean async = isAsync(call);
        Database db = call.db();
        call.dirty(db.size());
        call.forcePropagation();
        AuditLog.event(call.client(), "FLUSHDB of db " + db.index() + ", keys: " + db.size());
        db.flush(async);
        call.reply().ok();
    }

    /**
     * Emptying what is empty already is propagated too: a replica may have keys that we have not.
     */
    private void flushall(Call call) {
        boolean async = isAsync(call);
        Keyspace keyspace = call.keyspace();
        call.dirty(keyspace.size());
        call.forcePropagation();
        AuditLog.event(call.client(), "FLUSHALL, keys: " + keyspace.size());
        for (int i = 0; i < keyspace.databases(); i++) {
            keyspace.db(i).flush(async);
        }
        flushedAll.accept(call.changes());
        call.reply().ok();
    }

    private boolean isAsync(Call call) {
        if (call.argc() == 1) {
            return lazyUserFlush.getAsBoolean();
        }
        boolean async = call.is(1, TOKEN_ASYNC);
        if (call.argc() > 2 || (!async && !call.is(1, TOKEN_SYNC))) {
            throw Errors.syntax();
        }
        return async;
    }

    /** The database that an argument names. */
    static Database database(Call call, int i) {
        long index = call.longArg(i);
        if (index != (int) index) {
            throw NO_INT.error();
        }
        return call.keyspace().db(checked(call.keyspace(), index));
    }

    private static int checked(Keyspace keyspace, long index) {
        if (index < 0 || index >= keyspace.databases()) {
            throw Errors.DB_INDEX_RANGE.error();
        }
        return (int) index;
    }
}
