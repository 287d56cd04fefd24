package io.carnelian.server.epoch;

import io.carnelian.server.memory.AddressList;
import io.carnelian.server.memory.Slabs;
import org.jspecify.annotations.Nullable;

/**
 * One live cut: its epoch, and what waits for its end.
 *
 * <p>The limbo lists what this cut can see. What a newer cut left behind when it ended is
 * <em>inherited</em> first: only part of it is visible here, which {@link Epochs#releaseSome} finds
 * out in slices.
 */
public final class Cut {
    private final long epoch;
    final FrozenView view;
    final AddressList limbo;
    final AddressList inherited;
    @Nullable Cut older;
    long waitingBytes;

    Cut(long epoch, FrozenView view, @Nullable Cut older, Slabs slabs) {
        this.epoch = epoch;
        this.view = view;
        this.older = older;
        this.limbo = new AddressList(slabs);
        this.inherited = new AddressList(slabs);
    }

    /** Nodes with an older stamp are visible to this cut. */
    public long epoch() {
        return epoch;
    }
}
