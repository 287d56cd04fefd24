package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The replies of one client that have not gone to its socket yet: a chunk that is being written,
 * and full ones before it. Bytes are put at {@link #position} after {@link #reserve}; a value of
 * any length is appended with {@link #bytes}. Chunks are direct buffers that the connection hands
 * to the socket as they are, so a reply byte is copied once, from the record to here.
 *
 * <p>A reply whose length is known only at its end ({@link #defer}) gets a small chunk of its own
 * for the header, filled later: nothing is moved.
 *
 * <p>Command thread only.
 */
public final class Output {
    /** Chunk size for ordinary replies, in bytes. */
    public static final int CHUNK_BYTES = 16 * 1024;

    private static final int HEADER_BYTES = 32;

    /** Hears each time a chunk is full: the moment to look at limits. */
    @FunctionalInterface
    public interface Watcher {
        void grown();
    }

    private static final Watcher NOBODY = () -> {};

    private final ByteBufAllocator allocator;
    private final ArrayDeque<ByteBuf> sealed = new ArrayDeque<>();
    private @Nullable ByteBuf chunk;
    private long base;
    private long sealedBytes;
    private long sealedCapacity;
    private Watcher watcher = NOBODY;
    private boolean dropping;
    private boolean starved;

    /** Address of the next byte to write. Only after {@link #reserve}. */
    long position;

    long limit;

    public Output(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    public ByteBufAllocator allocator() {
        return allocator;
    }

    public void watch(Watcher whoHears) {
        watcher = whoHears;
    }

    /**
     * From now on nothing that is written is kept, and nothing is given to the socket: the client
     * is beyond its limit and will be disconnected as soon as its command has ended.
     */
    public void drop() {
        dropping = true;
    }

    public boolean isDropping() {
        return dropping;
    }

    /** There was no memory for its reply: all that could be given back was, the rest is dropped. */
    public boolean isStarved() {
        return starved;
    }

    /** Has the watcher look, if more than an ordinary reply waits here. */
    public void checkLimits() {
        if (pendingBytes() > CHUNK_BYTES) {
            watcher.grown();
        }
    }

    /** Makes room for {@code length} bytes in one piece at {@link #position}. */
    void reserve(int length) {
        if (limit - position < length) {
            nextChunk(length);
        }
    }

    /** Appends bytes from memory, over as many chunks as it takes. */
    public void bytes(long address, long length) {
        if (limit - position < length) {
            bytesOverChunks(address, length);
            return;
        }
        Memory.copy(address, position, length);
        position += length;
    }

    public void bytes(byte[] source) {
        reserve(source.length);
        Memory.copyIn(source, 0, position, source.length);
        position += source.length;
    }

    private void bytesOverChunks(long address, long length) {
        long left = length;
        long from = address;
        while (left > 0) {
            if (position == limit) {
                nextChunk((int) Math.min(Math.max(left, CHUNK_BYTES), 1 << 20));
            }
            long step = Math.min(left, limit - position);
            Memory.copy(from, position, step);
            position += step;
            from += step;
            left -= step;
        }
    }

    private void nextChunk(int atLeast) {
        if (!dropping) {
            boolean grows = chunk != null;
            seal();
            if (grows) {
                watcher.grown();
            }
        }
        ByteBuf old = chunk;
        if (old != null) {
            if (old.capacity() >= atLeast) {
                position = base;
                return;
            }
            old.release();
        }
        ByteBuf next = allocate(Math.max(atLeast, CHUNK_BYTES));
        chunk = next;
        base = next.memoryAddress();
        position = base;
        limit = base + next.capacity();
    }

    /**
     * If memory runs out here, the command goes on, since it may have changed something already;
     * its client loses the reply and the connection.
     */
    private ByteBuf allocate(int bytes) {
        try {
            return allocator.directBuffer(bytes);
        } catch (OutOfMemoryError e) {
            dropping = true;
            starved = true;
            giveBack();
            watcher.grown();
            return allocator.directBuffer(bytes);
        }
    }

    /** Frees what is sealed but the places for headers, which are still to be filled. */
    private void giveBack() {
        for (int i = sealed.size(); i > 0; i--) {
            ByteBuf first = sealed.remove();
            if (first.capacity() <= HEADER_BYTES) {
                sealed.add(first);
            } else {
                sealedBytes -= first.readableBytes();
                sealedCapacity -= first.capacity();
                first.release();
            }
        }
    }

    private void seal() {
        ByteBuf full = chunk;
        if (full == null) {
            return;
        }
        int length = (int) (position - base);
        chunk = null;
        position = 0;
        limit = 0;
        if (length == 0) {
            full.release();
            return;
        }
        full.writerIndex(length);
        sealed.add(full);
        sealedBytes += length;
        sealedCapacity += full.capacity();
    }

    /**
     * Leaves a place for a header that is written by {@link #fill} once the number of elements is
     * known.
     */
    ByteBuf defer() {
        if (!dropping) {
            seal();
        }
        ByteBuf place = allocate(HEADER_BYTES);
        sealed.add(place);
        sealedCapacity += place.capacity();
        return place;
    }

    /** Writes the deferred header: {@code prefix}, {@code count} in decimal, CRLF. */
    void fill(ByteBuf place, byte prefix, long count) {
        int bytes = Numbers.putLine(place.memoryAddress(), prefix, count);
        place.writerIndex(bytes);
        sealedBytes += bytes;
    }

    /** Bytes written and not taken yet. */
    public long pendingBytes() {
        return sealedBytes + (chunk == null ? 0 : position - base);
    }

    /**
     * Takes back what was written since {@link #pendingBytes} was {@code pending}, places for
     * headers included. Nothing may have been taken since then.
     */
    void takeBack(long pending) {
        if (dropping) {
            return;
        }
        long excess = pendingBytes() - pending;
        if (chunk != null && excess <= position - base) {
            position -= excess;
            return;
        }
        seal();
        while (excess > 0) {
            ByteBuf last = sealed.removeLast();
            int bytes = last.readableBytes();
            if (bytes <= excess) {
                sealedCapacity -= last.capacity();
                last.release();
                sealedBytes -= bytes;
                excess -= bytes;
            } else {
                last.writerIndex((int) (bytes - excess));
                sealed.add(last);
                sealedBytes -= excess;
                excess = 0;
            }
        }
    }

    /** Memory held by the chunks, in bytes. */
    public long heldBytes() {
        return sealedCapacity + (chunk == null ? 0 : chunk.capacity());
    }

    public boolean isEmpty() {
        return sealed.isEmpty() && (chunk == null || position == base);
    }

    /** The next chunk for the socket, or null when there is none. The caller owns it. */
    public @Nullable ByteBuf take() {
        return dropping ? null : next();
    }

    private @Nullable ByteBuf next() {
        if (sealed.isEmpty()) {
            if (chunk == null) {
                return null;
            }
            seal();
        }
        ByteBuf first = sealed.poll();
        if (first != null) {
            sealedBytes -= first.readableBytes();
            sealedCapacity -= first.capacity();
        }
        return first;
    }

    /** Drops everything that has not been taken. */
    public void discard() {
        for (ByteBuf b = next(); b != null; b = next()) {
            b.release();
        }
    }
}
