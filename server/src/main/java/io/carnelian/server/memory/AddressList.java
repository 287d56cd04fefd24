package io.carnelian.server.memory;

/**
 * A growing list of words outside the heap, in chunks of 8 KiB; last in, first out. It holds
 * addresses that wait for being freed, with a kind in the upper 16 bits.
 *
 * <pre>
 *   top ──> | lower | count | word 0 .. word 1021 | ──> lower chunk ──> ... ──> bottom
 * </pre>
 *
 * The words stand beside what they name, never inside it: what is listed may still be read by a
 * snapshot.
 */
public final class AddressList {
    private static final int CHUNK_BYTES = 8192;
    private static final int LOWER = 0;
    private static final int COUNT = 8;
    private static final int WORDS = 16;
    private static final long ADDRESS = (1L << 48) - 1;
    private static final int CAPACITY = (CHUNK_BYTES - WORDS) / 8;

    private final Slabs slabs;
    private long top;
    private long bottom;
    private long spare;
    private long size;
    private long chunks;

    public AddressList(Slabs slabs) {
        this.slabs = slabs;
    }

    public long size() {
        return size;
    }

    /** Bytes of the list itself. */
    public long ownBytes() {
        return chunks * Slabs.roundUp(CHUNK_BYTES);
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Makes sure that the next {@code words} calls of {@link #add} (≤ 1000) need no memory. */
    public void reserve(int words) {
        if (spare == 0 && (top == 0 || Memory.getInt(top + COUNT) + words > CAPACITY)) {
            spare = slabs.allocate(CHUNK_BYTES);
            chunks++;
        }
    }

    public void add(long word) {
        int count = top == 0 ? CAPACITY : Memory.getInt(top + COUNT);
        if (count == CAPACITY) {
            reserve(1);
            long chunk = spare;
            spare = 0;
            Memory.putLong(chunk + LOWER, top);
            if (top == 0) {
                bottom = chunk;
            }
            top = chunk;
            count = 0;
        }
        Memory.putLong(top + WORDS + count * 8L, word);
        Memory.putInt(top + COUNT, count + 1);
        size++;
    }

    /** Takes the newest word off; the list must not be empty. */
    public long removeLast() {
        int count = Memory.getInt(top + COUNT) - 1;
        long word = Memory.getLong(top + WORDS + count * 8L);
        Memory.putInt(top + COUNT, count);
        size--;
        if (count == 0) {
            long lower = Memory.getLong(top + LOWER);
            slabs.free(top);
            chunks--;
            top = lower;
            if (top == 0) {
                bottom = 0;
            }
        }
        return word;
    }

    /**
     * Reads the newest records and nodes of this list (up to {@code max} of them), so that freeing
     * them does not wait for one cache miss after the other.
     */
    public long touchLast(int max) {
        long seen = 0;
        if (top != 0) {
            int count = Memory.getInt(top + COUNT);
            for (int i = Math.max(0, count - max); i < count; i++) {
                long address = Memory.getLong(top + WORDS + i * 8L) & ADDRESS;
                seen ^= Memory.getLong(address) ^ slabs.usableSize(address);
            }
        }
        return seen;
    }

    /** Moves everything out of the other list, chunk by chunk as they are, in constant time. */
    public void addAll(AddressList other) {
        long moved = other.chunks - (other.spare == 0 ? 0 : 1);
        chunks += moved;
        other.chunks -= moved;
        if (other.top != 0) {
            Memory.putLong(other.bottom + LOWER, top);
            if (top == 0) {
                bottom = other.bottom;
            }
            top = other.top;
            size += other.size;
            other.top = 0;
            other.bottom = 0;
            other.size = 0;
        }
        other.close();
    }

    /** Gives the list's own memory back; it must be empty. */
    public void close() {
        if (size != 0) {
            throw new IllegalStateException(size + " words left");
        }
        if (spare != 0) {
            slabs.free(spare);
            chunks--;
            spare = 0;
        }
    }
}
