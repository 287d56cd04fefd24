package io.carnelian.server.commands;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Numbers;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * The bytes of a string as a range of memory, wherever they come from: a view of a record, or a
 * copy of what has no address, the digits of a number or an array. Valid until the record changes
 * or something else is set.
 */
public final class Text {
    /** Never released: it lives as long as the family that owns the view, and then is collected. */
    private ByteBuf copy = buffer(Numbers.MAX_LONG_DIGITS);

    public long address = copy.memoryAddress();
    public int length;

    /** The value of a string record, or nothing for record 0. */
    public Text set(long record) {
        if (record == 0) {
            address = copy.memoryAddress();
            length = 0;
        } else if (Strings.isNumber(record)) {
            address = copy.memoryAddress();
            length = Numbers.putLong(address, Record.number(record));
        } else {
            address = Record.valueAddress(record);
            length = Record.valueLength(record);
        }
        return this;
    }

    /** The digits of a number. */
    public Text setLong(long number) {
        address = copy.memoryAddress();
        length = Numbers.putLong(address, number);
        return this;
    }

    /** A copy of an array. */
    public Text set(byte[] bytes) {
        if (bytes.length > copy.capacity()) {
            copy = buffer(bytes.length);
        }
        address = copy.memoryAddress();
        length = bytes.length;
        Memory.copyIn(bytes, 0, address, length);
        return this;
    }

    private static ByteBuf buffer(int bytes) {
        return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes));
    }
}
