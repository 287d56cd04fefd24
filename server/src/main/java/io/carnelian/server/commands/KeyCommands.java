package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Categories.KEYSPACE;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;

/** Keys, whatever their values: whether and what they are, finding, removing, renaming, copying. */
public final class KeyCommands {
    private static final Token TOKEN_DB = Token.of("DB");
    private static final Token TOKEN_REPLACE = Token.of("REPLACE");

    private final KeyScan scan = new KeyScan();
    private final KeyWindow window = new KeyWindow();

    public void addTo(CommandTable commands) {
        commands.add("del", -2, WRITE, Keys.ALL, KEYSPACE, this::del);
        commands.add("unlink", -2, WRITE | FAST, Keys.ALL, KEYSPACE, this::del);
        commands.add("exists", -2, READONLY | FAST, Keys.ALL, KEYSPACE, this::exists);
        commands.add("touch", -2, READONLY | FAST, Keys.ALL, KEYSPACE, this::touch);
        commands.add("type", 2, READONLY | FAST, Keys.FIRST, KEYSPACE, this::type);
        commands.add("rename", 3, WRITE, Keys.FIRST_TWO, KEYSPACE, this::rename);
        commands.add("renamenx", 3, WRITE | FAST, Keys.FIRST_TWO, KEYSPACE, this::renamenx);
        commands.add("copy", -3, WRITE | DENYOOM, Keys.FIRST_TWO, KEYSPACE, this::copy);
        commands.add("move", 3, WRITE | FAST, Keys.FIRST, KEYSPACE, this::move);
        commands.add("randomkey", 1, READONLY, Keys.NONE, KEYSPACE, this::randomkey);
        commands.add("keys", 2, READONLY, Keys.NONE, KEYSPACE | DANGEROUS, scan::keys);
        commands.add("scan", -2, READONLY, Keys.NONE, KEYSPACE, scan::scan);
    }

    /** DEL and UNLINK: both hand big values to the release queue, so neither can stall. */
    private void del(Call call) {
        int deleted = 0;
        for (int i = 1; i < call.argc(); i++) {
            Key key = window.key(call, i, 1);
            if (call.db().delete(key)) {
                call.dirty();
                call.notify(KeyspaceEvent.DEL, key);
                deleted++;
            }
            call.doneUpTo(i + 1);
        }
        call.reply().integer(deleted);
    }

    private void exists(Call call) {
        call.reply().integer(count(call, Database.NO_TOUCH));
    }

    private void touch(Call call) {
        // The one look-up that CLIENT NO-TOUCH does not keep from noting the access.
        AccessClock clock = call.keyspace().accessClock();
        boolean quiet = clock.quiet;
        clock.quiet = false;
        call.reply().integer(count(call, 0));
        clock.quiet = quiet;
    }

    private int count(Call call, int how) {
        int found = 0;
        for (int i = 1; i < call.argc(); i++) {
            if (call.db().lookupRead(window.key(call, i, 1), how) != 0) {
                found++;
            }
        }
        return found;
    }

    private void type(Call call) {
        long record = call.db().lookupRead(call.key(1), Database.NO_TOUCH);
        call.reply().simple(record == 0 ? "none" : typeName(record));
    }

    static String typeName(long record) {
        return switch (Record.type(record)) {
            case Record.STRING -> "string";
            case Record.LIST -> "list";
            case Record.SET -> "set";
            case Record.ZSET -> "zset";
            case Record.HASH -> "hash";
            case Record.STREAM -> "stream";
            default -> "unknown";
        };
    }

    private void rename(Call call) {
        existing(call);
        if (!isSame(call, 1, 2)) {
            // An expired target is deleted first: its deletion belongs before this in the stream.
            call.db().lookupWrite(call.key(2));
            rename(call, call.key(1), call.key(2));
        }
        call.reply().ok();
    }

    private void renamenx(Call call) {
        existing(call);
        boolean free = !isSame(call, 1, 2) && call.db().lookupWrite(call.key(2)) == 0;
        if (free) {
            rename(call, call.key(1), call.key(2));
        }
        call.reply().integer(free ? 1 : 0);
    }

    private static void rename(Call call, Key from, Key to) {
        call.db().rename(from, to);
        call.dirty();
        call.notify(KeyspaceEvent.RENAME_FROM, from);
        call.notify(KeyspaceEvent.RENAME_TO, to);
    }

    private static void existing(Call call) {
        if (call.db().lookupWrite(call.key(1)) == 0) {
            throw Errors.NO_SUCH_KEY.error();
        }
    }

    private static boolean isSame(Call call, int i, int j) {
        return call.length(i) == call.length(j)
                && Memory.equal(call.address(i), call.address(j), call.length(i));
    }

    private void copy(Call call) {
        Database to = call.db();
        boolean replace = false;
        for (int i = 3; i < call.argc(); i++) {
            if (call.is(i, TOKEN_REPLACE)) {
                replace = true;
            } else if (call.is(i, TOKEN_DB) && i + 1 < call.argc()) {
                to = DatabaseCommands.database(call, ++i);
            } else {
                throw Errors.syntax();
            }
        }
        if (to == call.db() && isSame(call, 1, 2)) {
            throw Errors.SAME_OBJECT.error();
        }
        Key from = call.key(1);
        boolean copied =
                call.db().lookupRead(from) != 0
                        && (to.lookupWrite(call.key(2)) == 0 || replace)
                        && call.db().copyRecord(from, to, call.key(2));
        if (copied) {
            call.dirty();
            call.notify(KeyspaceEvent.COPY_TO, to, call.key(2));
        }
        call.reply().integer(copied ? 1 : 0);
    }

    private void move(Call call) {
        Database to = DatabaseCommands.database(call, 2);
        if (to == call.db()) {
            throw Errors.SAME_OBJECT.error();
        }
        Key key = call.key(1);
        boolean moved = call.db().lookupWrite(key) != 0 && call.db().moveTo(to, key);
        if (moved) {
            call.dirty();
            call.notify(KeyspaceEvent.MOVE_FROM, key);
            call.notify(KeyspaceEvent.MOVE_TO, to, key);
        }
        call.reply().integer(moved ? 1 : 0);
    }

    private void randomkey(Call call) {
        call.propagateApart();
        long record = call.db().randomKey();
        if (record == 0) {
            call.reply().nullBulk();
        } else {
            call.reply().bulk(Record.keyAddress(record), Record.keyLength(record));
        }
    }
}
