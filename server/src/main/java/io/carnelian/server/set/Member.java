package io.carnelian.server.set;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Hash;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * A member of a set as text, wherever it comes from: an argument, an element record, an integer of
 * a packed set. Mutable and reused; valid as long as what it was set to.
 */
public final class Member {
    /** Never released: it lives as long as the family that owns the view, and then is collected. */
    private final ByteBuf digits =
            Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Decimal.MAX_BYTES));

    public long address = digits.memoryAddress();
    public int length;

    private long number;
    private long hash;
    private boolean integer;
    private boolean hashed;

    public Member set(long at, int bytes) {
        address = at;
        length = bytes;
        hashed = false;
        integer = Decimal.isCanonical(at, bytes);
        if (integer) {
            number = Decimal.parse(at, bytes);
        }
        return this;
    }

    public Member set(long value) {
        address = digits.memoryAddress();
        length = Decimal.length(value);
        Decimal.write(value, address, length);
        hashed = false;
        integer = true;
        number = value;
        return this;
    }

    /** True if the text is the one canonical form of a 64-bit integer. */
    boolean isInteger() {
        return integer;
    }

    long number() {
        return number;
    }

    long hash() {
        if (!hashed) {
            hash = Hash.of(address, length);
            hashed = true;
        }
        return hash;
    }
}
