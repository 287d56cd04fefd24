package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReplyTest {
    private final Output output = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Reply reply = new Reply(new Output(UnpooledByteBufAllocator.DEFAULT));

    private String written() {
        StringBuilder all = new StringBuilder();
        for (ByteBuf chunk = output.take(); chunk != null; chunk = output.take()) {
            all.append(chunk.toString(StandardCharsets.ISO_8859_1));
            chunk.release();
        }
        return all.toString();
    }

    @Test
    void resp2HasNoTypesOfItsOwn() {
        reply.target(output, false);
        reply.map(1);
        reply.bulk("k");
        reply.doubleValue(1.5);
        reply.bool(true);
        reply.nullBulk();
        reply.nullArray();
        reply.set(1);
        reply.integer(-7);
        assertThat(written())
                .isEqualTo("*2\r\n$1\r\nk\r\n$3\r\n1.5\r\n:1\r\n$-1\r\n*-1\r\n*1\r\n:-7\r\n");
    }

    @Test
    void wholeDoublesArePlainUntilTheyNeedAnExponent() {
        reply.target(output, false);
        reply.doubleValue(-999_999_999_999_999.0);
        reply.doubleValue(-0.0);
        reply.doubleValue(-0x1p63);
        reply.doubleValue(1e17);
        assertThat(written().split("\r\n"))
                .containsExactly(
                        "$16",
                        "-999999999999999",
                        "$2",
                        "-0",
                        "$23",
                        "-9.2233720368547758e+18",
                        "$5",
                        "1e+17");
    }

    @Test
    void resp3Has() {
        reply.target(output, true);
        reply.map(1);
        reply.bulk("k");
        reply.doubleValue(1.5);
        reply.bool(false);
        reply.nullBulk();
        reply.nullArray();
        reply.set(0);
        reply.push(1);
        reply.verbatim("txt", Reply.ascii("hi"));
        assertThat(written())
                .isEqualTo("%1\r\n$1\r\nk\r\n,1.5\r\n#f\r\n_\r\n_\r\n~0\r\n>1\r\n=6\r\ntxt:hi\r\n");
    }

    @Test
    void aDeferredLengthStandsBeforeItsElements() {
        reply.target(output, false);
        reply.ok();
        ByteBuf place = reply.deferArray();
        reply.integer(1);
        reply.integer(2);
        reply.endArray(place, 2);
        reply.ok();
        assertThat(written()).isEqualTo("+OK\r\n*2\r\n:1\r\n:2\r\n+OK\r\n");
        assertThat(output.isEmpty()).isTrue();
    }

    @Test
    void longValuesGoOverManyChunks() {
        byte[] value = new byte[3_000_000];
        Arrays.fill(value, (byte) 'x');
        ByteBuf source = Unpooled.directBuffer(value.length).writeBytes(value);
        reply.target(output, false);
        reply.bulk(source.memoryAddress(), value.length);
        assertThat(output.pendingBytes()).isEqualTo(value.length + 12);
        String all = written();
        source.release();
        assertThat(all).startsWith("$3000000\r\nxxx").endsWith("x\r\n").hasSize(value.length + 12);
    }

    @Test
    void takesBackWhatAFailedHandlerHadWritten() {
        reply.target(output, false);
        reply.ok();
        long mark = reply.mark();
        reply.bulk("old");
        reply.takeBack(mark);
        reply.integer(1);
        mark = reply.mark();
        reply.takeBack(mark);
        reply.deferArray();
        reply.bulk("x".repeat(40_000));
        reply.bulk("y".repeat(10_000));
        reply.takeBack(mark);
        reply.error(Errors.OUT_OF_MEMORY);
        assertThat(output.pendingBytes()).isEqualTo(9 + Errors.OUT_OF_MEMORY.line().length);
        assertThat(written()).startsWith("+OK\r\n:1\r\n-OOM out of memory").hasLineCount(3);
    }
}
