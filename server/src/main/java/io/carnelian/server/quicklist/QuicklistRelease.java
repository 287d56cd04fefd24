package io.carnelian.server.quicklist;

import io.carnelian.server.memory.Slabs;

/** Frees a list that nobody sees any more, node by node. */
public final class QuicklistRelease {
    private final Slabs slabs;
    private long root;
    private int page;
    private int slot;

    public QuicklistRelease(Slabs slabs) {
        this.slabs = slabs;
    }

    /** Starts with the list below this root. */
    public void begin(long listRoot) {
        root = listRoot;
        page = 0;
        slot = 0;
    }

    /** Frees all nodes below a root, and it. */
    void all(long listRoot) {
        begin(listRoot);
        while (next()) {}
    }

    /** Frees one node; false if it was the last. */
    public boolean next() {
        if (page == Spine.count(root)) {
            slabs.free(root);
            return false;
        }
        long node = Spine.child(root, page);
        if (slot < Spine.count(node)) {
            slabs.free(Spine.child(node, slot++));
        } else {
            slabs.free(node);
            page++;
            slot = 0;
        }
        return true;
    }
}
