package io.carnelian.rdb.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Pages;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.resp.CommandError;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class PayloadTest {
    private final Slabs slabs = new Slabs(new Pages());
    private final Keyspace keyspace = new Keyspace(slabs, 1);
    private final Payloads payloads = new Payloads(UnpooledByteBufAllocator.DEFAULT);

    private String dump(long record) {
        ByteBuf payload = payloads.dump(record, 10, true);
        try {
            assertThat(payloads.isWhole(payload.memoryAddress(), payload.readableBytes(), true))
                    .isTrue();
            for (int i = 0; i < payload.readableBytes(); i++) {
                payload.setByte(i, payload.getByte(i) ^ 0x10);
                assertThat(payloads.isWhole(payload.memoryAddress(), payload.readableBytes(), true))
                        .as("byte %d", i)
                        .isFalse();
                payload.setByte(i, payload.getByte(i) ^ 0x10);
            }
            return ByteBufUtil.hexDump(payload);
        } finally {
            payload.release();
        }
    }

    /** What redis-server 7.0.15 answers to {@code SET k 10} and {@code DUMP k}. */
    @Test
    void theBytesAreThoseOfRedis() {
        long record = keyspace.values().create(Record.STRING, Record.INT, 8);
        Record.setNumber(record, 10);
        assertThat(dump(record)).isEqualTo("00c00a0a006e9f57450eae63bb");
        slabs.free(record);
    }

    /** {@code RPUSH l a 1}. */
    @Test
    void aListIsOneListpackInItsNode() {
        long record = keyspace.values().create(Record.LIST, Record.LISTPACK, 12);
        long pack = Record.valueAddress(record);
        Listpack.create(pack);
        long text = slabs.allocate(8);
        Memory.putByte(text, (byte) 'a');
        Listpack.insert(pack, Listpack.end(pack), text, 1);
        Listpack.insert(pack, Listpack.end(pack), 1);
        assertThat(dump(record)).isEqualTo("1201020c0c00000002008161020101ff0a0094962b23ac17aa85");
        slabs.free(text);
        slabs.free(record);
    }

    /** A value of more than 2 GiB is an error for who asks, and no end of the server. */
    @Test
    void whatIsTooLongIsRefusedAndTheNextIsNot() {
        Payloads small = new Payloads(UnpooledByteBufAllocator.DEFAULT, 100);
        long record = keyspace.values().create(Record.STRING, Record.RAW, 200);
        for (int i = 0; i < 200; i++) {
            Memory.putByte(Record.valueAddress(record) + i, (byte) i);
        }
        assertThatThrownBy(() -> small.dump(record, 10, false)).isInstanceOf(CommandError.class);
        long number = keyspace.values().create(Record.STRING, Record.INT, 8);
        Record.setNumber(number, 10);
        ByteBuf payload = small.dump(number, 10, true);
        assertThat(ByteBufUtil.hexDump(payload)).isEqualTo("00c00a0a006e9f57450eae63bb");
        payload.release();
        slabs.free(record);
        slabs.free(number);
    }
}
