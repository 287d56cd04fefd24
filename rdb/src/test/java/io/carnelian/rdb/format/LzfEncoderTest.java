package io.carnelian.rdb.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A long string is compressed through a window as it would be in one piece. */
class LzfEncoderTest {
    private static final long SEED =
            Long.getLong("seed", Long.getLong("build.seed", System.nanoTime() & 0xffff_ffffL));

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final LzfEncoder whole = new LzfEncoder();
    private final LzfEncoder windowed = new LzfEncoder();

    @Test
    void theWindowMakesNoDifference() throws IOException {
        for (int round = 0; round < 60; round++) {
            byte[] text = text(random.nextInt(100, 1_500_000));
            int room = text.length - 4;
            byte[] packed = new byte[text.length];
            int bytes = whole.compress(text, text.length, packed, room);
            RawBytes memory =
                    (address, to, offset, length) ->
                            System.arraycopy(text, (int) address - 7, to, offset, length);
            int counted = windowed.compress(memory, 7, text.length, room, null);
            assertThat(counted).as("-Dseed=%d, round %d", SEED, round).isEqualTo(bytes);
            ByteArrayOutputStream parts = new ByteArrayOutputStream();
            var _ = windowed.compress(memory, 7, text.length, room, (b, n) -> parts.write(b, 0, n));
            if (bytes > 0) {
                assertThat(parts.toByteArray())
                        .as("-Dseed=%d, round %d", SEED, round)
                        .isEqualTo(Arrays.copyOf(packed, bytes));
            }
        }
    }

    /** Runs, repetitions near and far, and noise, in any mixture. */
    private byte[] text(int length) {
        byte[] text = new byte[length];
        int noise = random.nextInt(1, 256);
        int at = 0;
        while (at < length) {
            int count = Math.min(length - at, random.nextInt(1, random.nextInt(2, 3000)));
            switch (random.nextInt(3)) {
                case 0 -> Arrays.fill(text, at, at + count, (byte) random.nextInt());
                case 1 -> {
                    int from = at - Math.min(at, random.nextInt(1, 10_000));
                    for (int i = 0; i < count; i++) {
                        text[at + i] = text[from + i];
                    }
                }
                default -> {
                    for (int i = 0; i < count; i++) {
                        text[at + i] = (byte) random.nextInt(noise);
                    }
                }
            }
            at += count;
        }
        return text;
    }
}
