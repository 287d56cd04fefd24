package io.carnelian.rdb.load;

import io.carnelian.rdb.format.Opcodes;
import io.carnelian.rdb.format.RdbEntries;
import io.carnelian.rdb.format.RdbFormatException;
import io.carnelian.rdb.format.RdbReader;
import io.carnelian.server.store.Keyspace;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Loads an RDB file into a keyspace, which is mostly one that nobody else knows yet. It works on
 * the thread that calls, and holds of the file never more than a buffer and one value.
 *
 * <pre>
 *   file ──► RdbReader ──► RdbEntries ──key──► MemoryBlob ─┐
 *               └──value──► ValueReader ──► made record ───┼─► EntryBatch ──► keyspace
 *                                └──► string, packed bytes ┘
 * </pre>
 */
public final class Loader implements RdbEntries.Listener {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int MAX_FACTS = 100;
    private static final int MAX_TOLD = 10;

    /** An entry has a type, a key and a value; a byte of each at least, and mostly more. */
    private static final int LEAST_KEY_BYTES = 8;

    /** What is expected of a stream that does not tell its length. */
    private static final long UNSEEN_BYTES = 16 << 20;

    private static final int PROGRESS_KEYS_MASK = 0xff;

    /** Is asked every few hundred keys whether to go on. */
    @FunctionalInterface
    public interface Watch {
        /** Throws to end the loading. */
        void loaded(long keys) throws IOException;
    }

    private final Keyspace keyspace;
    private final ValueLimits limits;
    private final LoadOptions options;
    private final LoadProgress progress;
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final ExpiredKeys expiredKeys = new ExpiredKeys();
    private Watch watch = keys -> {};
    private Consumer<String> emptyKeys = key -> {};
    private long keys;
    private long expired;
    private long empty;

    /**
     * @param keyspace belongs to the calling thread while it loads
     */
    public Loader(
            Keyspace keyspace, ValueLimits limits, LoadOptions options, LoadProgress progress) {
        this.keyspace = keyspace;
        this.limits = limits;
        this.options = options;
        this.progress = progress;
    }

    /** Who hears of keys that are left out because their value has no element; the first few. */
    public Loader tellingEmptyKeysTo(Consumer<String> who) {
        emptyKeys = who;
        return this;
    }

    /** Who is asked every few hundred keys. */
    public Loader watchedBy(Watch who) {
        watch = who;
        return this;
    }

    /**
     * Loads the whole file.
     *
     * @throws RdbFormatException when it is damaged or holds what can't be held: with the offset,
     *     the key and the reason. Most of what was read before is in the keyspace then.
     */
    public LoadResult load(InputStream file) throws IOException {
        keyspace.nowMs(options.nowMs());
        int before = keyspace.expiredKeys();
        keyspace.expiredKeys(Keyspace.EXPIRED_IGNORE);
        RdbReader reader = new RdbReader(file, BUFFER_BYTES, true);
        MemoryBlob name = new MemoryBlob(keyspace.slabs());
        RdbEntries entries = new RdbEntries(reader, this, keyspace.databases(), name);
        ValueReader values = new ValueReader(keyspace, limits, reader);
        values.deep(options.deep());
        values.totalBytes(totalBytes());
        EntryBatch batch = new EntryBatch(keyspace, options.merge());
        try {
            entries.begin();
            while (entries.next()) {
                entry(reader, entries, values, name, batch);
                step(reader);
            }
            batch.putAll();
            progress.reached(reader.offset());
            return new LoadResult(keys, expired, empty, reader.offset(), expiredKeys, facts);
        } finally {
            batch.close();
            values.close();
            name.close();
            keyspace.expiredKeys(before);
        }
    }

    private void step(RdbReader reader) throws IOException {
        long delay = options.keyDelayMicros().getAsLong();
        if (delay > 0) {
            LockSupport.parkNanos(delay * 1000);
        }
        if ((keys & PROGRESS_KEYS_MASK) == 0 || delay > 0) {
            progress.reached(reader.offset());
            watch.loaded(keys);
        }
    }

    /** Reads the value of an entry, and gives both to the batch unless they are left out. */
    private void entry(
            RdbReader reader,
            RdbEntries entries,
            ValueReader values,
            MemoryBlob name,
            EntryBatch batch)
            throws IOException {
        boolean isString = entries.type() == Opcodes.TYPE_STRING;
        long made;
        try {
            made = isString ? values.readString() : values.readOrPack(entries.type());
        } catch (RdbFormatException e) {
            throw e.at(RdbEntries.shown(name));
        }
        if (made == 0) {
            empty++;
            if (empty <= MAX_TOLD) {
                emptyKeys.accept(RdbEntries.shown(name));
            }
        } else if (isOver(entries.expireAtMs())) {
            leaveOut(entries.db(), name, made);
        } else {
            batch.add(entries, name, values, made, reader.offset());
            keys++;
        }
    }

    private boolean isOver(long expireAtMs) {
        return options.dropExpired()
                && expireAtMs != RdbEntries.NONE
                && expireAtMs < options.nowMs();
    }

    private void leaveOut(int db, MemoryBlob name, long made) {
        expired++;
        expiredKeys.add(db, name.address(), name.size());
        if (made != ValueReader.PACKED) {
            keyspace.values().discard(made);
            var _ = keyspace.releaseSome(Integer.MAX_VALUE);
        }
    }

    /**
     * The table gets its form before the keys come; for no more of them than the file has room for,
     * since the number may be damaged.
     */
    @Override
    public void sizes(int db, long count, long expires) {
        keyspace.db(db).expect(Math.min(count, totalBytes() / LEAST_KEY_BYTES));
    }

    private long totalBytes() {
        return progress.totalBytes() > 0 ? progress.totalBytes() : UNSEEN_BYTES;
    }

    @Override
    public void aux(String name, String value) {
        if (name.equals("used-mem") && value.matches("[0-9]{1,18}")) {
            progress.usedMemory(Long.parseLong(value));
        }
        if (facts.size() < MAX_FACTS) {
            facts.put(name, value);
        }
    }
}
