package io.carnelian.server.quicklist;

import io.carnelian.server.epoch.Epochs;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Listpack;

/**
 * Takes large parts out of a list, and closes it up where removals have left little.
 *
 * <pre>
 *   root  | page | page | page | page |      LTRIM of the middle: two pages go below a root of
 *                  └──────────┘              their own, as a tree that is freed in slices
 *
 *   page  | chunk 90% | 5% | 3% | 60% |      LREM: neighbours become one chunk as long as that is
 *                       └────┘               at most half full
 * </pre>
 */
final class Trimming {
    private final Quicklist list;
    private final Slabs slabs;
    private final Epochs epochs;

    Trimming(Quicklist list, Slabs slabs, Epochs epochs) {
        this.list = list;
        this.slabs = slabs;
        this.epochs = epochs;
    }

    /**
     * Takes whole pages out from one on, as many as hold no more than so many elements.
     *
     * @return the elements that are gone; 0 if the first has more, or there is no memory
     */
    long removePages(long handle, int first, long most) {
        long root = list.thawRoot(handle);
        int end = first;
        long elements = 0;
        while (end < Spine.count(root) && elements + Spine.elements(root, end) <= most) {
            elements += Spine.elements(root, end++);
        }
        if (elements == 0) {
            return 0;
        }
        long gone;
        try {
            gone = list.newNode(end - first);
        } catch (OutOfMemory e) {
            return 0;
        }
        long birth = Memory.getLong(root + Epochs.BIRTH);
        Spine.makeRoot(gone, birth);
        long bytes = 0;
        for (int i = first; i < end; i++) {
            long page = Spine.child(root, i);
            bytes += bytesOf(page);
            Spine.insert(gone, i - first, page, Spine.elements(root, i));
        }
        Spine.remove(root, first, end - first);
        list.uncount(handle, elements, bytes);
        if (epochs.isFrozen(birth)) {
            epochs.retire(Epochs.TREE, gone);
            epochs.countTree(bytes);
        } else {
            epochs.release(Epochs.TREE, gone);
        }
        return elements;
    }

    private long bytesOf(long page) {
        long bytes = slabs.usableSize(page);
        for (int i = 0, n = Spine.count(page); i < n; i++) {
            bytes += slabs.usableSize(Spine.child(page, i));
        }
        return bytes;
    }

    /** Puts small neighbours together. Each step leaves the list whole; memory may run out. */
    void closeUp(long handle, int fill) {
        for (int page = 0; page < Spine.count(Quicklist.root(handle)); page++) {
            int slot = 0;
            while (slot + 1 < Spine.count(page(handle, page))) {
                if (!joins(handle, page, slot, fill)) {
                    slot++;
                }
            }
        }
    }

    private static long page(long handle, int page) {
        return Spine.child(Quicklist.root(handle), page);
    }

    private boolean joins(long handle, int page, int slot, int fill) {
        long node = page(handle, page);
        long left = Quicklist.pack(Spine.child(node, slot));
        long right = Quicklist.pack(Spine.child(node, slot + 1));
        int more = Listpack.bytes(right) - Listpack.EMPTY_BYTES;
        int elements = Listpack.count(right);
        int together = Listpack.count(left) + elements;
        if (Listpack.bytes(left) + more > Fill.maxBytes(fill) / 2
                || !Fill.allows(fill, Listpack.bytes(left), together - 1, more)) {
            return false;
        }
        epochs.reserve();
        left = Quicklist.pack(list.writableChunk(handle, page, slot, more));
        right = Quicklist.pack(Spine.child(page(handle, page), slot + 1));
        Listpack.append(left, Listpack.first(right), Listpack.end(right), elements);
        list.addElements(handle, page, slot, elements);
        list.removeChunk(handle, page, slot + 1);
        return true;
    }
}
