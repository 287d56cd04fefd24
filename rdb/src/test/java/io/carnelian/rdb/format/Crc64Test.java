package io.carnelian.rdb.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Crc64Test {
    @Test
    void theCheckValueIsTheOneOfRedis() {
        byte[] check = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(Crc64.update(0, check, 0, check.length)).isEqualTo(0xe9c6d914c4b8d9caL);
    }

    @Test
    void anySplitGivesTheSameSum() {
        Random random = new Random(5);
        byte[] bytes = new byte[50_000];
        random.nextBytes(bytes);
        long whole = Crc64.update(0, bytes, 0, bytes.length);
        long byteByByte = 0;
        for (int i = 0; i < bytes.length; i++) {
            byteByByte = Crc64.update(byteByByte, bytes, i, i + 1);
        }
        assertThat(whole).isEqualTo(byteByByte);
        for (int split = 0; split <= bytes.length; split += 1 + random.nextInt(1000)) {
            long first = Crc64.update(0, bytes, 0, split);
            assertThat(Crc64.update(first, bytes, split, bytes.length)).isEqualTo(whole);
        }
    }
}
