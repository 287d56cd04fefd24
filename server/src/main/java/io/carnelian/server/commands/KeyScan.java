package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.AddressList;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Glob;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * KEYS and SCAN. KEYS replies while it visits and just leaves expired keys out. SCAN cannot: its
 * cursor stands before its keys, and it deletes the expired ones, which must not happen during a
 * visit. So the visit lists the records that match, and then they are sorted out. The lists are
 * outside the heap, since COUNT may be as large as the database.
 */
final class KeyScan {
    private static final Token TOKEN_COUNT = Token.of("COUNT");
    private static final Token TOKEN_MATCH = Token.of("MATCH");
    private static final Token TOKEN_TYPE = Token.of("TYPE");

    private static final int DEFAULT_COUNT = 10;

    private final Key key = new Key();
    private @Nullable Glob pattern;
    private @Nullable String type;
    private int count;

    void keys(Call call) {
        pattern = pattern(call, 1);
        Database db = call.db();
        Reply reply = call.reply();
        ByteBuf place = reply.deferArray();
        KeysVisitor visitor = new KeysVisitor(db, reply);
        db.forEach(visitor);
        reply.endArray(place, visitor.replied);
    }

    private final class KeysVisitor implements RecordVisitor {
        private final Database db;
        private final Reply reply;
        private long replied;

        KeysVisitor(Database db, Reply reply) {
            this.db = db;
            this.reply = reply;
        }

        @Override
        public void visit(long record) {
            if (matches(record) && !db.isExpired(record)) {
                reply.bulk(Record.keyAddress(record), Record.keyLength(record));
                replied++;
            }
        }
    }

    void scan(Call call) {
        long cursor = cursor(call, 1);
        parseOptions(call);
        call.propagateApart();
        Database db = call.db();
        AddressList matching = new AddressList(call.keyspace().slabs());
        AddressList wanted = new AddressList(call.keyspace().slabs());
        try {
            long next = db.scan(cursor, count, record -> listIfMatching(matching, record));
            while (!matching.isEmpty()) {
                long record = matching.removeLast();
                if (isWanted(db, record)) {
                    wanted.add(record);
                }
            }
            reply(call.reply(), next, wanted);
        } finally {
            drop(matching);
            drop(wanted);
        }
    }

    private void parseOptions(Call call) {
        pattern = null;
        type = null;
        count = DEFAULT_COUNT;
        for (int i = 2; i < call.argc(); i += 2) {
            if (i + 1 == call.argc()) {
                throw Errors.syntax();
            }
            if (call.is(i, TOKEN_COUNT)) {
                long wish = call.longArg(i + 1);
                if (wish < 1) {
                    throw Errors.syntax();
                }
                count = (int) Math.min(wish, Integer.MAX_VALUE);
            } else if (call.is(i, TOKEN_MATCH)) {
                pattern = pattern(call, i + 1);
            } else if (call.is(i, TOKEN_TYPE)) {
                type = call.string(i + 1);
            } else {
                throw Errors.syntax();
            }
        }
    }

    /** A lone star is no pattern at all: it matches the empty key, too. */
    private static @Nullable Glob pattern(Call call, int i) {
        boolean star = call.length(i) == 1 && Memory.getByte(call.address(i)) == '*';
        return star ? null : Glob.of(call.bytes(i));
    }

    /**
     * A cursor as C's {@code strtoul} reads it, with which clients have got away since ever: up to
     * the first zero byte, a sign allowed, nothing for 0, 64 bits unsigned.
     */
    private static long cursor(Call call, int i) {
        String text = call.string(i);
        int zero = text.indexOf(0);
        String digits = zero < 0 ? text : text.substring(0, zero);
        boolean negative = digits.startsWith("-");
        if (digits.isEmpty()) {
            return 0;
        }
        try {
            long value = Long.parseUnsignedLong(negative ? digits.substring(1) : digits);
            return negative ? -value : value;
        } catch (NumberFormatException e) {
            throw Errors.INVALID_CURSOR.error();
        }
    }

    private boolean matches(long record) {
        Glob wanted = pattern;
        return wanted == null
                || wanted.matches(Record.keyAddress(record), Record.keyLength(record));
    }

    private void listIfMatching(AddressList matching, long record) {
        if (matches(record)) {
            matching.add(record);
        }
    }

    /**
     * Deletes an expired key, as every access does. With TYPE it counts as a lookup, as in Redis.
     */
    private boolean isWanted(Database db, long record) {
        String wanted = type;
        if (wanted == null) {
            return !db.isExpired(record) || db.peek(key.setRecord(record)) != 0;
        }
        return db.lookupRead(key.setRecord(record), Database.NO_TOUCH) != 0
                && wanted.equalsIgnoreCase(KeyCommands.typeName(record));
    }

    private static void reply(Reply reply, long cursor, AddressList keys) {
        reply.array(2);
        reply.bulkLong(cursor);
        reply.array(keys.size());
        while (!keys.isEmpty()) {
            long record = keys.removeLast();
            reply.bulk(Record.keyAddress(record), Record.keyLength(record));
        }
    }

    private static void drop(AddressList list) {
        while (!list.isEmpty()) {
            list.removeLast();
        }
    }
}
