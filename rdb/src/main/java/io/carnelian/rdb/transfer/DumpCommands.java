package io.carnelian.rdb.transfer;

import static io.carnelian.server.command.Categories.DANGEROUS;
import static io.carnelian.server.command.Categories.KEYSPACE;
import static io.carnelian.server.command.Flags.ASKING;
import static io.carnelian.server.command.Flags.DENYOOM;
import static io.carnelian.server.command.Flags.READONLY;
import static io.carnelian.server.command.Flags.WRITE;

import io.carnelian.rdb.RdbConfig;
import io.carnelian.rdb.RdbLog;
import io.carnelian.rdb.format.ArrayBlob;
import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbEntries;
import io.carnelian.rdb.format.RdbReader;
import io.carnelian.rdb.load.MemoryBlob;
import io.carnelian.rdb.load.ValueLimits;
import io.carnelian.rdb.load.ValueReader;
import io.carnelian.server.command.Call;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.command.Keys;
import io.carnelian.server.debug.DebugCommands;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.notify.KeyspaceEvent;
import io.carnelian.server.resp.CommandBytes;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import java.io.IOException;

/**
 * DUMP and RESTORE. A payload may come from anybody: it is checked whole, whatever {@code
 * sanitize-dump-payload} says; the setting only adds the search for elements that are there twice.
 *
 * <p>The value is built apart and put at its key when it is whole, so a payload that is refused has
 * changed nothing.
 */
public final class DumpCommands {
    private static final ErrorReply BUSY_KEY =
            ErrorReply.of("BUSYKEY Target key name already exists.");
    private static final ErrorReply INVALID_TTL =
            ErrorReply.of("ERR Invalid TTL value, must be >= 0");
    private static final ErrorReply INVALID_IDLETIME =
            ErrorReply.of("ERR Invalid IDLETIME value, must be >= 0");
    private static final ErrorReply INVALID_FREQ =
            ErrorReply.of("ERR Invalid FREQ value, must be >= 0 and <= 255");
    private static final ErrorReply NOT_WHOLE =
            ErrorReply.of("ERR DUMP payload version or checksum are wrong");
    private static final ErrorReply BAD_DATA = ErrorReply.of("ERR Bad data format");

    private static final Token REPLACE = Token.of("REPLACE");
    private static final Token ABSTTL = Token.of("ABSTTL");
    private static final Token IDLETIME = Token.of("IDLETIME");
    private static final Token FREQ = Token.of("FREQ");
    private static final byte[] ABSTTL_WORD = {'A', 'B', 'S', 'T', 'T', 'L'};

    private static final int OPTIONS = 4;
    private static final int MAX_FREQ = 255;
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int MAX_SHOWN_BYTES = 256;

    private final Keyspace keyspace;
    private final RdbConfig config;
    private final RdbLog log;
    private final Payloads payloads;
    private final MemoryInput input = new MemoryInput();
    private final RdbReader reader = new RdbReader(input, BUFFER_BYTES, false);
    private final ValueReader values;
    private boolean checksum = true;

    public DumpCommands(
            Keyspace keyspace,
            ValueLimits limits,
            RdbConfig config,
            RdbLog log,
            Payloads payloads) {
        this.keyspace = keyspace;
        this.log = log;
        this.config = config;
        this.payloads = payloads;
        this.values = new ValueReader(keyspace, limits, reader);
    }

    public void addTo(CommandTable commands) {
        int dangerous = KEYSPACE | DANGEROUS;
        int write = WRITE | DENYOOM;
        commands.add("dump", 2, READONLY, Keys.FIRST, KEYSPACE, this::dump);
        commands.add("restore", -4, write, Keys.FIRST, dangerous, this::restore);
        commands.add("restore-asking", -4, write | ASKING, Keys.FIRST, dangerous, this::restore);
    }

    public void addTo(DebugCommands debug) {
        debug.add(
                "set-skip-checksum-validation",
                3,
                3,
                call -> {
                    checksum = call.longArg(2) == 0;
                    call.reply().ok();
                });
    }

    private void dump(Call call) {
        long record = call.db().lookupRead(call.key(1));
        if (record == 0) {
            call.reply().nullBulk();
            return;
        }
        ByteBuf payload =
                payloads.dump(record, config.saveVersion.intValue(), config.compression.on);
        try {
            call.reply().bulk(payload.memoryAddress(), payload.readableBytes());
        } finally {
            payload.release();
        }
    }

    private void restore(Call call) {
        boolean replace = false;
        boolean absolute = false;
        long idleSeconds = -1;
        long frequency = -1;
        for (int i = OPTIONS; i < call.argc(); i++) {
            boolean more = i + 1 < call.argc();
            if (call.is(i, REPLACE)) {
                replace = true;
            } else if (call.is(i, ABSTTL)) {
                absolute = true;
            } else if (call.is(i, IDLETIME) && more && frequency == -1) {
                idleSeconds = call.longArg(++i);
                if (idleSeconds < 0) {
                    throw INVALID_IDLETIME.error();
                }
            } else if (call.is(i, FREQ) && more && idleSeconds == -1) {
                frequency = call.longArg(++i);
                if (frequency < 0 || frequency > MAX_FREQ) {
                    throw INVALID_FREQ.error();
                }
            } else {
                throw Errors.syntax();
            }
        }
        Key key = call.key(1);
        if (!replace && call.db().lookupWrite(key) != 0) {
            throw BUSY_KEY.error();
        }
        long ttl = call.longArg(2);
        if (ttl < 0) {
            throw INVALID_TTL.error();
        }
        if (!payloads.isWhole(call.address(3), call.length(3), checksum)) {
            throw NOT_WHOLE.error();
        }
        long expireAtMs = ttl == 0 ? Record.NEVER : absolute ? ttl : later(call.nowMs(), ttl);
        try {
            restore(call, key, expireAtMs);
        } finally {
            values.close();
        }
        if (idleSeconds != -1 || frequency != -1) {
            noteUse(call, key, idleSeconds, (int) frequency);
        }
        if (call.changes() != 0 && ttl != 0 && !absolute && call.db().peek(key) != 0) {
            tellAbsolute(call, expireAtMs);
        }
        call.reply().ok();
    }

    private static long later(long nowMs, long ttl) {
        return ttl > Long.MAX_VALUE - nowMs ? Long.MAX_VALUE : nowMs + ttl;
    }

    /** Reads the value and puts it at the key. */
    private void restore(Call call, Key key, long expireAtMs) {
        reader.restart(input.over(call.address(3), (long) call.length(3) - Payloads.FOOTER_BYTES));
        values.deep(!config.sanitizeDumpPayload.is("no"));
        MemoryBlob string = null;
        long made = 0;
        try {
            int type = reader.readByte();
            if (type == Opcodes.TYPE_STRING) {
                string = values.string();
            } else if (Opcodes.typeName(type) == null) {
                throw BAD_DATA.error();
            } else {
                made = values.read(type);
            }
        } catch (IOException damaged) {
            log.refused(shownKey(call), String.valueOf(damaged.getMessage()));
            throw BAD_DATA.error();
        }
        if (string == null && made == 0) {
            log.refused(shownKey(call), "the value is empty");
            throw BAD_DATA.error();
        }
        if (expireAtMs != Record.NEVER && expireAtMs <= call.nowMs() && deletesExpired()) {
            if (made != 0) {
                keyspace.values().discard(made);
            }
            if (call.db().delete(key)) {
                call.effects().removed(call.db(), key);
                call.notify(KeyspaceEvent.DEL, key);
                call.dirty();
            }
            return;
        }
        if (string != null) {
            call.db().setString(key, string.address(), string.size(), expireAtMs);
        } else {
            // What was there goes first, so that the key counts as new: somebody may wait for it.
            var _ = call.db().delete(key);
            keyspace.values().put(call.db(), key, made, expireAtMs);
        }
        call.notify(KeyspaceEvent.RESTORE, key);
        call.dirty();
    }

    private static String shownKey(Call call) {
        byte[] bytes = new byte[Math.min(call.length(1), MAX_SHOWN_BYTES)];
        Memory.copyOut(call.address(1), bytes, 0, bytes.length);
        ArrayBlob name = new ArrayBlob(MAX_SHOWN_BYTES);
        name.put(bytes, 0, bytes.length);
        return RdbEntries.shown(name);
    }

    /**
     * Not while a file is loaded, and not what a primary tells: what comes next there may be that
     * the key stays.
     */
    private boolean deletesExpired() {
        int treatment = keyspace.expiredKeys();
        return treatment == Keyspace.EXPIRED_DELETE
                || (treatment == Keyspace.EXPIRED_HIDE && keyspace.isFrozen());
    }

    private void noteUse(Call call, Key key, long idleSeconds, int frequency) {
        AccessClock clock = keyspace.accessClock();
        long record = call.db().peek(key);
        if (record == 0) {
            return;
        }
        if (clock.isLfu() && frequency >= 0) {
            Record.setClock(record, clock.withFrequency(frequency));
        } else if (!clock.isLfu() && idleSeconds >= 0) {
            Record.setClock(record, clock.idleSince(idleSeconds));
        }
    }

    /** A replica that hears of it later must not count the time to live from then on. */
    private static void tellAbsolute(Call call, long expireAtMs) {
        CommandBytes told = call.effects().begin(call.db(), call.argc() + 1);
        for (int i = 0; i < call.argc(); i++) {
            if (i == 2) {
                told.argLong(expireAtMs);
            } else {
                told.arg(call.address(i), call.length(i));
            }
        }
        told.arg(ABSTTL_WORD);
    }
}
