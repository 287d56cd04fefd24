package io.carnelian.rdb.load;

import io.carnelian.rdb.format.ArrayBlob;
import io.carnelian.rdb.format.RdbEntries;
import io.carnelian.rdb.format.RdbFormatException;
import io.carnelian.server.eviction.AccessClock;
import io.carnelian.server.memory.Hash;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Values;
import io.carnelian.server.table.Record;

/**
 * Entries of one database that were read and wait for their place in it. The slot of a key is
 * nearly always out of the caches; with so many keys known, their slots are fetched at once, before
 * the first is needed.
 *
 * <pre>
 *   reader ──► bytes │key value│key value│key│…    hash[i] ──► touchRoom, all ──► put, one by one
 *                                     made[i] ──► a big collection, built apart
 * </pre>
 */
final class EntryBatch {
    private static final int ENTRIES = 32;
    private static final int BYTES = 32 * 1024;

    private final Keyspace keyspace;
    private final Values values;
    private final boolean merge;
    private final Key key = new Key();
    private final long room;
    private int used;
    private int count;
    private int db;
    private final long[] hash = new long[ENTRIES];
    private final long[] keyAddress = new long[ENTRIES];
    private final int[] keyLength = new int[ENTRIES];
    private final long[] value = new long[ENTRIES];
    private final int[] valueLength = new int[ENTRIES];
    private final int[] type = new int[ENTRIES];
    private final int[] encoding = new int[ENTRIES];
    private final long[] made = new long[ENTRIES];
    private final long[] expireAtMs = new long[ENTRIES];
    private final long[] idleSeconds = new long[ENTRIES];
    private final int[] frequency = new int[ENTRIES];
    private final long[] offset = new long[ENTRIES];

    /** A collection that was taken while what came before it is put into the database, or 0. */
    private long incoming;

    /** With {@code merge}, a key that is there already is replaced; it is damage otherwise. */
    EntryBatch(Keyspace keyspace, boolean merge) {
        this.keyspace = keyspace;
        this.values = keyspace.values();
        this.merge = merge;
        this.room = keyspace.slabs().allocate(BYTES);
    }

    /**
     * Takes an entry, whose bytes are copied, and puts what waits into the database when there is
     * no room for it.
     *
     * @param from has the value if that is packed
     * @param record a collection that belongs to no database, and to this batch from now on; or
     *     {@link ValueReader#PACKED}
     * @param at where in the file the entry ends, for a message
     */
    void add(RdbEntries entry, MemoryBlob name, ValueReader from, long record, long at)
            throws RdbFormatException {
        boolean packed = record == ValueReader.PACKED;
        MemoryBlob pack = from.pack();
        incoming = packed ? 0 : record;
        long bytes = name.length() + (packed ? pack.length() : 0);
        if (count == ENTRIES || entry.db() != db || used + bytes > BYTES) {
            putAll();
        }
        db = entry.db();
        int i = count++;
        made[i] = incoming;
        incoming = 0;
        boolean copied = bytes <= BYTES;
        keyLength[i] = name.size();
        keyAddress[i] = copied ? copy(name) : name.address();
        hash[i] = Hash.of(keyAddress[i], keyLength[i]);
        if (packed) {
            valueLength[i] = pack.size();
            value[i] = copied ? copy(pack) : pack.address();
            type[i] = from.packType();
            encoding[i] = from.packEncoding();
        }
        expireAtMs[i] = entry.expireAtMs();
        idleSeconds[i] = entry.idleSeconds();
        frequency[i] = entry.frequency();
        offset[i] = at;
        if (!copied) {
            putAll();
        }
    }

    private long copy(MemoryBlob bytes) {
        long to = room + used;
        Memory.copy(bytes.address(), to, bytes.length());
        used += bytes.size();
        return to;
    }

    /** Puts all that waits into the database. */
    void putAll() throws RdbFormatException {
        Database into = keyspace.db(db);
        long seen = 0;
        for (int i = 0; i < count; i++) {
            seen ^= into.touchRoom(hash[i]);
        }
        keyspace.epochs().keep(seen);
        for (int i = 0; i < count; i++) {
            key.set(keyAddress[i], keyLength[i], hash[i]);
            if (into.peek(key) != 0) {
                if (!merge) {
                    throw duplicate(i);
                }
                into.delete(key);
                var _ = into.peek(key);
            }
            put(into, i);
        }
        count = 0;
        used = 0;
    }

    private RdbFormatException duplicate(int i) {
        byte[] bytes = new byte[keyLength[i]];
        Memory.copyOut(keyAddress[i], bytes, 0, bytes.length);
        ArrayBlob name = new ArrayBlob(bytes.length);
        name.put(bytes, 0, bytes.length);
        return new RdbFormatException(offset[i], "RDB has duplicated key in DB " + db)
                .at(RdbEntries.shown(name));
    }

    /** Puts an entry whose key a lookup has just missed. */
    private void put(Database into, int i) {
        long collection = made[i];
        long record;
        if (collection == 0) {
            record =
                    values.add(
                            into,
                            key,
                            type[i],
                            encoding[i],
                            value[i],
                            valueLength[i],
                            expireAtMs[i]);
        } else {
            made[i] = 0;
            record = values.add(into, key, collection, expireAtMs[i]);
        }
        AccessClock clock = keyspace.accessClock();
        if (clock.isLfu() ? frequency[i] >= 0 : idleSeconds[i] >= 0) {
            Record.setClock(
                    record,
                    clock.isLfu()
                            ? clock.withFrequency(frequency[i])
                            : clock.idleSince(idleSeconds[i]));
        }
    }

    /** Gives memory back; what still waits is dropped. */
    void close() {
        for (int i = 0; i < count; i++) {
            if (made[i] != 0) {
                values.discard(made[i]);
            }
        }
        if (incoming != 0) {
            values.discard(incoming);
        }
        count = 0;
        keyspace.slabs().free(room);
        while (keyspace.releaseSome(Integer.MAX_VALUE) > 0) {}
    }
}
