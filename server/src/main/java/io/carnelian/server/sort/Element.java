package io.carnelian.server.sort;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * A text of the keyspace as two words, which stay valid as long as nothing is changed: an integer
 * in its canonical form is its value, so that packed and unpacked ones are the same, other text is
 * where it lies. Mutable and reused.
 */
public final class Element {
    static final int INTEGER = -1;
    static final int MISSING = -2;

    /** Never released: it lives as long as the family that owns the view, and then is collected. */
    private final ByteBuf digits =
            Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Decimal.MAX_BYTES));

    /** The address, or the integer. */
    public long value;

    /** In bytes, or {@link #INTEGER}, or {@link #MISSING}. */
    public int length;

    public void setText(long address, int bytes) {
        if (Decimal.isCanonical(address, bytes)) {
            setInteger(Decimal.parse(address, bytes));
        } else {
            value = address;
            length = bytes;
        }
    }

    public void setInteger(long number) {
        value = number;
        length = INTEGER;
    }

    void setMissing() {
        value = 0;
        length = MISSING;
    }

    /** Sets both words, as another one had them. */
    public void set(long words, int kind) {
        value = words;
        length = kind;
    }

    boolean isMissing() {
        return length == MISSING;
    }

    boolean isInteger() {
        return length == INTEGER;
    }

    /** Where its bytes are, until it is set again. */
    public long address() {
        if (length == MISSING) {
            return digits.memoryAddress();
        }
        if (length != INTEGER) {
            return value;
        }
        Decimal.write(value, digits.memoryAddress(), Decimal.length(value));
        return digits.memoryAddress();
    }

    public int bytes() {
        return length == INTEGER ? Decimal.length(value) : Math.max(0, length);
    }

    /** Bytes before the first zero: as far as C's string functions look. */
    int bytesToZero() {
        int all = bytes();
        if (length >= 0) {
            for (int i = 0; i < all; i++) {
                if (Memory.getByte(value + i) == 0) {
                    return i;
                }
            }
        }
        return all;
    }

    static int compare(Element a, int aBytes, Element b, int bBytes) {
        if (a.length == INTEGER && b.length == INTEGER && a.value == b.value) {
            return 0;
        }
        return Memory.compare(a.address(), aBytes, b.address(), bBytes);
    }

    public void reply(Reply reply) {
        if (length == INTEGER) {
            reply.bulkLong(value);
        } else if (length == MISSING) {
            reply.nullBulk();
        } else {
            reply.bulk(value, length);
        }
    }
}
