package io.carnelian.replication.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadFrameTest {
    private static final String MARK = "0123456789".repeat(4);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void findsTheMarkHoweverItIsCut(long seed) {
        Random random = new Random(seed);
        byte[] payload = new byte[random.nextInt(2000)];
        random.nextBytes(payload);
        byte[] all = new byte[payload.length + MARK.length()];
        System.arraycopy(payload, 0, all, 0, payload.length);
        System.arraycopy(mark(), 0, all, payload.length, MARK.length());
        PayloadFrame frame = new PayloadFrame(-1, MARK);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        while (at < all.length) {
            assertThat(frame.isWhole()).isFalse();
            int length = Math.min(all.length - at, 1 + random.nextInt(100));
            out.writeBytes(frame.accept(Arrays.copyOfRange(all, at, at + length)));
            assertThat(frame.taken()).isEqualTo(length);
            at += length;
        }
        assertThat(frame.isWhole()).isTrue();
        assertThat(out.toByteArray()).as("-Dseed=%d", seed).isEqualTo(payload);
        assertThat(frame.payloadBytes()).isEqualTo(payload.length);
    }

    @Test
    void aMarkInTheMiddleIsData() {
        PayloadFrame frame = new PayloadFrame(-1, MARK);
        byte[] out = frame.accept((MARK + "x").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(out).containsExactly('0');
        assertThat(frame.isWhole()).isFalse();
    }

    @Test
    void takesAsManyBytesAsAnnouncedAndNoMore() {
        PayloadFrame frame = new PayloadFrame(5, "");
        assertThat(frame.accept(new byte[] {1, 2, 3})).containsExactly(1, 2, 3);
        assertThat(frame.isWhole()).isFalse();
        assertThat(frame.accept(new byte[] {4, 5, 6, 7})).containsExactly(4, 5);
        assertThat(frame.taken()).isEqualTo(2);
        assertThat(frame.isWhole()).isTrue();
        assertThat(frame.accept(new byte[] {8})).isEmpty();
        assertThat(frame.taken()).isZero();
    }

    private static byte[] mark() {
        return MARK.getBytes(StandardCharsets.ISO_8859_1);
    }
}
