package io.carnelian.server.hash;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * A field and its value as text, wherever they come from: an element record, two entries of a
 * listpack. Mutable and reused; valid until the hash changes or something else is set.
 */
public final class HashEntry {
    /** Never released: it lives as long as the family that owns the view, and then is collected. */
    private final ByteBuf digits =
            Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(2 * Decimal.MAX_BYTES));

    public long field;
    public int fieldLength;
    public long value;
    public int valueLength;

    /** The element of a table. */
    void setElement(long element) {
        field = Record.keyAddress(element);
        fieldLength = Record.keyLength(element);
        value = Record.valueAddress(element);
        valueLength = Record.valueLength(element);
    }

    /** The pair of a listpack that begins with this entry. */
    void setPair(long entry) {
        setField(entry);
        setValue(Listpack.next(entry));
    }

    void setField(long entry) {
        fieldLength = Listpack.textLength(entry);
        if (Listpack.isInteger(entry)) {
            field = digits.memoryAddress();
            Decimal.write(Listpack.integer(entry), field, fieldLength);
        } else {
            field = Listpack.stringAddress(entry);
        }
    }

    void setValue(long entry) {
        valueLength = Listpack.textLength(entry);
        if (Listpack.isInteger(entry)) {
            value = digits.memoryAddress() + Decimal.MAX_BYTES;
            Decimal.write(Listpack.integer(entry), value, valueLength);
        } else {
            value = Listpack.stringAddress(entry);
        }
    }

    /** A copy of the field. */
    public byte[] fieldBytes() {
        return copy(field, fieldLength);
    }

    /** A copy of the value. */
    public byte[] valueBytes() {
        return copy(value, valueLength);
    }

    private static byte[] copy(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return bytes;
    }
}
