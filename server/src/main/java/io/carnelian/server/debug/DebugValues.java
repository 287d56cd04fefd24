package io.carnelian.server.debug;

import io.carnelian.server.command.Call;
import io.carnelian.server.commands.ObjectCommands;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Decimal;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.ScoreCursor;
import io.carnelian.server.table.ScoredTable;
import io.carnelian.server.table.Table;
import io.carnelian.server.table.TableScan;

/**
 * The subcommands of DEBUG that show how a value is kept: OBJECT, SDSLEN, LISTPACK, QUICKLIST,
 * HTSTATS-KEY. Their replies have the form of redis-server's where clients read them (OBJECT,
 * SDSLEN); what redis-server prints to its standard output, where nobody looks, the client is told
 * here, and never more than {@link #MAX_LINES} lines of it.
 *
 * <p>Only looked at: nothing here changes a value, notes an access or deletes an expired key that
 * OBJECT or SDSLEN ask for.
 */
final class DebugValues {
    private static final ErrorReply NO_TABLE =
            ErrorReply.of(
                    "ERR The value stored at the specified key is not represented using an hash"
                            + " table");
    private static final ErrorReply NO_TEXT = ErrorReply.of("ERR Not an sds encoded string.");
    private static final ErrorReply NO_LISTPACK =
            ErrorReply.of("ERR Not a listpack encoded object.");
    private static final ErrorReply NO_QUICKLIST =
            ErrorReply.of("ERR Not a quicklist encoded object.");

    /** Lines about the parts of one value. */
    private static final int MAX_LINES = 1000;

    private final ObjectCommands objects;

    DebugValues(ObjectCommands objects) {
        this.objects = objects;
    }

    void addTo(DebugCommands debug) {
        debug.add("object", 3, 4, this::object);
        debug.add("sdslen", 3, 3, DebugValues::textLengths);
        debug.add("listpack", 3, 3, DebugValues::listpack);
        debug.add("quicklist", 3, 4, DebugValues::quicklist);
        debug.add("htstats-key", 3, 3, DebugValues::tableOfKey);
    }

    private void object(Call call) {
        long record = whateverItsTime(call);
        int clock = Record.clock(record);
        call.reply()
                .simple(
                        "Value at:0x"
                                + Long.toHexString(record)
                                + " refcount:"
                                + objects.owners(record)
                                + " encoding:"
                                + objects.encodingName(record)
                                + " serializedlength:"
                                + serializedLength(record)
                                + " lru:"
                                + AccessClock.shown(clock)
                                + " lru_seconds_idle:"
                                + call.keyspace().accessClock().shownIdleSeconds(clock));
    }

    /** The record of the key, though its time may be over: a replica keeps such keys. */
    private static long whateverItsTime(Call call) {
        Keyspace keyspace = call.keyspace();
        boolean frozen = keyspace.isFrozen();
        keyspace.freeze(false);
        int before = keyspace.expiredKeys();
        keyspace.expiredKeys(Keyspace.EXPIRED_IGNORE);
        try {
            return found(call);
        } finally {
            keyspace.expiredKeys(before);
            keyspace.freeze(frozen);
        }
    }

    /** Bytes of the value in an RDB file that is not compressed. */
    private static long serializedLength(long record) {
        long value = Record.valueAddress(record);
        int length = Record.valueLength(record);
        if (Record.encoding(record) == Record.INT) {
            return integerBytes(Record.number(record));
        }
        if (Record.encoding(record) == Record.SKIPLIST) {
            return scoredLength(value);
        }
        if (Record.encoding(record) != Record.HASHTABLE) {
            return headerBytes(length) + length;
        }
        boolean withValues = Record.type(record) == Record.HASH;
        long[] bytes = {headerBytes(Table.countOf(value))};
        TableScan.forEach(
                Table.rootOf(value),
                Table.rootDepthOf(value),
                each -> {
                    bytes[0] += textBytes(Record.keyAddress(each), Record.keyLength(each));
                    if (withValues) {
                        bytes[0] += textBytes(Record.valueAddress(each), Record.valueLength(each));
                    }
                });
        return bytes[0];
    }

    private static long scoredLength(long handle) {
        long count = ScoredTable.countOf(handle);
        long bytes = headerBytes(count) + count * Double.BYTES;
        ScoreCursor cursor = new ScoreCursor();
        for (long i = 0; i < count; i++) {
            if (i == 0) {
                cursor.seek(ScoredTable.scoresOf(handle), 0);
            } else {
                cursor.next();
            }
            long member = cursor.member();
            bytes += textBytes(Record.keyAddress(member), Record.keyLength(member));
        }
        return bytes;
    }

    private static long textBytes(long address, int length) {
        return Decimal.isCanonical(address, length)
                ? integerBytes(Decimal.parse(address, length))
                : headerBytes(length) + length;
    }

    private static long integerBytes(long v) {
        if (v >= Byte.MIN_VALUE && v <= Byte.MAX_VALUE) {
            return 2;
        }
        if (v >= Short.MIN_VALUE && v <= Short.MAX_VALUE) {
            return 3;
        }
        return v >= Integer.MIN_VALUE && v <= Integer.MAX_VALUE ? 5 : 1 + Numbers.digits(v);
    }

    private static long headerBytes(long length) {
        return length < 1 << 6 ? 1 : length < 1 << 14 ? 2 : 5;
    }

    /** Key and value lie in one piece of memory: what is spare in it belongs to the value. */
    private static void textLengths(Call call) {
        long record = whateverItsTime(call);
        if (Record.type(record) != Record.STRING || Record.encoding(record) == Record.INT) {
            throw NO_TEXT.error();
        }
        long memory = call.keyspace().slabs().usableSize(record);
        int length = Record.valueLength(record);
        long before = Record.valueAddress(record) - record;
        call.reply()
                .simple(
                        "key_sds_len:"
                                + Record.keyLength(record)
                                + ", key_sds_avail:0, key_zmalloc: "
                                + before
                                + ", val_sds_len:"
                                + length
                                + ", val_sds_avail:"
                                + (memory - before - length)
                                + ", val_zmalloc: "
                                + (memory - before));
    }

    private static void listpack(Call call) {
        long record = found(call);
        boolean packed = Record.encoding(record) == Record.LISTPACK;
        if (!packed || Record.type(record) == Record.LIST) {
            throw NO_LISTPACK.error();
        }
        long pack = Record.valueAddress(record);
        int count = Listpack.count(pack);
        StringBuilder text = new StringBuilder();
        text.append("bytes: ").append(Listpack.bytes(pack));
        text.append(" entries: ").append(count).append('\n');
        long entry = Listpack.first(pack);
        for (int i = 0; i < Math.min(count, MAX_LINES); i++) {
            long next = Listpack.next(entry);
            text.append("entry ").append(i).append(" at ").append(entry - pack);
            text.append(" bytes: ").append(next - entry);
            if (Listpack.isInteger(entry)) {
                text.append(" integer: ").append(Listpack.integer(entry)).append('\n');
            } else {
                text.append(" text of ").append(Listpack.stringLength(entry)).append('\n');
            }
            entry = next;
        }
        call.reply().verbatim("txt", Reply.ascii(text.toString()));
    }

    /** A short list is one chunk, which lies in the record. */
    private static void quicklist(Call call) {
        long record = found(call);
        if (Record.type(record) != Record.LIST) {
            throw NO_QUICKLIST.error();
        }
        boolean packed = Record.encoding(record) == Record.LISTPACK;
        long value = Record.valueAddress(record);
        StringBuilder text = new StringBuilder();
        text.append("elements: ").append(packed ? Listpack.count(value) : Quicklist.count(value));
        text.append(" chunks: ").append(packed ? 1 : Quicklist.chunks(value));
        text.append(" bytes: ").append(packed ? Listpack.bytes(value) : Quicklist.bytes(value));
        text.append('\n');
        if (call.argc() == 4 && DebugCommands.isOne(call, 3)) {
            int[] number = {0};
            if (packed) {
                chunk(text, number, value);
            } else {
                Quicklist.forEachPack(value, pack -> chunk(text, number, pack));
            }
        }
        call.reply().verbatim("txt", Reply.ascii(text.toString()));
    }

    private static void chunk(StringBuilder text, int[] number, long pack) {
        int i = number[0]++;
        if (i < MAX_LINES) {
            text.append("chunk ").append(i).append(" elements: ").append(Listpack.count(pack));
            text.append(" bytes: ").append(Listpack.bytes(pack)).append('\n');
        }
    }

    private static void tableOfKey(Call call) {
        long record = found(call);
        if (Record.encoding(record) != Record.HASHTABLE) {
            throw NO_TABLE.error();
        }
        long members = Table.countOf(Record.valueAddress(record));
        String text = "[Dictionary HT]\n number of elements: " + members + "\n";
        call.reply().verbatim("txt", Reply.ascii(text));
    }

    private static long found(Call call) {
        long record = call.db().peek(call.key(2));
        if (record == 0) {
            throw Errors.NO_SUCH_KEY.error();
        }
        return record;
    }
}
