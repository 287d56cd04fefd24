package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.AddressList;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import io.carnelian.server.table.RecordVisitor;
import io.netty.buffer.ByteBuf;

/**
 * KEYS and SCAN. KEYS replies while it visits and just leaves expired keys out. SCAN cannot: its
 * cursor stands before its keys, and it deletes the expired ones, which must not happen during a
 * visit. So the visit lists the records that match, and then they are sorted out. The lists are
 * outside the heap, since COUNT may be as large as the database.
 */
final class KeyScan {
    private final Key key = new Key();
    private final ScanArguments arguments = new ScanArguments();

    void keys(Call call) {
        arguments.pattern(call, 1);
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
        long cursor = ScanArguments.cursor(call, 1);
        arguments.parse(call, 2, true);
        call.propagateApart();
        Database db = call.db();
        AddressList matching = new AddressList(call.keyspace().slabs());
        AddressList wanted = new AddressList(call.keyspace().slabs());
        try {
            long next =
                    db.scan(cursor, arguments.count(), record -> listIfMatching(matching, record));
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

    private boolean matches(long record) {
        return arguments.matches(Record.keyAddress(record), Record.keyLength(record));
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
        String wanted = arguments.type();
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
