package io.carnelian.server.list;

import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Fill;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.store.Database;
import io.carnelian.server.store.Key;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Place;
import io.carnelian.server.table.Record;
import java.util.function.IntSupplier;

/**
 * A list that is made at no key yet, element by element from the head on, and then put at one: what
 * it is made of may be the list that it replaces, and what fails halfway has changed nothing.
 */
public final class ListBuilder {
    private final Place place;
    private final Quicklist quicklist;
    private final IntSupplier fill;

    /**
     * @param fill {@code list-max-listpack-size}
     */
    public ListBuilder(Keyspace keyspace, IntSupplier fill) {
        this.place = new Place(keyspace.values());
        this.quicklist = keyspace.values().quicklist();
        this.fill = fill;
    }

    /** Begins an empty list. It ends by {@link #store} or {@link #discard}. */
    public void begin() {
        place.begin(Record.LIST, Record.LISTPACK, Listpack.EMPTY_BYTES);
        Listpack.create(place.value());
    }

    /** Adds an element at the tail. */
    public void append(long text, int length) {
        int limit = fill.getAsInt();
        if (place.encoding() == Record.LISTPACK) {
            long pack = place.value();
            int bytes = Listpack.bytes(pack);
            int more = Listpack.entryBytes(text, length);
            if (Fill.allows(limit, bytes, Listpack.count(pack), more)) {
                place.resize(Record.LISTPACK, bytes + more);
                Listpack.insert(place.value(), Listpack.end(place.value()), text, length);
                return;
            }
            if (Listpack.count(pack) == 0) {
                toChunks(quicklist.newChunk(text, length));
                return;
            }
            toChunks(quicklist.copyOf(pack));
        }
        quicklist.push(place.value(), false, text, length, limit);
    }

    /** Puts the list at a key, in place of what is there. It must not be empty. */
    public void store(Database db, Key key) {
        place.store(db, key);
    }

    /** Drops the list that was begun, unless it was stored. */
    public void discard() {
        place.discard();
    }

    private void toChunks(long chunk) {
        long root = quicklist.rootOf(chunk);
        try {
            place.resize(Record.QUICKLIST, Quicklist.HANDLE_BYTES);
        } catch (OutOfMemory e) {
            quicklist.drop(root);
            throw e;
        }
        quicklist.writeHandle(place.value(), root);
    }
}
