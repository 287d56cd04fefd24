package io.carnelian.server.list;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Fill;
import io.carnelian.server.quicklist.ListCursor;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Values;
import io.carnelian.server.table.Record;
import java.util.function.IntSupplier;

/**
 * One list at a key: a view that is positioned on one after the other. It hides how the list is
 * kept.
 *
 * <pre>
 *   listpack    the value is the packed list
 *       │ an element that does not fit        ▲ one chunk left, at most half full
 *       ▼ (list-max-listpack-size)            │
 *   quicklist   the value is the handle of a Quicklist
 * </pre>
 *
 * OBJECT ENCODING calls both quicklist, as Redis 7.0 does. An empty list is no list: what takes the
 * last element deletes the key. Texts given must not lie in the list itself.
 */
public final class ListValue {
    private final Values values;
    private final Quicklist quicklist;
    private final IntSupplier fill;
    private final ListCursor cursor = new ListCursor();

    private Database db;
    private Key key = new Key();
    private long record;

    /**
     * @param fill {@code list-max-listpack-size}
     */
    public ListValue(Keyspace keyspace, IntSupplier fill) {
        this.values = keyspace.values();
        this.quicklist = values.quicklist();
        this.fill = fill;
        this.db = keyspace.db(0);
    }

    /** Refuses a record of another type; a missing one passes. */
    public static void check(long record) {
        if (record != 0 && Record.type(record) != Record.LIST) {
            throw Errors.WRONG_TYPE.error();
        }
    }

    /** Positions on a record for reading only; 0 is an empty list. */
    public ListValue read(long of) {
        check(of);
        record = of;
        return this;
    }

    /** Positions on what a lookup found at a key, for reading and changing. */
    public ListValue edit(Database at, Key name, long found) {
        read(found);
        db = at;
        key = name;
        return this;
    }

    /** Elements; 0 when there is no list. */
    public long size() {
        if (record == 0) {
            return 0;
        }
        return isPacked() ? Listpack.count(value()) : Quicklist.count(value());
    }

    /** A cursor at an element, 0 ≤ index &lt; size, until the list changes. */
    public ListCursor seek(long index) {
        open(cursor);
        cursor.seek(index, size());
        return cursor;
    }

    /** The index of the first element with this text, or -1. */
    long find(long text, int length) {
        boolean canonical = Decimal.isCanonical(text, length);
        long size = size();
        seek(0);
        for (long i = 0; i < size; i++) {
            if (cursor.matches(text, length, canonical)) {
                return i;
            }
            var _ = cursor.next();
        }
        return -1;
    }

    /** Adds an element at the head or the tail; makes the list if there is none. */
    void push(boolean head, long text, int length) {
        if (record == 0) {
            create(text, length);
            return;
        }
        if (isPacked()) {
            long pack = value();
            int bytes = Listpack.bytes(pack);
            int more = Listpack.entryBytes(text, length);
            if (Fill.allows(fill(), bytes, Listpack.count(pack), more)) {
                record = values.resize(db, key, Record.LISTPACK, bytes + more);
                pack = value();
                long at = head ? Listpack.first(pack) : Listpack.end(pack);
                Listpack.insert(pack, at, text, length);
                return;
            }
            toChunks();
        }
        quicklist.push(handle(), head, text, length, fill());
    }

    /** Puts an element before the one at an index, or behind it. */
    void insert(long index, boolean behind, long text, int length) {
        if (isPacked()) {
            long pack = value();
            int bytes = Listpack.bytes(pack);
            int more = Listpack.entryBytes(text, length);
            int count = Listpack.count(pack);
            if (Fill.allows(fill(), bytes, count, more)) {
                record = values.resize(db, key, Record.LISTPACK, bytes + more);
                pack = value();
                int at = (int) index + (behind ? 1 : 0);
                Listpack.insert(pack, Listpack.seek(pack, at, count), text, length);
                return;
            }
            toChunks();
        }
        long handle = handle();
        quicklist.insert(handle, seek(index), behind, text, length, fill());
    }

    /** Gives the element at an index another text. */
    void set(long index, long text, int length) {
        if (isPacked()) {
            long pack = value();
            int bytes = Listpack.bytes(pack);
            int count = Listpack.count(pack);
            long entry = Listpack.seek(pack, (int) index, count);
            long offset = entry - pack;
            int before = (int) (Listpack.next(entry) - entry);
            int more = Listpack.entryBytes(text, length) - before;
            if (more <= 0 || Fill.allows(fill(), bytes, count - 1, more)) {
                record =
                        more > 0
                                ? values.resize(db, key, Record.LISTPACK, bytes + more)
                                : db.forWrite(key);
                Listpack.replace(value(), value() + offset, text, length);
                shrink();
                return;
            }
            toChunks();
        }
        long handle = handle();
        if (!quicklist.replace(handle, seek(index), text, length, fill())) {
            quicklist.insert(handle, seek(index), false, text, length, fill());
            quicklist.remove(handle, index + 1, 1);
        }
    }

    /** Takes a range of elements out, which are there; deletes the key with the last. */
    void remove(long from, long elements) {
        if (elements == 0) {
            return;
        }
        if (elements == size()) {
            delete();
        } else if (isPacked()) {
            record = db.forWrite(key);
            long pack = value();
            int count = Listpack.count(pack);
            long first = Listpack.seek(pack, (int) from, count);
            long end = Listpack.seek(pack, (int) (from + elements), count);
            Listpack.remove(pack, first, end, (int) elements);
            shrink();
        } else {
            quicklist.remove(handle(), from, elements);
            packIfSmall();
        }
    }

    /**
     * Takes elements of this text out, up to a number, from the head on or from the tail on;
     * deletes the key with the last element.
     *
     * @return how many
     */
    long removeMatching(long text, int length, boolean fromTail, long most) {
        boolean canonical = Decimal.isCanonical(text, length);
        long removed = 0;
        long at = fromTail ? size() - 1 : 0;
        boolean more = true;
        seek(at);
        while (more && removed < most) {
            if (!cursor.matches(text, length, canonical)) {
                more = fromTail ? cursor.previous() : cursor.next();
                at += fromTail ? -1 : 1;
                continue;
            }
            if (removed++ == 0) {
                record = db.forWrite(key);
                cursor.reopen(value());
            }
            if (removeAtCursor()) {
                cursor.reopen(value());
                more = fromTail ? cursor.previous() : cursor.stay();
                at -= fromTail ? 1 : 0;
            } else {
                at -= fromTail ? 1 : 0;
                more = at >= 0 && at < size();
                if (more) {
                    seek(at);
                }
            }
        }
        if (removed != 0) {
            settle();
        }
        return removed;
    }

    /** Makes everything writable that taking an element from an end writes. */
    void thawEnd(boolean head) {
        record = db.forWrite(key);
        if (!isPacked()) {
            quicklist.thawEnd(value(), head);
        }
    }

    /** Notes a change that changes nothing: TRIM of everything outside the list. */
    void touch() {
        record = db.forWrite(key);
    }

    /** A copy of an element as text; for cold paths. */
    static byte[] copy(long entry) {
        if (Listpack.isInteger(entry)) {
            return Reply.ascii(Long.toString(Listpack.integer(entry)));
        }
        byte[] copy = new byte[Listpack.stringLength(entry)];
        Memory.copyOut(Listpack.stringAddress(entry), copy, 0, copy.length);
        return copy;
    }

    static void reply(Reply reply, long entry) {
        if (Listpack.isInteger(entry)) {
            reply.bulkLong(Listpack.integer(entry));
        } else {
            reply.bulk(Listpack.stringAddress(entry), Listpack.stringLength(entry));
        }
    }

    /** False if its chunk went with the element. */
    private boolean removeAtCursor() {
        if (isPacked()) {
            Listpack.remove(cursor.pack(), cursor.entry());
            return true;
        }
        return quicklist.remove(value(), cursor);
    }

    private void settle() {
        if (size() == 0) {
            delete();
        } else if (isPacked()) {
            shrink();
        } else {
            closeUp();
            packIfSmall();
        }
    }

    private void closeUp() {
        try {
            quicklist.closeUp(value(), fill());
        } catch (OutOfMemory e) {
            // It is as good a list as before: the change that led here is done.
            return;
        }
    }

    private void delete() {
        var _ = db.delete(key);
        record = 0;
    }

    private void create(long text, int length) {
        int more = Listpack.entryBytes(text, length);
        long made;
        if (Fill.allows(fill(), Listpack.EMPTY_BYTES, 0, more)) {
            made = values.create(Record.LIST, Record.LISTPACK, Listpack.EMPTY_BYTES + more);
            long pack = Record.valueAddress(made);
            Listpack.create(pack);
            Listpack.insert(pack, Listpack.first(pack), text, length);
        } else {
            long chunk = quicklist.newChunk(text, length);
            long root = quicklist.rootOf(chunk);
            try {
                made = values.create(Record.LIST, Record.QUICKLIST, Quicklist.HANDLE_BYTES);
            } catch (OutOfMemory e) {
                quicklist.drop(root);
                throw e;
            }
            quicklist.writeHandle(Record.valueAddress(made), root);
        }
        record = values.put(db, key, made);
    }

    private void toChunks() {
        long root = quicklist.rootOf(quicklist.copyOf(value()));
        try {
            record = values.resize(db, key, Record.QUICKLIST, Quicklist.HANDLE_BYTES);
        } catch (OutOfMemory e) {
            quicklist.drop(root);
            throw e;
        }
        quicklist.writeHandle(value(), root);
    }

    private void packIfSmall() {
        long pack = Quicklist.onlyPack(value());
        if (pack == 0 || Listpack.bytes(pack) > Fill.maxBytes(fill()) / 2) {
            return;
        }
        long root = Quicklist.root(value());
        int bytes = Listpack.bytes(pack);
        try {
            db.keyspace().epochs().reserve();
            record = values.resize(db, key, Record.LISTPACK, bytes);
        } catch (OutOfMemory e) {
            // It is as good a list as before: the change that led here is done.
            return;
        }
        Memory.copy(pack, value(), bytes);
        quicklist.discard(root);
    }

    /** Gives the room back that the packed list does not need any more. */
    private void shrink() {
        int bytes = Listpack.bytes(value());
        if (bytes == Record.valueLength(record)) {
            return;
        }
        try {
            record = values.resize(db, key, Record.LISTPACK, bytes);
        } catch (OutOfMemory e) {
            // There is no smaller place for it, so it stays where it is: the change is done.
            Record.setValueLength(record, bytes);
        }
    }

    private void open(ListCursor at) {
        if (isPacked()) {
            at.inline(value());
        } else {
            at.chunks(value());
        }
    }

    /** The handle, in a record that may be written. */
    private long handle() {
        record = db.forWrite(key);
        return value();
    }

    private boolean isPacked() {
        return Record.encoding(record) == Record.LISTPACK;
    }

    private long value() {
        return Record.valueAddress(record);
    }

    private int fill() {
        return fill.getAsInt();
    }
}
