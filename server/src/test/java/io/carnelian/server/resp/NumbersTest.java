package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NumbersTest {
    private final ByteBuf buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(64);
    private final long at = buffer.memoryAddress();

    private boolean isLong(String text) {
        byte[] bytes = Reply.ascii(text);
        Memory.copyIn(bytes, 0, at, bytes.length);
        return Numbers.isLong(at, bytes.length);
    }

    @Test
    void canonicalIntegersAreLongs() {
        assertThat(isLong("0")).isTrue();
        assertThat(isLong("-1")).isTrue();
        assertThat(isLong("9223372036854775807")).isTrue();
        assertThat(isLong("-9223372036854775808")).isTrue();
    }

    @Test
    void everythingElseIsNot() {
        for (String text :
                new String[] {
                    "",
                    "-",
                    "-0",
                    "00",
                    "01",
                    "+1",
                    " 1",
                    "1 ",
                    "1.0",
                    "0x1",
                    "a",
                    "9223372036854775808",
                    "-9223372036854775809",
                    "99999999999999999999",
                    "18446744073709551616"
                }) {
            assertThat(isLong(text)).as(text).isFalse();
        }
    }

    @Test
    void longsSurviveTheRoundTrip() {
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            long v = random.nextLong() >> random.nextInt(64);
            int n = Numbers.putLong(at, v);
            byte[] text = new byte[n];
            Memory.copyOut(at, text, 0, n);
            assertThat(text).as("seed %d", seed).isEqualTo(Reply.ascii(Long.toString(v)));
            assertThat(Numbers.digits(v)).isEqualTo(n);
            assertThat(Numbers.isLong(at, n)).isTrue();
            assertThat(Numbers.parse(at, n)).isEqualTo(v);
        }
        assertThat(Numbers.putLong(at, Long.MIN_VALUE)).isEqualTo(20);
    }

    @Test
    void linesOfAnyLength() {
        for (long v : new long[] {0, 7, 9, 10, 42, 99, 100, 12345, Long.MAX_VALUE, -1, -10}) {
            int n = Numbers.putLine(at, (byte) '$', v);
            byte[] text = new byte[n];
            Memory.copyOut(at, text, 0, n);
            assertThat(text).isEqualTo(Reply.ascii("$" + v + "\r\n"));
            assertThat(n).isLessThanOrEqualTo(Numbers.MAX_LINE_BYTES);
        }
    }
}
