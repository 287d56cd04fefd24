package io.carnelian.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeySetTest {
    @Test
    void aSetCarriesTheKeyThatRedisBenchmarkDraws() {
        KeySet keys = new KeySet(1000, 5);
        byte[] buffer = new byte[keys.setBytes()];

        keys.putSet(buffer, 0, 987, new SplittableRandom(1));

        assertThat(KeySet.key(987)).isEqualTo("key:000000000987");
        assertThat(new String(buffer, StandardCharsets.US_ASCII))
                .startsWith("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000987\r\n$5\r\n")
                .endsWith("\r\n")
                .matches("(?s).*[A-P]{5}\r\n");
    }
}
