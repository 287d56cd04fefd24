package io.carnelian.ops.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadPartsTest {
    /** With {@code ~} for the end of a line. */
    private static final String REPLIES =
            "+OK~$3~a~~:-5~$-1~*-1~*0~*2~$1~x~*1~:1~-ERR no~%1~+a~+b~_~#t~,1.5~=6~txt:ab~$0~~";

    private static final int COUNT = 14;

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void countsRepliesHoweverTheyAreCut() {
        byte[] all = REPLIES.replace("~", "\r\n").getBytes(StandardCharsets.US_ASCII);
        for (int cut = 0; cut <= all.length; cut++) {
            ReplyCounter counter = new ReplyCounter();
            int ended = counter.read(ByteBuffer.wrap(all, 0, cut));
            ended += counter.read(ByteBuffer.wrap(all, cut, all.length - cut));
            assertThat(ended).as("cut at %d", cut).isEqualTo(COUNT);
            assertThat(counter.errors()).isEqualTo(1);
        }
    }

    @Test
    void noReplyIsRefused() {
        ReplyCounter counter = new ReplyCounter();
        assertThatThrownBy(() -> counter.read(ByteBuffer.wrap(new byte[] {'x', '\r', '\n'})))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMixIsSentAsItIsWeighed() {
        Mix mix = new Mix("get:3,set", 4);
        int sets = 0;
        for (int i = 0; i < 4000; i++) {
            ByteBuffer to = ByteBuffer.allocate(mix.maxRequestBytes());
            mix.put(to, 42, random);
            String request = new String(to.array(), 0, to.position(), StandardCharsets.US_ASCII);
            if (request.startsWith("*3")) {
                sets++;
                assertThat(request)
                        .isEqualTo("*3\r\n$3\r\nSET\r\n$12\r\n000000000042\r\n$4\r\nxxxx\r\n");
            } else {
                assertThat(request).isEqualTo("*2\r\n$3\r\nGET\r\n$12\r\n000000000042\r\n");
            }
        }
        assertThat(sets).isBetween(850, 1150);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "get:x", "nonsense", "get:1:2", "get:0", "get:-1"})
    void aMixThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> new Mix(text, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keysAreChosenAsTheNameSays() {
        KeyChooser sequential = KeyChooser.of("sequential", 3);
        assertThat(new long[] {next(sequential), next(sequential), next(sequential)})
                .containsExactly(0, 1, 2);
        assertThat(next(sequential)).isZero();
        KeyChooser uniform = KeyChooser.of("uniform", 10);
        assertThat(share(uniform, 10, 0)).isBetween(0.08, 0.12);
        KeyChooser zipf = KeyChooser.of("zipf", 1000);
        // One of the sum of 1/r^0.99 for r to 1000, which is 7.73.
        assertThat(share(zipf, 1000, 0)).isBetween(0.12, 0.14);
        assertThat(share(zipf, 1000, 1)).isBetween(0.055, 0.075);
        for (long keys = 1; keys < 4; keys++) {
            assertThat(share(KeyChooser.of("zipf:0.5", keys), keys, 0)).isGreaterThan(0.3);
        }
        assertThatThrownBy(() -> KeyChooser.of("zipf:1.5", 10))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private long next(KeyChooser keys) {
        return keys.next(random);
    }

    private double share(KeyChooser keys, long below, long wanted) {
        int hits = 0;
        for (int i = 0; i < 20_000; i++) {
            long key = next(keys);
            assertThat(key).isBetween(0L, below - 1);
            hits += key == wanted ? 1 : 0;
        }
        return hits / 20_000.0;
    }

    @Test
    void drawsPercentiles() {
        Histogram nanos = new Histogram(3);
        for (int i = 1; i <= 1000; i++) {
            nanos.recordValue(i * 1000L);
        }
        Map<String, Histogram> latencies = new LinkedHashMap<>();
        latencies.put("one & only", nanos);
        latencies.put("none", new Histogram(3));
        assertThat(PercentilePlot.of(latencies))
                .startsWith("<svg xmlns")
                .contains("one &amp; only", "99.9 %", "100 µs", "<polyline")
                .endsWith("</svg>\n");
    }
}
