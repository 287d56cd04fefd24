package io.carnelian.replication.stream;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks of the stream are kept: the last {@code limitBytes} bytes for whoever comes back,
 * and everything from the slowest reader on. A block is a consecutive piece of the stream; the last
 * one still grows. A reader stands in one block (a {@link StreamCursor}); as blocks leave only at
 * the front, it keeps all later ones too, and nothing is copied for it.
 *
 * <pre>
 *   front                                        back
 *   │ block │ block │ block │ block │ block …      ► grows
 *           ▲ reader a              ▲ reader b
 *     └─ leaves when the rest has limitBytes and no reader stands in it
 * </pre>
 *
 * Blocks are named by their number, counted from 0 and never used again; finding a position is a
 * binary search.
 *
 * @param <B> what a block is; the ring only keeps it and gives it up through {@code onLeave}
 */
public final class BlockRing<B> {
    private static final int FIRST_SLOTS = 16;

    private final Consumer<B> onLeave;
    private Object[] blocks = new Object[FIRST_SLOTS];
    private long[] starts = new long[FIRST_SLOTS];
    private int[] pins = new int[FIRST_SLOTS];
    private long front;
    private long back;
    private long firstPosition;
    private long endPosition;
    private long limitBytes;

    /**
     * @param limitBytes how much is kept for readers to come
     * @param position where the stream stands: nothing before it is kept
     */
    public BlockRing(long limitBytes, long position, Consumer<B> onLeave) {
        this.limitBytes = limitBytes;
        this.firstPosition = position;
        this.endPosition = position;
        this.onLeave = onLeave;
    }

    /** The next bytes are at the end of the last block. */
    public void grow(int bytes) {
        if (isEmpty()) {
            throw new IllegalStateException("no block to grow");
        }
        endPosition += bytes;
        trim();
    }

    /** The next {@code bytes} bytes begin a new block. */
    public void add(B block, int bytes) {
        if (back - front == blocks.length) {
            enlarge();
        }
        int slot = slot(back);
        blocks[slot] = block;
        starts[slot] = endPosition;
        back++;
        endPosition += bytes;
        trim();
    }

    public boolean isEmpty() {
        return front == back;
    }

    /** The last block, or null. */
    public @Nullable B last() {
        return isEmpty() ? null : block(back - 1);
    }

    long firstNumber() {
        return front;
    }

    boolean isLast(long number) {
        return number == back - 1;
    }

    /** Whether there is such a block; readers of an empty ring stand in the one to come. */
    boolean has(long number) {
        return number >= front && number < back;
    }

    /** The block of a number between the front's and the back's. */
    @SuppressWarnings("unchecked")
    B block(long number) {
        return (B) blocks[slot(number)];
    }

    /** Position after a block's last byte so far. */
    long end(long number) {
        return number == back - 1 ? endPosition : starts[slot(number + 1)];
    }

    /** Position of the first byte that is kept. */
    public long firstPosition() {
        return firstPosition;
    }

    /** Position after the last byte. */
    public long endPosition() {
        return endPosition;
    }

    /** Bytes kept. */
    public long bytes() {
        return endPosition - firstPosition;
    }

    /**
     * A reader stands at a position that is kept, or at the end: the block in which its next byte
     * is, or will be, stays, and so do all later ones.
     *
     * @return the number of that block; of the first one to come when the ring is empty
     */
    public long pinAt(long position) {
        if (position < firstPosition || position > endPosition) {
            throw new IllegalArgumentException(
                    position + " is not in [" + firstPosition + ", " + endPosition + "]");
        }
        long number = isEmpty() ? back : find(position);
        pins[slot(number)]++;
        return number;
    }

    /** The last block that begins at or before the position. */
    private long find(long position) {
        long low = front;
        long high = back - 1;
        while (low < high) {
            long middle = (low + high + 1) >>> 1;
            if (starts[slot(middle)] <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** A reader goes on from a block to the next one. */
    void pinNext(long number) {
        pins[slot(number + 1)]++;
        unpin(number);
    }

    /** A reader has left this block. */
    void unpin(long number) {
        int slot = slot(number);
        if (pins[slot] == 0) {
            throw new IllegalStateException("block " + number + " has no reader");
        }
        pins[slot]--;
        trim();
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** Changes how much is kept; what is too much leaves at once. */
    public void setLimitBytes(long bytes) {
        limitBytes = bytes;
        trim();
    }

    /** Gives up every block. Readers must have left. */
    public void clear() {
        while (!isEmpty()) {
            leave();
        }
    }

    private void trim() {
        while (back - front > 1
                && pins[slot(front)] == 0
                && endPosition - starts[slot(front + 1)] >= limitBytes) {
            leave();
        }
    }

    private void leave() {
        int slot = slot(front);
        if (pins[slot] != 0) {
            throw new IllegalStateException("block " + front + " has a reader");
        }
        B block = block(front);
        blocks[slot] = null;
        front++;
        firstPosition = isEmpty() ? endPosition : starts[slot(front)];
        onLeave.accept(block);
    }

    private int slot(long number) {
        return (int) (number & (blocks.length - 1));
    }

    private void enlarge() {
        int old = blocks.length;
        Object[] moreBlocks = new Object[2 * old];
        long[] moreStarts = new long[2 * old];
        int[] morePins = new int[2 * old];
        for (long n = front; n < back; n++) {
            int from = (int) (n & (old - 1));
            int to = (int) (n & (2 * old - 1));
            moreBlocks[to] = blocks[from];
            moreStarts[to] = starts[from];
            morePins[to] = pins[from];
        }
        blocks = moreBlocks;
        starts = moreStarts;
        pins = morePins;
    }

    @Override
    public String toString() {
        return "["
                + firstPosition
                + ", "
                + endPosition
                + ") in "
                + (back - front)
                + " blocks, "
                + Arrays.stream(pins).sum()
                + " readers";
    }
}
