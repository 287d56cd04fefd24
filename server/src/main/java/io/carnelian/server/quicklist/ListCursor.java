package io.carnelian.server.quicklist;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.packed.Listpack;

/**
 * A place in a list, whichever way that is kept. It is reused, so that reading a list allocates
 * nothing; it is valid until the list changes, and after {@link #reopen} again.
 */
public final class ListCursor {
    private long root;
    int page;
    int slot;
    private long node;
    private long pack;
    private long end;
    private int index;
    private long entry;

    /** Points at a list that is one listpack. */
    public void inline(long listpack) {
        root = 0;
        enter(listpack);
    }

    /** Points at a list of chunks. */
    public void chunks(long handle) {
        root = Quicklist.root(handle);
        page = 0;
        slot = 0;
    }

    /** Goes to an element, 0 ≤ at &lt; size. */
    public void seek(long at, long size) {
        if (root == 0) {
            index = (int) at;
            entry = Listpack.seek(pack, index, (int) size);
            return;
        }
        long rest = choose(root, at, size);
        page = slot;
        node = Spine.child(root, page);
        rest = choose(node, rest, Spine.elements(root, page));
        enter(Quicklist.pack(Spine.child(node, slot)));
        index = (int) rest;
        entry = Listpack.seek(pack, index, (int) Spine.elements(node, slot));
    }

    /** Sets {@link #slot} to the child of the element; returns the index below that. */
    private long choose(long of, long at, long total) {
        if (at <= total >>> 1) {
            long rest = at;
            int i = 0;
            for (long below = Spine.elements(of, 0); rest >= below; ) {
                rest -= below;
                below = Spine.elements(of, ++i);
            }
            slot = i;
            return rest;
        }
        long rest = total - at;
        int i = Spine.count(of) - 1;
        long below = Spine.elements(of, i);
        while (rest > below) {
            rest -= below;
            below = Spine.elements(of, --i);
        }
        slot = i;
        return below - rest;
    }

    /** Goes to the next element; false, and nowhere, at the end. */
    public boolean next() {
        entry = Listpack.next(entry);
        index++;
        return entry != end || nextChunk();
    }

    /** Goes to the element that is now at the place of one just removed; false at the end. */
    public boolean stay() {
        return entry != end || nextChunk();
    }

    /** Goes to the element before; false, and nowhere, at the start. */
    public boolean previous() {
        if (index == 0) {
            return previousChunk();
        }
        entry = Listpack.previous(entry);
        index--;
        return true;
    }

    /** Finds its listpack again after an edit that left this listpack in the list. */
    public void reopen(long handleOrPack) {
        long offset = entry - pack;
        if (root == 0) {
            pack = handleOrPack;
        } else {
            root = Quicklist.root(handleOrPack);
            node = Spine.child(root, page);
            pack = Quicklist.pack(Spine.child(node, slot));
        }
        entry = pack + offset;
        end = Listpack.end(pack);
    }

    /** The entry of the listpack that it is at. */
    public long entry() {
        return entry;
    }

    public long pack() {
        return pack;
    }

    /** How many elements of its listpack are before it. */
    public int index() {
        return index;
    }

    /** Elements of its chunk; only in a list of chunks. */
    int chunkElements() {
        return (int) Spine.elements(node, slot);
    }

    public boolean matches(long text, int length, boolean canonical) {
        return Listpack.matches(entry, text, length, canonical);
    }

    /** Bytes of the element as text. */
    public int textLength() {
        return Listpack.isInteger(entry)
                ? Decimal.length(Listpack.integer(entry))
                : Listpack.stringLength(entry);
    }

    private boolean nextChunk() {
        if (root == 0) {
            return false;
        }
        if (slot + 1 < Spine.count(node)) {
            slot++;
        } else if (page + 1 < Spine.count(root)) {
            node = Spine.child(root, ++page);
            slot = 0;
        } else {
            return false;
        }
        enter(Quicklist.pack(Spine.child(node, slot)));
        return true;
    }

    private boolean previousChunk() {
        if (root == 0) {
            return false;
        }
        if (slot > 0) {
            slot--;
        } else if (page > 0) {
            node = Spine.child(root, --page);
            slot = Spine.count(node) - 1;
        } else {
            return false;
        }
        enter(Quicklist.pack(Spine.child(node, slot)));
        index = chunkElements() - 1;
        entry = Listpack.previous(end);
        return true;
    }

    private void enter(long listpack) {
        pack = listpack;
        end = Listpack.end(listpack);
        entry = Listpack.first(listpack);
        index = 0;
    }
}
