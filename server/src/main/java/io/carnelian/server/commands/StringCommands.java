package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.STRING;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;

/**
 * Strings as whole values: GET, SET and what combines them. Parts of strings are in {@link
 * StringRangeCommands}, numbers in {@link CounterCommands}.
 *
 * <p>What is propagated never depends on when it is replayed: a relative expiry becomes {@code PXAT
 * ms}, a read that changes becomes the change alone.
 *
 * <pre>
 *   SET k v EX 10 GET   → SET k v PXAT 1700000010000     GETEX k EX 10    → PEXPIREAT k 17…
 *   SET k v XX GET      → SET k v XX                     GETEX k PERSIST  → PERSIST k
 *   SETEX k 10 v        → SET k v PXAT 1700000010000     GETEX k EXAT 1   → DEL k
 *   GETSET k v          → SET k v                        GETDEL k         → DEL k
 * </pre>
 */
public final class StringCommands {
    private static final byte[] SET = ascii("SET");
    private static final byte[] PXAT = ascii("PXAT");
    private static final byte[] PERSIST = ascii("PERSIST");

    private final SetOptions options = new SetOptions();
    private final KeyWindow window = new KeyWindow();

    public void addTo(CommandTable commands) {
        commands.add("get", 2, READONLY | FAST, Keys.FIRST, STRING, this::get);
        commands.add("set", -3, WRITE | DENYOOM, Keys.FIRST, STRING, this::set);
        commands.add("setnx", 3, WRITE | DENYOOM | FAST, Keys.FIRST, STRING, this::setnx);
        commands.add("setex", 4, WRITE | DENYOOM, Keys.FIRST, STRING, this::setex);
        commands.add("psetex", 4, WRITE | DENYOOM, Keys.FIRST, STRING, this::psetex);
        commands.add("getset", 3, WRITE | DENYOOM | FAST, Keys.FIRST, STRING, this::getset);
        commands.add("getdel", 2, WRITE | FAST, Keys.FIRST, STRING, this::getdel);
        commands.add("getex", -2, WRITE | FAST, Keys.FIRST, STRING, this::getex);
        commands.add("mget", -2, READONLY | FAST, Keys.ALL, STRING, this::mget);
        commands.add("mset", -3, WRITE | DENYOOM, Keys.PAIRS, STRING, this::mset);
        commands.add("msetnx", -3, WRITE | DENYOOM, Keys.PAIRS, STRING, this::msetnx);
    }

    private void get(Call call) {
        long record = call.db().lookupRead(call.key(1));
        Strings.check(record);
        Strings.reply(call.reply(), record);
    }

    private void set(Call call) {
        if (call.argc() == 3) {
            call.db().setString(call.key(1), call.address(2), call.length(2), 0);
            call.dirty();
            call.notify(KeyspaceEvent.SET, call.key(1));
            call.reply().ok();
            return;
        }
        options.parseSet(call);
        long expireAtMs = options.hasTime() ? options.expireAtMs(call) : Record.NEVER;
        Key key = call.key(1);
        boolean wanted = true;
        if (options.get()) {
            long record = call.db().lookupRead(key);
            Strings.check(record);
            Strings.reply(call.reply(), record);
            wanted = allows(record);
        } else if (options.onlyIfAbsent() || options.onlyIfPresent()) {
            wanted = allows(call.db().lookupWrite(key));
        }
        if (wanted) {
            store(call, key, expireAtMs);
        }
        if (!options.get()) {
            if (wanted) {
                call.reply().ok();
            } else {
                call.reply().nullBulk();
            }
        }
    }

    private boolean allows(long record) {
        return record == 0 ? !options.onlyIfPresent() : !options.onlyIfAbsent();
    }

    private void store(Call call, Key key, long expireAtMs) {
        if (expireAtMs != Record.NEVER) {
            setUntil(call, key, 2, expireAtMs);
            return;
        }
        call.db()
                .setString(
                        key,
                        call.address(2),
                        call.length(2),
                        options.keepTtl() ? Database.KEEP_TTL : 0);
        call.dirty();
        call.notify(KeyspaceEvent.SET, key);
        if (options.get()) {
            propagateWithoutGet(call);
        }
    }

    /** {@code SET k v XX GET} as {@code SET k v XX}: nobody reads the reply of what is replayed. */
    private static void propagateWithoutGet(Call call) {
        int argc = 0;
        for (int i = 0; i < call.argc(); i++) {
            argc += SetOptions.isGet(call, i) ? 0 : 1;
        }
        CommandBytes effect = call.effects().begin(call.db(), argc);
        for (int i = 0; i < call.argc(); i++) {
            if (!SetOptions.isGet(call, i)) {
                effect.arg(call.address(i), call.length(i));
            }
        }
    }

    /** Sets the key to argument {@code value} with an expiry. */
    private static void setUntil(Call call, Key key, int value, long expireAtMs) {
        long address = call.address(value);
        int length = call.length(value);
        call.db().setString(key, address, length, expireAtMs);
        call.dirty();
        call.notify(KeyspaceEvent.SET, key);
        call.notify(KeyspaceEvent.EXPIRE, key);
        call.effects()
                .begin(call.db(), 5)
                .arg(SET)
                .arg(key.address, key.length)
                .arg(address, length)
                .arg(PXAT)
                .argLong(expireAtMs);
    }

    private void setnx(Call call) {
        Key key = call.key(1);
        if (call.db().lookupWrite(key) != 0) {
            call.reply().integer(0);
            return;
        }
        call.db().setString(key, call.address(2), call.length(2), 0);
        call.dirty();
        call.notify(KeyspaceEvent.SET, key);
        call.reply().integer(1);
    }

    private void setex(Call call) {
        setUntil(call, call.key(1), 3, ExpireCommands.positiveTime(call, 2, true, true));
        call.reply().ok();
    }

    private void psetex(Call call) {
        setUntil(call, call.key(1), 3, ExpireCommands.positiveTime(call, 2, false, true));
        call.reply().ok();
    }

    private void getset(Call call) {
        Key key = call.key(1);
        long record = call.db().lookupRead(key);
        Strings.check(record);
        Strings.reply(call.reply(), record);
        call.db().setString(key, call.address(2), call.length(2), 0);
        call.dirty();
        call.notify(KeyspaceEvent.SET, key);
        call.effects()
                .begin(call.db(), 3)
                .arg(SET)
                .arg(key.address, key.length)
                .arg(call.address(2), call.length(2));
    }

    private void getdel(Call call) {
        Key key = call.key(1);
        long record = call.db().lookupRead(key);
        Strings.check(record);
        Strings.reply(call.reply(), record);
        if (record != 0) {
            call.db().delete(key);
            call.dirty();
            call.notify(KeyspaceEvent.DEL, key);
            call.effects().deleted(call.db(), key);
        }
    }

    private void getex(Call call) {
        options.parseGetex(call);
        Key key = call.key(1);
        Database db = call.db();
        long record = db.lookupRead(key);
        Strings.check(record);
        if (record == 0) {
            call.reply().nullBulk();
            return;
        }
        long expireAtMs = options.hasTime() ? options.expireAtMs(call) : Record.NEVER;
        Strings.reply(call.reply(), record);
        if (expireAtMs != Record.NEVER) {
            ExpireCommands.expireAt(call, key, expireAtMs);
        } else if (options.persist() && db.persist(key)) {
            call.dirty();
            call.notify(KeyspaceEvent.PERSIST, key);
            call.effects().begin(db, 2).arg(PERSIST).arg(key.address, key.length);
        }
    }

    private void mget(Call call) {
        int argc = call.argc();
        Database db = call.db();
        call.reply().array(argc - 1);
        for (int i = 1; i < argc; i++) {
            long record = db.lookupRead(window.key(call, i, 1));
            boolean string = record != 0 && Record.type(record) == Record.STRING;
            Strings.reply(call.reply(), string ? record : 0);
        }
    }

    private void mset(Call call) {
        checkPairs(call);
        setPairs(call);
        call.reply().ok();
    }

    private void msetnx(Call call) {
        checkPairs(call);
        for (int i = 1; i < call.argc(); i += 2) {
            if (call.db().lookupWrite(window.key(call, i, 2)) != 0) {
                call.reply().integer(0);
                return;
            }
        }
        setPairs(call);
        call.reply().integer(1);
    }

    private static void checkPairs(Call call) {
        if (call.argc() % 2 == 0) {
            throw Errors.arity(call.command().name()).error();
        }
    }

    private void setPairs(Call call) {
        for (int i = 1; i < call.argc(); i += 2) {
            Key key = window.key(call, i, 2);
            call.db().setString(key, call.address(i + 1), call.length(i + 1), 0);
            call.dirty();
            call.doneUpTo(i + 2);
            call.notify(KeyspaceEvent.SET, key);
        }
    }
}
