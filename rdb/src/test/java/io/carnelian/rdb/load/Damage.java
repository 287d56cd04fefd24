package io.carnelian.rdb.load;

import java.util.Arrays;
import java.util.Random;

/** Changes bytes as disks, networks and enemies do. */
final class Damage {
    private static final int[] TELLING = {
        0, 1, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xC3, 0xFE, 0xFF
    };

    private Damage() {}

    static byte[] to(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) TELLING[random.nextInt(TELLING.length)];
                case 2 -> bytes[at] = (byte) random.nextInt();
                case 3 -> {
                    int count = Math.min(random.nextInt(9), bytes.length - at);
                    byte[] shorter = Arrays.copyOf(bytes, bytes.length - count);
                    System.arraycopy(bytes, at + count, shorter, at, bytes.length - at - count);
                    bytes = shorter.length > 0 ? shorter : bytes;
                }
                default -> {
                    int count = Math.min(1 + random.nextInt(8), bytes.length - at);
                    System.arraycopy(
                            bytes, random.nextInt(bytes.length - count + 1), bytes, at, count);
                }
            }
        }
        return bytes;
    }
}
