package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.resp.Output;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeldRepliesTest {
    private final HeldReplies held = new HeldReplies();
    private final Output output = new Output(UnpooledByteBufAllocator.DEFAULT);

    private void hold(String reply, long storedAt) {
        output.bytes(reply.getBytes(StandardCharsets.US_ASCII));
        held.add(output, storedAt);
    }

    private String let(long storedUpTo) {
        ByteBuf chunk = held.take(storedUpTo);
        if (chunk == null) {
            return "";
        }
        String text = chunk.toString(StandardCharsets.US_ASCII);
        chunk.release();
        return text;
    }

    @Test
    void repliesGoInTheirOrderAsFarAsTheStreamIsStored() {
        hold("one", 10);
        hold("two", 20);
        assertThat(let(9)).isEmpty();
        assertThat(let(19)).isEqualTo("one");
        assertThat(let(19)).isEmpty();
        assertThat(held.bytes()).isEqualTo(3);
        assertThat(let(20)).isEqualTo("two");
        assertThat(held.isEmpty()).isTrue();
    }

    @Test
    void anyNumberMayWait() {
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        Random random = new Random(seed);
        ArrayDeque<String> expected = new ArrayDeque<>();
        long bytes = 0;
        for (int i = 0; i < 10_000; i++) {
            boolean more = random.nextInt(100) < (i % 1000 < 500 ? 60 : 40);
            if (more) {
                hold("r" + i, i);
                expected.add("r" + i);
                bytes += ("r" + i).length();
            } else if (!expected.isEmpty()) {
                String first = expected.remove();
                bytes -= first.length();
                assertThat(let(i)).as("-Dseed=%d", seed).isEqualTo(first);
            }
            assertThat(held.bytes()).as("-Dseed=%d", seed).isEqualTo(bytes);
            assertThat(held.isEmpty()).as("-Dseed=%d", seed).isEqualTo(expected.isEmpty());
        }
        held.release();
        assertThat(held.isEmpty()).isTrue();
        hold("late", 1);
        assertThat(held.isEmpty()).isTrue();
    }
}
