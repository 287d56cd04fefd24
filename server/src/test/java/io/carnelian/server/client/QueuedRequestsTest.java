package io.carnelian.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QueuedRequestsTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final QueuedRequests queue = new QueuedRequests(allocator);
    private final ByteBuf text = Unpooled.directBuffer(64);

    @AfterEach
    void nothingIsLeft() {
        queue.free();
        text.release();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    private boolean add(String... arguments) {
        if (!queue.begin(arguments.length, String.join("", arguments).length())) {
            return false;
        }
        for (String argument : arguments) {
            text.clear().writeCharSequence(argument, StandardCharsets.ISO_8859_1);
            queue.arg(text.memoryAddress(), argument.length());
        }
        return true;
    }

    private String get(int request, int i) {
        byte[] bytes = new byte[queue.length(request, i)];
        Memory.copyOut(queue.address(request, i), bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void keepsRequestsOfAnyShape() {
        for (int i = 0; i < 1000; i++) {
            assertThat(add("SET", "key:" + i, "")).isTrue();
            assertThat(add("PING")).isTrue();
        }
        assertThat(queue.count()).isEqualTo(2000);
        for (int i = 0; i < 1000; i++) {
            assertThat(queue.argc(2 * i)).isEqualTo(3);
            assertThat(get(2 * i, 1)).isEqualTo("key:" + i);
            assertThat(get(2 * i, 2)).isEmpty();
            assertThat(queue.argc(2 * i + 1)).isEqualTo(1);
            assertThat(get(2 * i + 1, 0)).isEqualTo("PING");
        }
        assertThat(queue.heldBytes()).isEqualTo(allocator.metric().usedDirectMemory());
    }

    @Test
    void takesNoMoreThanItsBuffersCanHold() {
        assertThat(add("PING")).isTrue();
        assertThat(queue.begin(1, Integer.MAX_VALUE)).isFalse();
        assertThat(queue.begin(Integer.MAX_VALUE, 1)).isFalse();
        assertThat(queue.count()).isEqualTo(1);
        assertThat(add("GET", "k")).isTrue();
        assertThat(get(0, 0)).isEqualTo("PING");
        assertThat(get(1, 1)).isEqualTo("k");
    }
}
