package io.carnelian.server.client;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Requests kept for later, with copies of their arguments: a transaction's queue, or what a client
 * sent while it had to wait. Everything lies in buffers outside the heap, which grow; {@link #free}
 * gives them back.
 */
public final class QueuedRequests {
    private static final int FIRST_BYTES = 512;
    private static final int FIRST_INTS = 16;
    private static final int MAX_BYTES = Integer.MAX_VALUE - 64;
    private static final int MAX_INTS = MAX_BYTES / Integer.BYTES;

    private final ByteBufAllocator allocator;
    private ByteBuf bytes;
    private int used;

    /** Ints: where each argument ends in {@link #bytes}. */
    private ByteBuf argEnd;

    private int args;

    /** Ints: the first argument of each request, and of the one behind the last. */
    private ByteBuf firstArg;

    private int count;

    public QueuedRequests(ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.bytes = allocator.directBuffer(FIRST_BYTES);
        this.argEnd = allocator.directBuffer(FIRST_INTS * Integer.BYTES);
        this.firstArg = allocator.directBuffer(FIRST_INTS * Integer.BYTES);
    }

    /**
     * Begins a request of {@code argc} arguments with so many bytes in all; exactly they follow by
     * {@link #arg}. False if there is no room for it: nothing is changed then.
     */
    public boolean begin(int argc, long argumentBytes) {
        long ends = (long) args + argc;
        if (used + argumentBytes > MAX_BYTES || ends > MAX_INTS || count + 2L > MAX_INTS) {
            return false;
        }
        try {
            bytes = withRoom(bytes, used, used + argumentBytes);
            argEnd = withRoom(argEnd, (long) args * Integer.BYTES, ends * Integer.BYTES);
            firstArg =
                    withRoom(firstArg, (count + 1L) * Integer.BYTES, (count + 2L) * Integer.BYTES);
        } catch (OutOfMemoryError e) {
            return false;
        }
        putInt(firstArg, count++, args);
        putInt(firstArg, count, args);
        return true;
    }

    private ByteBuf withRoom(ByteBuf buffer, long kept, long needed) {
        if (needed <= buffer.capacity()) {
            return buffer;
        }
        ByteBuf larger =
                allocator.directBuffer((int) Math.min(Math.max(needed, 2 * kept), MAX_BYTES));
        Memory.copy(buffer.memoryAddress(), larger.memoryAddress(), Math.min(kept, needed));
        buffer.release();
        return larger;
    }

    /** Adds a copy of an argument to the request begun last. */
    public void arg(long address, int length) {
        Memory.copy(address, bytes.memoryAddress() + used, length);
        used += length;
        putInt(argEnd, args++, used);
        putInt(firstArg, count, args);
    }

    public int count() {
        return count;
    }

    public int argc(int request) {
        return getInt(firstArg, request + 1) - getInt(firstArg, request);
    }

    /** Valid until the next {@link #begin}. */
    public long address(int request, int i) {
        return bytes.memoryAddress() + startOf(getInt(firstArg, request) + i);
    }

    public int length(int request, int i) {
        int a = getInt(firstArg, request) + i;
        return getInt(argEnd, a) - startOf(a);
    }

    private int startOf(int a) {
        return a == 0 ? 0 : getInt(argEnd, a - 1);
    }

    private static int getInt(ByteBuf ints, int i) {
        return Memory.getInt(ints.memoryAddress() + (long) i * Integer.BYTES);
    }

    private static void putInt(ByteBuf ints, int i, int v) {
        Memory.putInt(ints.memoryAddress() + (long) i * Integer.BYTES, v);
    }

    /** Bytes of arguments in it. */
    public long usedBytes() {
        return used;
    }

    /** Memory held, in bytes. */
    public long heldBytes() {
        return (long) bytes.capacity() + argEnd.capacity() + firstArg.capacity();
    }

    /** Releases the buffers; nothing may be called after. */
    public void free() {
        bytes.release();
        argEnd.release();
        firstArg.release();
    }
}
