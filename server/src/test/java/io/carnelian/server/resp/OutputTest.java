package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

/** What becomes of a reply for which there is no memory. */
class OutputTest {
    /** Has so many bytes and no more. */
    private static final class Small extends AbstractByteBufAllocator {
        final UnpooledByteBufAllocator all = new UnpooledByteBufAllocator(true, true);
        private final long limit;

        Small(long limit) {
            super(true);
            this.limit = limit;
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (all.metric().usedDirectMemory() + initialCapacity > limit) {
                throw new OutOfMemoryError("a test has no more");
            }
            return all.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new UnsupportedOperationException("output is direct");
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    @Test
    void aReplyWithoutMemoryIsDroppedAndTheCommandGoesOn() {
        Small allocator = new Small(10L * Output.CHUNK_BYTES);
        Output output = new Output(allocator);
        int[] heard = {0};
        output.watch(() -> heard[0]++);
        byte[] value = new byte[1000];
        ByteBuf place = output.defer();
        for (int i = 0; i < 1000; i++) {
            output.bytes(value);
            assertThat(output.isStarved()).isEqualTo(output.isDropping());
        }
        output.fill(place, (byte) '*', 1000);
        assertThat(output.isStarved()).isTrue();
        assertThat(heard[0]).isGreaterThanOrEqualTo(1);
        assertThat(output.take()).as("nothing is sent").isNull();
        assertThat(output.heldBytes()).isLessThan(3L * Output.CHUNK_BYTES);
        output.discard();
        assertThat(allocator.all.metric().usedDirectMemory()).isZero();
    }
}
