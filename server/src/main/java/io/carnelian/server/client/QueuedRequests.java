package io.carnelian.server.client;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;

/**
 * Requests kept for later, with copies of their arguments: a transaction's queue, or what a client
 * sent while it had to wait. Everything lies in one buffer that grows; {@link #free} gives it back.
 */
public final class QueuedRequests {
    private static final int FIRST_BYTES = 512;

    private final ByteBufAllocator allocator;
    private ByteBuf bytes;
    private int used;
    private int[] argEnd = new int[16];
    private int args;
    private int[] firstArg = new int[8];
    private int count;

    public QueuedRequests(ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.bytes = allocator.directBuffer(FIRST_BYTES);
    }

    /** Begins a request; its arguments follow by {@link #arg}. */
    public void begin() {
        if (count + 1 == firstArg.length) {
            firstArg = Arrays.copyOf(firstArg, count * 2 + 2);
        }
        firstArg[count++] = args;
        firstArg[count] = args;
    }

    /** Adds a copy of an argument to the request begun last. */
    public void arg(long address, int length) {
        if (args == argEnd.length) {
            argEnd = Arrays.copyOf(argEnd, args * 2);
        }
        long needed = (long) used + length;
        if (needed > bytes.capacity()) {
            ByteBuf larger =
                    allocator.directBuffer(
                            (int) Math.min(Math.max(needed, 2L * used), Integer.MAX_VALUE - 64));
            Memory.copy(bytes.memoryAddress(), larger.memoryAddress(), used);
            bytes.release();
            bytes = larger;
        }
        Memory.copy(address, bytes.memoryAddress() + used, length);
        used += length;
        argEnd[args++] = used;
        firstArg[count] = args;
    }

    public int count() {
        return count;
    }

    public int argc(int request) {
        return firstArg[request + 1] - firstArg[request];
    }

    /** Valid until the next {@link #arg}. */
    public long address(int request, int i) {
        int a = firstArg[request] + i;
        return bytes.memoryAddress() + (a == 0 ? 0 : argEnd[a - 1]);
    }

    public int length(int request, int i) {
        int a = firstArg[request] + i;
        return argEnd[a] - (a == 0 ? 0 : argEnd[a - 1]);
    }

    /** Bytes of arguments in it. */
    public long usedBytes() {
        return used;
    }

    /** Memory held, in bytes. */
    public long heldBytes() {
        return bytes.capacity() + 4L * (argEnd.length + firstArg.length);
    }

    /** Releases the buffer; nothing may be called after. */
    public void free() {
        bytes.release();
    }
}
