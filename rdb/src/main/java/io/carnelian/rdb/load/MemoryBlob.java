package io.carnelian.rdb.load;

import io.carnelian.rdb.format.Blob;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;

/**
 * A string outside the heap that grows as its bytes come: what a file promises costs nothing. The
 * memory is used again for the next string, unless it has become much.
 */
public final class MemoryBlob implements Blob {
    private static final long FIRST_BYTES = 256;
    private static final long KEPT_BYTES = 1 << 20;

    private final Slabs slabs;
    private long address;
    private long capacity;
    private long length;

    MemoryBlob(Slabs slabs) {
        this.slabs = slabs;
    }

    /** Where the string is, until the next one begins. */
    public long address() {
        return address;
    }

    /** Its length; no reader accepts one that is longer than an int. */
    public int size() {
        return (int) length;
    }

    @Override
    public void begin() {
        length = 0;
        if (capacity == 0) {
            grow(FIRST_BYTES);
        } else if (capacity > KEPT_BYTES) {
            close();
            grow(FIRST_BYTES);
        }
    }

    @Override
    public void put(byte[] from, int offset, int count) {
        if (length + count > capacity) {
            grow(Math.max(length + count, 2 * capacity));
        }
        Memory.copyIn(from, offset, address + length, count);
        length += count;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int at(long index) {
        return Memory.getByte(address + index) & 0xFF;
    }

    private void grow(long room) {
        long more = slabs.allocate(room);
        if (address != 0) {
            Memory.copy(address, more, length);
            slabs.free(address);
        }
        address = more;
        capacity = room;
    }

    /** Gives the memory back. */
    void close() {
        if (address != 0) {
            slabs.free(address);
            address = 0;
            capacity = 0;
        }
    }
}
