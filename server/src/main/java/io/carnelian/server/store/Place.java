package io.carnelian.server.store;

import io.carnelian.server.table.Record;
import org.jspecify.annotations.Nullable;

/**
 * Where a collection is while a command works on it: at a key, or at none yet. The views of hashes,
 * sets and sorted sets share it; each of them knows what the value's bytes mean.
 *
 * <p>The record at a key is made writable by the first real change, {@link #makeWritable} or {@link
 * #resize}, not before. Both may move it.
 */
public final class Place {
    private final Values values;
    private long record;
    private @Nullable Database db;
    private @Nullable Key key;
    private boolean writable;

    public Place(Values values) {
        this.values = values;
    }

    /** The record, 0 if there is none. */
    public long record() {
        return record;
    }

    public boolean isNowhere() {
        return record == 0;
    }

    /** The address of the value; there must be a record. */
    public long value() {
        return Record.valueAddress(record);
    }

    public int encoding() {
        return Record.encoding(record);
    }

    /** Positions on a record for reading; 0 is none. */
    public void read(long of) {
        record = of;
        db = null;
        key = null;
        writable = false;
    }

    /** Positions on the record that a lookup found at a key, for reading and changing. */
    public void edit(Database at, Key name, long found) {
        read(found);
        db = at;
        key = name;
    }

    /** Positions on a new record at no key; the caller writes the value. */
    public void begin(int type, int encoding, int valueLength) {
        read(values.create(type, encoding, valueLength));
        writable = true;
    }

    /** Puts the record that was begun at a key, in place of what is there. */
    public void store(Database at, Key name) {
        long made = record;
        record = 0;
        edit(at, name, values.put(at, name, made));
        writable = true;
    }

    /** Drops the record that was begun, unless it was stored; a big one is freed in slices. */
    public void discard() {
        if (record != 0 && db == null) {
            values.discard(record);
        }
        record = 0;
    }

    /** Gives up the record that was begun: it is the caller's now. */
    public long take() {
        long made = record;
        record = 0;
        return made;
    }

    /** Removes what is at the key; there must be one. */
    public void delete() {
        Database from = db;
        Key name = key;
        if (from == null || name == null) {
            throw new IllegalStateException("the value is at no key");
        }
        from.delete(name);
        record = 0;
    }

    public void makeWritable() {
        Database at = db;
        Key name = key;
        if (!writable && at != null && name != null) {
            record = at.forWrite(name);
            writable = true;
        }
    }

    /** Gives the value another encoding and length, and makes it writable. */
    public void resize(int encoding, int bytes) {
        Database at = db;
        Key name = key;
        record =
                at == null || name == null
                        ? values.resize(record, encoding, bytes)
                        : values.resize(at, name, encoding, bytes);
        writable = true;
    }
}
