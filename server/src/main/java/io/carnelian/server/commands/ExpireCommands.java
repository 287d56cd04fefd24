package io.carnelian.server.commands;

import static io.carnelian.server.command.Categories.KEYSPACE;
import static io.carnelian.server.command.Flags.FAST;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;
import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.CommandError;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;

/**
 * When keys expire: setting the time, reading it, removing it. Whatever unit and base a client
 * uses, a key holds milliseconds since 1970, and that is what is propagated:
 *
 * <pre>
 *   EXPIRE k 10 NX   → PEXPIREAT k 1700000010000 NX
 *   EXPIRE k -1      → DEL k, or UNLINK k with lazyfree-lazy-expire
 * </pre>
 */
public final class ExpireCommands {
    private static final byte[] PEXPIREAT = ascii("PEXPIREAT");

    private static final Token TOKEN_NX = Token.of("NX");
    private static final Token TOKEN_XX = Token.of("XX");
    private static final Token TOKEN_GT = Token.of("GT");
    private static final Token TOKEN_LT = Token.of("LT");

    private static final int NX = 1;
    private static final int XX = 1 << 1;
    private static final int GT = 1 << 2;
    private static final int LT = 1 << 3;

    private static final ErrorReply NX_CONFLICT =
            ErrorReply.of("ERR NX and XX, GT or LT options at the same time are not compatible");
    private static final ErrorReply GT_LT_CONFLICT =
            ErrorReply.of("ERR GT and LT options at the same time are not compatible");

    private static final int NO_KEY = -2;
    private static final int NO_EXPIRY = -1;

    public void addTo(CommandTable commands) {
        commands.add("expire", -3, WRITE | FAST, Keys.FIRST, KEYSPACE, c -> expire(c, true, true));
        commands.add(
                "pexpire", -3, WRITE | FAST, Keys.FIRST, KEYSPACE, c -> expire(c, false, true));
        commands.add(
                "expireat", -3, WRITE | FAST, Keys.FIRST, KEYSPACE, c -> expire(c, true, false));
        commands.add(
                "pexpireat", -3, WRITE | FAST, Keys.FIRST, KEYSPACE, c -> expire(c, false, false));
        commands.add("persist", 2, WRITE | FAST, Keys.FIRST, KEYSPACE, this::persist);
        commands.add("ttl", 2, READONLY | FAST, Keys.FIRST, KEYSPACE, this::ttl);
        commands.add("pttl", 2, READONLY | FAST, Keys.FIRST, KEYSPACE, this::pttl);
        commands.add("expiretime", 2, READONLY | FAST, Keys.FIRST, KEYSPACE, this::expiretime);
        commands.add("pexpiretime", 2, READONLY | FAST, Keys.FIRST, KEYSPACE, this::pexpiretime);
    }

    private void expire(Call call, boolean seconds, boolean relative) {
        int conditions = conditions(call);
        long atMs = time(call, 2, seconds, relative);
        Key key = call.key(1);
        long record = call.db().lookupWrite(key);
        if (record == 0 || !allowed(conditions, Record.expireAt(record), atMs)) {
            call.reply().integer(0);
            return;
        }
        if (isOver(call, atMs)) {
            expireAt(call, key, atMs);
        } else {
            call.db().setExpire(key, atMs);
            call.dirty();
            call.notify(KeyspaceEvent.EXPIRE, key);
            if (seconds || relative) {
                propagate(call, key, atMs);
            }
        }
        call.reply().integer(1);
    }

    private static int conditions(Call call) {
        int given = 0;
        for (int i = 3; i < call.argc(); i++) {
            if (call.is(i, TOKEN_NX)) {
                given |= NX;
            } else if (call.is(i, TOKEN_XX)) {
                given |= XX;
            } else if (call.is(i, TOKEN_GT)) {
                given |= GT;
            } else if (call.is(i, TOKEN_LT)) {
                given |= LT;
            } else {
                throw unsupported(call, i);
            }
        }
        if ((given & NX) != 0 && given != NX) {
            throw NX_CONFLICT.error();
        }
        if ((given & GT) != 0 && (given & LT) != 0) {
            throw GT_LT_CONFLICT.error();
        }
        return given;
    }

    /** Shows the option up to its first zero byte, as C's {@code %s} does. */
    private static CommandError unsupported(Call call, int i) {
        return ErrorReply.of("ERR Unsupported option " + call.shown(i)).error();
    }

    /** No expiry counts as one infinitely far away. */
    private static boolean allowed(int conditions, long current, long atMs) {
        boolean none = current == Record.NEVER;
        return switch (conditions) {
            case 0 -> true;
            case NX -> none;
            case XX -> !none;
            case GT, GT | XX -> !none && atMs > current;
            case LT -> none || atMs < current;
            case LT | XX -> !none && atMs < current;
            default -> throw new IllegalStateException("conditions " + conditions);
        };
    }

    /** The command as PEXPIREAT, its conditions in the client's own spelling. */
    private static void propagate(Call call, Key key, long atMs) {
        CommandBytes effect = call.effects().begin(call.db(), call.argc());
        effect.arg(PEXPIREAT).arg(key.address, key.length).argLong(atMs);
        for (int i = 3; i < call.argc(); i++) {
            effect.arg(call.address(i), call.length(i));
        }
    }

    /**
     * Whether a key that expires then is gone now. Not on a replica: there it waits, hidden, for
     * its primary to delete it.
     */
    private static boolean isOver(Call call, long atMs) {
        return atMs <= call.nowMs() && call.keyspace().expiredKeys() == Keyspace.EXPIRED_DELETE;
    }

    /** Lets an existing key expire at a time, or removes it when that is past; propagates which. */
    static void expireAt(Call call, Key key, long atMs) {
        Database db = call.db();
        if (isOver(call, atMs)) {
            db.delete(key);
            call.effects().removed(db, key);
            call.notify(KeyspaceEvent.DEL, key);
        } else {
            db.setExpire(key, atMs);
            call.effects().begin(db, 3).arg(PEXPIREAT).arg(key.address, key.length).argLong(atMs);
            call.notify(KeyspaceEvent.EXPIRE, key);
        }
        call.dirty();
    }

    private void persist(Call call) {
        Key key = call.key(1);
        boolean persisted = call.db().lookupWrite(key) != 0 && call.db().persist(key);
        if (persisted) {
            call.dirty();
            call.notify(KeyspaceEvent.PERSIST, key);
        }
        call.reply().integer(persisted ? 1 : 0);
    }

    private void ttl(Call call) {
        long atMs = expiry(call);
        call.reply().integer(atMs < 0 ? atMs : seconds(left(call, atMs)));
    }

    private void pttl(Call call) {
        long atMs = expiry(call);
        call.reply().integer(atMs < 0 ? atMs : left(call, atMs));
    }

    private void expiretime(Call call) {
        long atMs = expiry(call);
        call.reply().integer(atMs < 0 ? atMs : seconds(atMs));
    }

    private void pexpiretime(Call call) {
        call.reply().integer(expiry(call));
    }

    /** Milliseconds since 1970, or what is replied for a key without expiry and for no key. */
    private static long expiry(Call call) {
        long record = call.db().lookupRead(call.key(1), Database.NO_TOUCH);
        if (record == 0) {
            return NO_KEY;
        }
        return Record.hasExpiry(record) ? Record.expireAt(record) : NO_EXPIRY;
    }

    private static long left(Call call, long atMs) {
        return Math.max(0, atMs - call.nowMs());
    }

    /** Rounded half up, without overflow. */
    private static long seconds(long ms) {
        return ms / 1000 + (ms % 1000 >= 500 ? 1 : 0);
    }

    /** As {@link #time}, of an argument that must be positive. */
    static long positiveTime(Call call, int i, boolean seconds, boolean relative) {
        if (call.longArg(i) <= 0) {
            throw Errors.invalidExpire(call.command().name()).error();
        }
        return time(call, i, seconds, relative);
    }

    /**
     * A time argument in milliseconds since 1970.
     *
     * @param seconds its unit; else milliseconds
     * @param relative counted from now; else from 1970
     */
    private static long time(Call call, int i, boolean seconds, boolean relative) {
        long v = call.longArg(i);
        long unit = seconds ? 1000 : 1;
        long base = relative ? call.nowMs() : 0;
        if (v > (Long.MAX_VALUE - base) / unit || v < Long.MIN_VALUE / unit) {
            throw Errors.invalidExpire(call.command().name()).error();
        }
        return v * unit + base;
    }
}
