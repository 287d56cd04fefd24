package io.carnelian.server.store;

import io.carnelian.server.memory.Hash;
import io.carnelian.server.table.Record;

/** A key as a caller holds it: where its bytes are, and their hash. Mutable and reused. */
public final class Key {
    public long address;
    public int length;
    public long hash;

    public Key() {}

    /** Points at the bytes and hashes them. */
    public Key set(long address, int length) {
        this.address = address;
        this.length = length;
        this.hash = Hash.of(address, length);
        return this;
    }

    /** Points at bytes whose hash is already known. */
    public Key set(long address, int length, long hash) {
        this.address = address;
        this.length = length;
        this.hash = hash;
        return this;
    }

    /** Points at the key of a record, as long as that lives. */
    public Key setRecord(long record) {
        return set(Record.keyAddress(record), Record.keyLength(record));
    }
}
