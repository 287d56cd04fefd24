package io.carnelian.server.epoch;

import io.carnelian.server.memory.AddressList;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.OutOfMemory;
import io.carnelian.server.memory.Slabs;
import org.jspecify.annotations.Nullable;

/**
 * The clock of snapshots, and what waits for them.
 *
 * <pre>
 *   epoch   1 ......... cut A=2 ............. cut B=3 ...........> time
 *                          │                     │
 *                        limbo A <── retired ──┘ limbo B <── retired now
 *
 *   liveCut = epoch of the newest live cut, 0 if none.
 *   A node may be written in place iff stamp ≥ liveCut; else it is copied, the copy's stamp is the
 *   epoch, and the old one is retired.
 * </pre>
 *
 * What is retired while a cut lives may be visible to it, so it waits in the limbo of the newest
 * one. When a cut ends, its limbo goes to the next older live cut, or to the release queue if there
 * is none. The queue frees in slices, {@link #releaseSome}; dropped tables and collections go the
 * same way, so nothing that is dropped stalls the command thread, whatever its size.
 *
 * <p>All methods belong to the thread that owns the keyspace.
 */
public final class Epochs {
    /** A node of a structure: its memory alone, its stamp in the first eight bytes. */
    public static final int NODE = 0;

    /** A record whose contents live on elsewhere: its memory alone. */
    public static final int SHELL = 1;

    /** A record with all that hangs on it. */
    public static final int RECORD = 2;

    /** A root with everything below it, records too. It has its birth at {@link #BIRTH}. */
    public static final int TREE = 3;

    /** Where a root has the epoch in which its tree was made: older cuts see none of it. */
    public static final int BIRTH = 24;

    /** A record of a collection: its memory alone, and no cut can tell whether it sees it. */
    public static final int ELEMENT = 4;

    private static final int KIND_SHIFT = 48;
    private static final long ADDRESS = (1L << KIND_SHIFT) - 1;
    private static final int RESERVED_WORDS = 64;

    private final Slabs slabs;
    private final Demolition demolition;
    private final AddressList releases;
    private long epoch = 1;
    private long liveCut;
    private @Nullable Cut newest;
    private boolean treeBegun;

    @SuppressWarnings("UnusedVariable")
    private long kept;

    private long[] scratch = new long[1024];

    private int liveCuts;
    private long cutsTotal;
    private long nodesCopied;
    private long bytesCopied;

    public Epochs(Slabs slabs, Demolition demolition) {
        this.slabs = slabs;
        this.demolition = demolition;
        this.releases = new AddressList(slabs);
    }

    /** The epoch of the newest live cut, 0 if there is none. */
    public long liveCut() {
        return liveCut;
    }

    /** The stamp of nodes made now. */
    public long epoch() {
        return epoch;
    }

    /** True if a live cut may see a node of this stamp. */
    public boolean isFrozen(long stamp) {
        return stamp < liveCut;
    }

    /** Starts a new epoch: nodes stamped before it may not be written while the cut lives. */
    public Cut cut(FrozenView view) {
        epoch++;
        Cut cut = new Cut(epoch, view, newest, slabs);
        newest = cut;
        liveCut = epoch;
        liveCuts++;
        cutsTotal++;
        return cut;
    }

    /** Makes sure that the retirements of one operation (≤ 64) need no memory. */
    public void reserve() {
        Cut cut = newest;
        if (cut != null) {
            cut.limbo.reserve(RESERVED_WORDS);
        }
        releases.reserve(RESERVED_WORDS);
    }

    /** Something left the live structures that a live cut may see: it is freed after that cut. */
    public void retire(int kind, long address) {
        Cut cut = newest;
        if (cut == null) {
            release(kind, address);
            return;
        }
        cut.limbo.add((long) kind << KIND_SHIFT | address);
        cut.waitingBytes += slabs.usableSize(address);
    }

    /**
     * A tree that was retired just now has about so many bytes below its root, if nothing else is
     * on its way out.
     */
    public void countTree(long bytes) {
        Cut cut = newest;
        if (cut != null && !treeBegun && releases.isEmpty()) {
            cut.waitingBytes += bytes;
        }
    }

    /** Something left the live structures that no cut sees: it is freed now, a tree in slices. */
    public void release(int kind, long address) {
        switch (kind) {
            case NODE, SHELL, ELEMENT -> slabs.free(address);
            case RECORD -> demolition.record(address);
            default -> releases.add((long) kind << KIND_SHIFT | address);
        }
    }

    /** A node was copied because it was frozen. */
    public void countCopy(long bytes) {
        nodesCopied++;
        bytesCopied += bytes;
    }

    /**
     * Frees up to {@code max} records and nodes that nobody sees any more, and looks through what
     * cuts inherited. To be called every loop turn.
     *
     * @return steps done; fewer than {@code max} when nothing is left to do
     */
    public int releaseSome(int max) {
        int done = 0;
        kept = releases.touchLast(Math.min(max, RESERVED_WORDS));
        while (done < max) {
            if (treeBegun) {
                int some = demolition.someOfTree(max - done);
                treeBegun = some == max - done;
                done += some;
            } else if (!releases.isEmpty()) {
                long word = releases.removeLast();
                releaseWord((int) (word >>> KIND_SHIFT), word & ADDRESS);
                done++;
            } else if (!sortInherited()) {
                break;
            } else {
                done++;
            }
        }
        return done;
    }

    /** Whether something is freed in slices that no cut holds. */
    public boolean isReleasing() {
        return treeBegun || !releases.isEmpty();
    }

    /** True if {@link #releaseSome} has something to do. */
    public boolean hasReleases() {
        boolean has = isReleasing();
        for (Cut cut = newest; cut != null; cut = cut.older) {
            has |= !cut.inherited.isEmpty();
        }
        return has;
    }

    /** The cut is not read any more. What only it could see is freed by {@link #releaseSome}. */
    public void end(Cut cut) {
        Cut above = above(cut);
        Cut below = cut.older;
        AddressList heir = below == null ? releases : below.inherited;
        heir.addAll(cut.limbo);
        heir.addAll(cut.inherited);
        if (below != null) {
            below.waitingBytes += cut.waitingBytes;
        }
        if (above != null) {
            above.older = below;
        } else {
            newest = below;
            liveCut = below == null ? 0 : below.epoch();
        }
        liveCuts--;
    }

    /** Bytes that wait for live cuts; those below retired trees are an estimate. */
    public long limboBytes() {
        long bytes = 0;
        for (Cut cut = newest; cut != null; cut = cut.older) {
            bytes += cut.waitingBytes;
        }
        return bytes;
    }

    /** Bytes of the lists of what waits. */
    public long listBytes() {
        long bytes = releases.ownBytes();
        for (Cut cut = newest; cut != null; cut = cut.older) {
            bytes += cut.limbo.ownBytes() + cut.inherited.ownBytes();
        }
        return bytes;
    }

    public int liveCuts() {
        return liveCuts;
    }

    public long cutsTotal() {
        return cutsTotal;
    }

    public long nodesCopied() {
        return nodesCopied;
    }

    public long bytesCopied() {
        return bytesCopied;
    }

    /** Gives the lists' own memory back; nothing may wait, no cut may live. */
    public void close() {
        if (newest != null || hasReleases()) {
            throw new IllegalStateException("something still waits");
        }
        releases.close();
    }

    /** Takes the outcome of reads that are made only to have memory near, so that they are made. */
    public void keep(long seen) {
        kept = seen;
    }

    /** Room for {@code words} words, for one operation of the owner thread. */
    public long[] scratch(int words) {
        if (scratch.length < words) {
            scratch = new long[words];
        }
        return scratch;
    }

    private void releaseWord(int kind, long address) {
        if (kind == TREE) {
            demolition.beginTree(address);
            treeBegun = true;
        } else {
            release(kind, address);
        }
    }

    /**
     * Decides about one inherited thing: kept by its cut, or released. What a cut does not see was
     * born after it, so still older cuts do not see it either.
     *
     * @return false if there is none
     */
    private boolean sortInherited() {
        Cut cut = newest;
        while (cut != null && cut.inherited.isEmpty()) {
            cut = cut.older;
        }
        if (cut == null) {
            return false;
        }
        try {
            cut.limbo.reserve(RESERVED_WORDS);
            releases.reserve(RESERVED_WORDS);
        } catch (OutOfMemory e) {
            return false;
        }
        long word = cut.inherited.removeLast();
        int kind = (int) (word >>> KIND_SHIFT);
        long address = word & ADDRESS;
        boolean visible =
                switch (kind) {
                    case NODE -> Memory.getLong(address) < cut.epoch();
                    case TREE -> Memory.getLong(address + BIRTH) < cut.epoch();
                    case SHELL, RECORD -> cut.view.holds(address);
                    default -> true;
                };
        if (visible) {
            cut.limbo.add(word);
        } else {
            cut.waitingBytes -= slabs.usableSize(address);
            release(kind, address);
        }
        return true;
    }

    private @Nullable Cut above(Cut cut) {
        Cut above = null;
        for (Cut c = newest; c != cut; c = c.older) {
            if (c == null) {
                throw new IllegalStateException("the cut has ended already");
            }
            above = c;
        }
        return above;
    }
}
