package io.carnelian.rdb.load;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.quicklist.Fill;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.store.Values;
import io.carnelian.server.table.Record;
import java.util.function.IntSupplier;

/** Builds a list from its head to its tail, out of elements or of whole listpacks. */
final class ListBuilder {
    private final Slabs slabs;
    private final Values values;
    private final Quicklist quicklist;
    private final IntSupplier fill;

    /** Where the handle is while the list has no record; 0 while it has no element. */
    private long handle;

    ListBuilder(Slabs slabs, Values values, IntSupplier fill) {
        this.slabs = slabs;
        this.values = values;
        this.quicklist = values.quicklist();
        this.fill = fill;
    }

    void push(long text, int length) {
        if (handle == 0) {
            begin(quicklist.newChunk(text, length));
        } else {
            quicklist.push(handle, false, text, length, fill.getAsInt());
        }
    }

    /** A listpack with elements that is a chunk of its own, however full; it is copied. */
    void pack(long pack) {
        if (handle == 0) {
            begin(quicklist.copyOf(pack));
        } else {
            quicklist.append(handle, pack);
        }
    }

    /** An element that is a chunk of its own. */
    void plain(long text, int length) {
        long chunk = quicklist.newChunk(text, length);
        if (handle == 0) {
            begin(chunk);
            return;
        }
        try {
            quicklist.append(handle, Quicklist.packOf(chunk));
        } finally {
            slabs.free(chunk);
        }
    }

    private void begin(long chunk) {
        long root = quicklist.rootOf(chunk);
        try {
            handle = slabs.allocate(Quicklist.HANDLE_BYTES);
        } catch (OutOfMemory e) {
            quicklist.drop(root);
            throw e;
        }
        quicklist.writeHandle(handle, root);
    }

    /** The record of the list, which belongs to no database; 0 if it has no element. */
    long finish() {
        if (handle == 0) {
            return 0;
        }
        long pack = Quicklist.onlyPack(handle);
        boolean small =
                pack != 0
                        && Fill.allows(
                                fill.getAsInt(), Listpack.bytes(pack), Listpack.count(pack) - 1, 0);
        long made;
        if (small) {
            int bytes = Listpack.bytes(pack);
            made = values.create(Record.LIST, Record.LISTPACK, bytes);
            Memory.copy(pack, Record.valueAddress(made), bytes);
            quicklist.drop(Quicklist.root(handle));
        } else {
            made = values.create(Record.LIST, Record.QUICKLIST, Quicklist.HANDLE_BYTES);
            Memory.copy(handle, Record.valueAddress(made), Quicklist.HANDLE_BYTES);
        }
        slabs.free(handle);
        handle = 0;
        return made;
    }

    /** Drops what there is, unless it is finished. */
    void discard() {
        if (handle != 0) {
            quicklist.drop(Quicklist.root(handle));
            slabs.free(handle);
            handle = 0;
        }
    }
}
