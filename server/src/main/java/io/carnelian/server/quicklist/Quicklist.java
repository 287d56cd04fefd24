package io.carnelian.server.quicklist;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.epoch.Fault;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Listpack;

/**
 * A long list: listpacks of limited size below a spine of two levels.
 *
 * <pre>
 *   handle   | root 8 | elements 8 | bytes of all nodes 8 |      in the record of the key
 *   root     | stamp | page, elements | page, elements | ...
 *   page     | stamp | chunk, elements | ...                     up to 256 chunks
 *   chunk    | stamp | listpack |
 * </pre>
 *
 * <p>An element is found by adding up counts in the root, then in one page, from the nearer end;
 * both ends are found at once. A list of 10 million short elements has some 14,000 chunks and 60
 * pages. Rejected: a doubly linked list, whose nodes cannot be copied one by one, and one array of
 * all chunks, whose copy for a snapshot grows with the list.
 *
 * <p>Every node carries a stamp. One that a snapshot may see is copied before it is written, from
 * the top down, and the old one is retired; each step leaves the list whole, so running out of
 * memory between two steps does no harm. The record itself is made writable by the caller, who
 * gives the address of the handle in it.
 *
 * <p>Nothing is allocated on the Java heap. All methods belong to the owner of the keyspace, except
 * the static ones that only read: snapshots use them too.
 */
public final class Quicklist {
    public static final int HANDLE_BYTES = 24;

    private static final int COUNT = 8;
    private static final int BYTES = 16;
    private static final int CHUNK_HEADER = 8;
    private static final int PAGE_CHUNKS = 256;
    private static final int FIRST_CHUNKS = 4;

    private final Slabs slabs;
    private final Epochs epochs;
    private final ListCursor place = new ListCursor();
    private final Trimming trimming;

    /** Where the first half of the chunk is that was split last. */
    private int leftPage;

    private int leftSlot;

    public Quicklist(Slabs slabs, Epochs epochs) {
        this.slabs = slabs;
        this.epochs = epochs;
        this.trimming = new Trimming(this, slabs, epochs);
    }

    public static long root(long handle) {
        return Memory.getLong(handle);
    }

    /** Elements of the list. */
    public static long count(long handle) {
        return Memory.getLong(handle + COUNT);
    }

    /** Bytes of memory of all nodes. */
    public static long bytes(long handle) {
        return Memory.getLong(handle + BYTES);
    }

    /** Chunks of the list. */
    public static long chunks(long handle) {
        long root = root(handle);
        long chunks = 0;
        for (int i = 0, n = Spine.count(root); i < n; i++) {
            chunks += Spine.count(Spine.child(root, i));
        }
        return chunks;
    }

    /** What is done with every listpack of a list, in their order. */
    public interface Visitor<X extends Exception> {
        void pack(long pack) throws X;
    }

    /** Shows every listpack of a list to a visitor. */
    public static <X extends Exception> void forEachPack(long handle, Visitor<X> visitor) throws X {
        long root = root(handle);
        for (int i = 0, pages = Spine.count(root); i < pages; i++) {
            long page = Spine.child(root, i);
            for (int k = 0, n = Spine.count(page); k < n; k++) {
                visitor.pack(pack(Spine.child(page, k)));
            }
        }
    }

    /** True if the root of a tree is the root of a list. */
    public static boolean isListRoot(long root) {
        return Spine.isListRoot(root);
    }

    static long pack(long chunk) {
        return chunk + CHUNK_HEADER;
    }

    /** The listpack of a list that has only one chunk, or 0. */
    public static long onlyPack(long handle) {
        long root = root(handle);
        if (Spine.count(root) != 1 || Spine.count(Spine.child(root, 0)) != 1) {
            return 0;
        }
        return pack(Spine.child(Spine.child(root, 0), 0));
    }

    /** The listpack of a chunk. */
    public static long packOf(long chunk) {
        return pack(chunk);
    }

    /** A chunk of one element. */
    public long newChunk(long text, int length) {
        long chunk = newChunk(Listpack.entryBytes(text, length));
        Listpack.insert(pack(chunk), Listpack.first(pack(chunk)), text, length);
        return chunk;
    }

    /** A chunk with a copy of a listpack. */
    public long copyOf(long pack) {
        int bytes = Listpack.bytes(pack);
        long chunk = slabs.allocate(CHUNK_HEADER + (long) bytes);
        Memory.putLong(chunk, epochs.epoch());
        Memory.copy(pack, pack(chunk), bytes);
        return chunk;
    }

    /** The root of a list of one chunk, which belongs to it now, or is freed with what failed. */
    public long rootOf(long chunk) {
        long page = 0;
        long root = 0;
        try {
            page = newNode(FIRST_CHUNKS);
            root = newNode(1);
            Spine.makeRoot(root, epochs.epoch());
        } finally {
            if (root == 0) {
                slabs.free(chunk);
                if (page != 0) {
                    slabs.free(page);
                }
            }
        }
        int elements = Listpack.count(pack(chunk));
        Spine.insert(page, 0, chunk, elements);
        Spine.insert(root, 0, page, elements);
        return root;
    }

    /** Writes the handle of a list that {@link #rootOf} made. */
    public void writeHandle(long handle, long root) {
        long page = Spine.child(root, 0);
        long chunk = Spine.child(page, 0);
        Memory.putLong(handle, root);
        Memory.putLong(handle + COUNT, Spine.elements(root, 0));
        long spine = slabs.usableSize(root) + slabs.usableSize(page);
        Memory.putLong(handle + BYTES, spine + slabs.usableSize(chunk));
    }

    /** Writes the handle of a copy of a list. */
    public void copy(long from, long handle) {
        long source = root(from);
        int pages = Spine.count(source);
        long root = newNode(pages);
        Spine.makeRoot(root, epochs.epoch());
        long bytes = slabs.usableSize(root);
        try {
            for (int i = 0; i < pages; i++) {
                long page = Spine.child(source, i);
                long copy = newNode(Spine.count(page));
                Spine.insert(root, i, copy, Spine.elements(source, i));
                bytes += slabs.usableSize(copy);
                for (int k = 0, n = Spine.count(page); k < n; k++) {
                    long chunk = copyOf(pack(Spine.child(page, k)));
                    Spine.insert(copy, k, chunk, Spine.elements(page, k));
                    bytes += slabs.usableSize(chunk);
                }
            }
        } catch (OutOfMemory e) {
            drop(root);
            throw e;
        }
        Memory.putLong(handle, root);
        Memory.putLong(handle + COUNT, count(from));
        Memory.putLong(handle + BYTES, bytes);
    }

    /** Frees all nodes of a list at once that nobody has seen yet. */
    public void drop(long root) {
        new QuicklistRelease(slabs).all(root);
    }

    /** Frees the nodes of a list of one chunk whose contents are somewhere else now. */
    public void discard(long root) {
        long page = Spine.child(root, 0);
        retireOrFree(Spine.child(page, 0));
        retireOrFree(page);
        retireOrFree(root);
    }

    /** Adds an element at the head or the tail. */
    public void push(long handle, boolean head, long text, int length, int fill) {
        epochs.reserve();
        long root = root(handle);
        int page = head ? 0 : Spine.count(root) - 1;
        int slot = head ? 0 : Spine.count(Spine.child(root, page)) - 1;
        long pack = pack(Spine.child(Spine.child(root, page), slot));
        int more = Listpack.entryBytes(text, length);
        if (Fill.allows(fill, Listpack.bytes(pack), Listpack.count(pack), more)) {
            pack = pack(writableChunk(handle, page, slot, more));
            long at = head ? Listpack.first(pack) : Listpack.end(pack);
            Listpack.insert(pack, at, text, length);
            addElements(handle, page, slot, 1);
        } else {
            insertAlone(handle, page, head ? 0 : slot + 1, text, length);
        }
    }

    /** Adds a copy of a listpack as a chunk of its own at the tail. */
    public void append(long handle, long pack) {
        epochs.reserve();
        long root = root(handle);
        int page = Spine.count(root) - 1;
        int elements = Listpack.count(pack);
        long chunk = copyOf(pack);
        insertOrFree(handle, page, Spine.count(Spine.child(root, page)), chunk, elements);
        Memory.putLong(handle + COUNT, count(handle) + elements);
    }

    /** Puts an element before the one at a cursor, or behind it. */
    public void insert(
            long handle, ListCursor at, boolean behind, long text, int length, int fill) {
        epochs.reserve();
        int page = at.page;
        int slot = at.slot;
        int index = at.index() + (behind ? 1 : 0);
        int elements = at.chunkElements();
        int more = Listpack.entryBytes(text, length);
        if (Fill.allows(fill, Listpack.bytes(at.pack()), elements, more)) {
            insertInto(handle, page, slot, index, text, length);
        } else if (index == 0 || index == elements) {
            insertBeside(handle, page, slot, index == 0, text, length, fill);
        } else {
            split(handle, page, slot, index);
            long left = pack(Spine.child(Spine.child(root(handle), leftPage), leftSlot));
            if (Fill.allows(fill, Listpack.bytes(left), index, more)) {
                insertInto(handle, leftPage, leftSlot, index, text, length);
            } else {
                insertAlone(handle, leftPage, leftSlot + 1, text, length);
            }
        }
    }

    /** Puts an element between a full chunk and its neighbour, in the neighbour if it fits. */
    private void insertBeside(
            long handle, int page, int slot, boolean before, long text, int length, int fill) {
        long node = Spine.child(root(handle), page);
        int beside = before ? slot - 1 : slot + 1;
        if (beside >= 0 && beside < Spine.count(node)) {
            int bytes = Listpack.bytes(pack(Spine.child(node, beside)));
            int elements = (int) Spine.elements(node, beside);
            if (Fill.allows(fill, bytes, elements, Listpack.entryBytes(text, length))) {
                insertInto(handle, page, beside, before ? elements : 0, text, length);
                return;
            }
        }
        insertAlone(handle, page, before ? slot : slot + 1, text, length);
    }

    /**
     * Gives the element at a cursor another text; false if it does not fit, and nothing is done.
     */
    public boolean replace(long handle, ListCursor at, long text, int length, int fill) {
        epochs.reserve();
        long entry = at.entry();
        int more = Listpack.entryBytes(text, length) - (int) (Listpack.next(entry) - entry);
        int elements = at.chunkElements();
        boolean fits = Fill.allows(fill, Listpack.bytes(at.pack()), elements - 1, more);
        if (!fits && more > 0 && elements > 1) {
            return false;
        }
        long offset = entry - at.pack();
        long pack = pack(writableChunk(handle, at.page, at.slot, Math.max(0, more)));
        Listpack.replace(pack, pack + offset, text, length);
        return true;
    }

    /**
     * Takes the element at a cursor out.
     *
     * @return whether its chunk is left, so that the cursor can be reopened
     */
    public boolean remove(long handle, ListCursor at) {
        epochs.reserve();
        if (at.chunkElements() == 1) {
            removeChunk(handle, at.page, at.slot);
            return false;
        }
        long offset = at.entry() - at.pack();
        long pack = pack(writableChunk(handle, at.page, at.slot, 0));
        Listpack.remove(pack, pack + offset);
        addElements(handle, at.page, at.slot, -1);
        return true;
    }

    /** Takes a range of elements out, which are there. */
    public void remove(long handle, long from, long elements) {
        long rest = elements;
        while (rest > 0) {
            epochs.reserve();
            place.chunks(handle);
            place.seek(from, count(handle));
            int before = place.index();
            int there = place.chunkElements();
            int some = (int) Math.min(rest, there - before);
            boolean page = before == 0 && place.slot == 0;
            long gone = page ? trimming.removePages(handle, place.page, rest) : 0;
            if (gone != 0) {
                some = 0;
            } else if (some == there) {
                removeChunk(handle, place.page, place.slot);
            } else {
                long offset = place.entry() - place.pack();
                long pack = pack(writableChunk(handle, place.page, place.slot, 0));
                long to = Listpack.seek(pack, before + some, there);
                Listpack.remove(pack, pack + offset, to, some);
                addElements(handle, place.page, place.slot, -some);
            }
            rest -= some + gone;
        }
    }

    /** Puts small chunks together; memory may run out, with no harm. */
    public void closeUp(long handle, int fill) {
        trimming.closeUp(handle, fill);
    }

    /** Makes the chunk at an end writable, so that taking an element from it needs no memory. */
    public void thawEnd(long handle, boolean head) {
        epochs.reserve();
        long root = root(handle);
        int page = head ? 0 : Spine.count(root) - 1;
        int slot = head ? 0 : Spine.count(Spine.child(root, page)) - 1;
        var _ = writableChunk(handle, page, slot, 0);
    }

    private void insertInto(long handle, int page, int slot, int index, long text, int length) {
        int more = Listpack.entryBytes(text, length);
        long pack = pack(writableChunk(handle, page, slot, more));
        long entry = Listpack.seek(pack, index, Listpack.count(pack));
        Listpack.insert(pack, entry, text, length);
        addElements(handle, page, slot, 1);
    }

    private void insertAlone(long handle, int page, int slot, long text, int length) {
        long chunk = newChunk(text, length);
        insertOrFree(handle, page, slot, chunk, 1);
        Memory.putLong(handle + COUNT, count(handle) + 1);
    }

    /** Moves the elements of a chunk from {@code index} on to a new chunk behind it. */
    private void split(long handle, int page, int slot, int index) {
        long pack = pack(writableChunk(handle, page, slot, 0));
        int elements = Listpack.count(pack);
        long from = Listpack.seek(pack, index, elements);
        long to = Listpack.end(pack);
        long right = newChunk(to - from);
        Listpack.append(pack(right), from, to, elements - index);
        insertOrFree(handle, page, slot + 1, right, elements - index);
        Listpack.remove(pack, from, to, elements - index);
        long root = root(handle);
        leftPage = page;
        leftSlot = slot;
        int before = Spine.count(Spine.child(root, page));
        if (slot >= before) {
            // The page was split, too, and this is in its upper half.
            leftPage++;
            leftSlot -= before;
        }
        Spine.addElements(Spine.child(root, leftPage), leftSlot, index - elements);
        Spine.addElements(root, leftPage, index - elements);
    }

    private void insertOrFree(long handle, int page, int slot, long chunk, int elements) {
        try {
            insertChunk(handle, page, slot, chunk, elements);
        } catch (OutOfMemory e) {
            slabs.free(chunk);
            throw e;
        }
        charge(handle, chunk);
    }

    private void insertChunk(long handle, int page, int slot, long chunk, int elements) {
        long root = thawRoot(handle);
        long node = thawPage(handle, root, page);
        int at = page;
        int in = slot;
        if (Spine.count(node) == PAGE_CHUNKS) {
            boolean first = slot == 0;
            if (first || slot == PAGE_CHUNKS) {
                insertPage(handle, first ? page : page + 1, chunk, elements);
                return;
            }
            splitPage(handle, page);
            root = root(handle);
            if (slot > PAGE_CHUNKS / 2) {
                at++;
                in -= PAGE_CHUNKS / 2;
            }
            node = Spine.child(root, at);
        }
        node = roomInPage(handle, root, at, node);
        Spine.insert(node, in, chunk, elements);
        Spine.addElements(root, at, elements);
    }

    /** Adds a page with one chunk. */
    private void insertPage(long handle, int at, long chunk, int elements) {
        long page = newNode(FIRST_CHUNKS);
        Spine.insert(page, 0, chunk, elements);
        try {
            Spine.insert(roomInRoot(handle), at, page, elements);
        } catch (OutOfMemory e) {
            slabs.free(page);
            throw e;
        }
        charge(handle, page);
    }

    /** Moves the upper half of a full page to a new one behind it. */
    private void splitPage(long handle, int at) {
        long upper = newNode(PAGE_CHUNKS);
        long root;
        try {
            root = roomInRoot(handle);
        } catch (OutOfMemory e) {
            slabs.free(upper);
            throw e;
        }
        long page = Spine.child(root, at);
        long moved = Spine.copyTail(page, PAGE_CHUNKS / 2, upper);
        Spine.truncate(page, PAGE_CHUNKS / 2);
        Spine.addElements(root, at, -moved);
        Spine.insert(root, at + 1, upper, moved);
        charge(handle, upper);
    }

    private long roomInRoot(long handle) {
        long root = thawRoot(handle);
        int count = Spine.count(root);
        if (Spine.bytes(count + 1) <= slabs.usableSize(root)) {
            return root;
        }
        long bigger = copyNode(root, Spine.bytes(count * 2), Spine.bytes(count));
        Memory.putLong(handle, bigger);
        charge(handle, bigger);
        dispose(handle, root);
        return bigger;
    }

    private long roomInPage(long handle, long root, int at, long page) {
        int count = Spine.count(page);
        if (Spine.bytes(count + 1) <= slabs.usableSize(page)) {
            return page;
        }
        int capacity = Math.min(PAGE_CHUNKS, count * 2);
        long bigger = copyNode(page, Spine.bytes(capacity), Spine.bytes(count));
        Spine.setChild(root, at, bigger);
        charge(handle, bigger);
        dispose(handle, page);
        return bigger;
    }

    void removeChunk(long handle, int page, int slot) {
        long root = thawRoot(handle);
        long node = thawPage(handle, root, page);
        long elements = Spine.elements(node, slot);
        dispose(handle, Spine.child(node, slot));
        Spine.remove(node, slot);
        Spine.addElements(root, page, -elements);
        Memory.putLong(handle + COUNT, count(handle) - elements);
        if (Spine.count(node) == 0) {
            dispose(handle, node);
            Spine.remove(root, page);
        }
    }

    /** Makes a chunk writable, with room for so many bytes more. */
    long writableChunk(long handle, int page, int slot, int more) {
        long root = thawRoot(handle);
        long node = thawPage(handle, root, page);
        long chunk = Spine.child(node, slot);
        long bytes = CHUNK_HEADER + (long) Listpack.bytes(pack(chunk));
        boolean frozen = isFrozen(chunk);
        if (!frozen && bytes + more <= slabs.usableSize(chunk)) {
            return chunk;
        }
        long copy = copyNode(chunk, bytes + more, bytes);
        if (frozen) {
            epochs.countCopy(bytes);
        }
        Spine.setChild(node, slot, copy);
        charge(handle, copy);
        dispose(handle, chunk);
        return copy;
    }

    long thawRoot(long handle) {
        long root = root(handle);
        if (!isFrozen(root)) {
            return root;
        }
        long bytes = Spine.bytes(Spine.count(root));
        long copy = copyNode(root, bytes, bytes);
        epochs.countCopy(bytes);
        Memory.putLong(handle, copy);
        charge(handle, copy);
        dispose(handle, root);
        return copy;
    }

    private long thawPage(long handle, long root, int at) {
        long page = Spine.child(root, at);
        if (!isFrozen(page)) {
            return page;
        }
        long bytes = Spine.bytes(Spine.count(page));
        long copy = copyNode(page, bytes, bytes);
        epochs.countCopy(bytes);
        Spine.setChild(root, at, copy);
        charge(handle, copy);
        dispose(handle, page);
        return copy;
    }

    private boolean isFrozen(long node) {
        return epochs.isFrozen(Memory.getLong(node)) && !Fault.is(Fault.NO_COPY);
    }

    /** A chunk with an empty listpack that has room for so many bytes of entries. */
    private long newChunk(long entryBytes) {
        long chunk = slabs.allocate(CHUNK_HEADER + Listpack.EMPTY_BYTES + entryBytes);
        Memory.putLong(chunk, epochs.epoch());
        Listpack.create(pack(chunk));
        return chunk;
    }

    long newNode(int children) {
        long node = slabs.allocate(Spine.bytes(children));
        Spine.create(node, epochs.epoch());
        return node;
    }

    private long copyNode(long node, long room, long bytes) {
        long copy = slabs.allocate(room);
        Memory.copy(node, copy, bytes);
        Memory.putLong(copy, epochs.epoch());
        return copy;
    }

    void addElements(long handle, int page, int slot, int more) {
        long root = root(handle);
        Spine.addElements(Spine.child(root, page), slot, more);
        Spine.addElements(root, page, more);
        Memory.putLong(handle + COUNT, count(handle) + more);
    }

    void uncount(long handle, long elements, long nodeBytes) {
        Memory.putLong(handle + COUNT, count(handle) - elements);
        Memory.putLong(handle + BYTES, bytes(handle) - nodeBytes);
    }

    private void charge(long handle, long node) {
        Memory.putLong(handle + BYTES, bytes(handle) + slabs.usableSize(node));
    }

    /** A node is not part of the list any more. */
    private void dispose(long handle, long node) {
        Memory.putLong(handle + BYTES, bytes(handle) - slabs.usableSize(node));
        retireOrFree(node);
    }

    private void retireOrFree(long node) {
        if (isFrozen(node)) {
            epochs.retire(Epochs.NODE, node);
        } else {
            slabs.free(node);
        }
    }
}
