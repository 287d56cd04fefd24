package io.carnelian.server.resp;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Commands encoded as RESP arrays of bulk strings, one after the other in one growing buffer:
 * effects for the write stream, a handshake with a primary.
 *
 * <pre>{@code  *3\r\n $3\r\nSET\r\n $1\r\nk\r\n $1\r\nv\r\n }</pre>
 */
public final class CommandBytes {
    private static final short CRLF = (short) ('\r' | ('\n' << 8));
    private static final int KEPT_BYTES = 64 * 1024;

    private final ByteBufAllocator allocator;
    private ByteBuf buffer;
    private long base;
    private int length;

    public CommandBytes(ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.buffer = allocator.directBuffer(1024);
        this.base = buffer.memoryAddress();
    }

    public CommandBytes begin(int argc) {
        header((byte) '*', argc);
        return this;
    }

    public CommandBytes arg(byte[] bytes) {
        header((byte) '$', bytes.length);
        reserve(bytes.length + 2L);
        Memory.copyIn(bytes, 0, base + length, bytes.length);
        length += bytes.length;
        crlf();
        return this;
    }

    public CommandBytes arg(String latin1) {
        return arg(Reply.ascii(latin1));
    }

    public CommandBytes arg(long address, int bytes) {
        header((byte) '$', bytes);
        reserve(bytes + 2L);
        Memory.copy(address, base + length, bytes);
        length += bytes;
        crlf();
        return this;
    }

    public CommandBytes argLong(long v) {
        int digits = Numbers.digits(v);
        header((byte) '$', digits);
        reserve(digits + 2L);
        Numbers.putLong(base + length, v);
        length += digits;
        crlf();
        return this;
    }

    /** Appends a whole command that is encoded already. */
    public CommandBytes encoded(long address, int bytes) {
        reserve(bytes);
        Memory.copy(address, base + length, bytes);
        length += bytes;
        return this;
    }

    private void header(byte prefix, long v) {
        reserve(Numbers.MAX_LINE_BYTES);
        length += Numbers.putLine(base + length, prefix, v);
    }

    private void crlf() {
        Memory.putShort(base + length, CRLF);
        length += 2;
    }

    private void reserve(long bytes) {
        long needed = length + bytes + 2;
        if (needed <= buffer.capacity()) {
            return;
        }
        if (needed > Integer.MAX_VALUE - 64) {
            throw Errors.STRING_TOO_LONG.error();
        }
        ByteBuf larger =
                allocator.directBuffer(
                        (int) Math.min(Integer.MAX_VALUE - 64, Math.max(needed, 2L * length)));
        Memory.copy(base, larger.memoryAddress(), length);
        buffer.release();
        buffer = larger;
        base = larger.memoryAddress();
    }

    /** Address of the first byte; moves when more is added. */
    public long address() {
        return base;
    }

    public int length() {
        return length;
    }

    /** Forgets everything; a buffer that has grown large is given back. */
    public void clear() {
        length = 0;
        if (buffer.capacity() > KEPT_BYTES) {
            buffer.release();
            buffer = allocator.directBuffer(1024);
            base = buffer.memoryAddress();
        }
    }

    public void free() {
        buffer.release();
    }

    /**
     * Number of bytes that an argument of this length takes with its header: {@code $3\r\nSET\r\n}
     * is 9.
     */
    public static int encodedArgBytes(int argLength) {
        return 1 + Numbers.digits(argLength) + 2 + argLength + 2;
    }
}
