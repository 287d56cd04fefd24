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
        byte[] bytes = new byte[100];
        random.nextBytes(bytes);
        long whole = Crc64.update(0, bytes, 0, bytes.length);
        for (int split = 0; split <= bytes.length; split++) {
            long first = Crc64.update(0, bytes, 0, split);
            assertThat(Crc64.update(first, bytes, split, bytes.length)).isEqualTo(whole);
        }
    }
}
