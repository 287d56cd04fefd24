package io.carnelian.server.epoch;

import io.carnelian.server.memory.AddressList;
import io.carnelian.server.memory.Slabs;
import org.jspecify.annotations.Nullable;

/** One live cut: its epoch, and what it alone keeps from being freed (its limbo). */
public final class Cut {
    private final long epoch;
    final AddressList limbo;
    @Nullable Cut older;
    long limboBytes;

    Cut(long epoch, @Nullable Cut older, Slabs slabs) {
        this.epoch = epoch;
        this.older = older;
        this.limbo = new AddressList(slabs);
    }

    /** Nodes with an older stamp are visible to this cut. */
    public long epoch() {
        return epoch;
    }
}
