package io.carnelian.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HashTest {
    private final Pages pages = new Pages(1L << 28);
    private final long buffer = new Slabs(pages).allocate(1024);
    private final Random random = new Random(1);

    @AfterEach
    void close() {
        pages.close();
    }

    @Test
    void tellsAllShortKeysApart() {
        Set<Long> seen = new HashSet<>();
        for (int length = 0; length <= 2; length++) {
            for (int i = 0; i < 1 << (8 * length); i++) {
                Memory.putInt(buffer, i);
                assertThat(seen.add(Hash.of(buffer, length))).isTrue();
            }
        }
        for (int length = 1; length < 200; length++) {
            Memory.fill(buffer, length, (byte) 0);
            seen.add(Hash.of(buffer, length));
        }
        assertThat(seen).hasSize(1 + 256 + 65_536 + 197);
    }

    @Test
    void everyBitOfTheKeyMatters() {
        for (int length = 1; length <= 130; length++) {
            for (int i = 0; i < length; i++) {
                Memory.putByte(buffer + i, (byte) random.nextInt());
            }
            long hash = Hash.of(buffer, length);
            long flipped = 0;
            for (int bit = 0; bit < length * 8; bit++) {
                long at = buffer + bit / 8;
                byte before = Memory.getByte(at);
                Memory.putByte(at, (byte) (before ^ 1 << (bit % 8)));
                flipped += Long.bitCount(hash ^ Hash.of(buffer, length));
                Memory.putByte(at, before);
            }
            assertThat((double) flipped / (length * 8))
                    .as("length %d", length)
                    .isBetween(24.0, 40.0);
            assertThat(Hash.of(buffer, length)).isEqualTo(hash);
        }
    }

    /** The bits that a table uses: the top ones for the directory, the low ones as the tag. */
    @Test
    void spreadsCountersEvenly() {
        int[] top = new int[1024];
        int[] low = new int[1024];
        int keys = 1024 * 100;
        Memory.fill(buffer, 16, (byte) '0');
        for (int i = 0; i < keys; i++) {
            int length = Decimal.length(i);
            Decimal.write(i, buffer + 16 - length, length);
            long hash = Hash.of(buffer, 16);
            top[(int) (hash >>> 54)]++;
            low[(int) hash & 1023]++;
        }
        // 1023 degrees of freedom: deviation 45; six deviations.
        assertThat(chiSquare(top, 100)).isBetween(750.0, 1300.0);
        assertThat(chiSquare(low, 100)).isBetween(750.0, 1300.0);
    }

    private static double chiSquare(int[] times, int expected) {
        double sum = 0;
        for (int t : times) {
            sum += (double) (t - expected) * (t - expected) / expected;
        }
        return sum;
    }
}
