package io.carnelian.ops.bench.stall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class StallProbeTest {
    private static final int HELD = 20;
    private static final int RATE = 1000;
    private static final byte[] OK = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NO = "-ERR no\r\n".getBytes(StandardCharsets.US_ASCII);

    private final CountDownLatch heldAll = new CountDownLatch(1);

    /** Answers nothing until so many requests have come, then all, and from then on each. */
    private void serve(ServerSocket listener, byte[] reply) {
        try (Socket client = listener.accept()) {
            InputStream in = client.getInputStream();
            int asked = 0;
            int answered = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                asked += b == '*' ? 1 : 0;
                while (asked >= HELD && answered < asked) {
                    client.getOutputStream().write(reply);
                    answered++;
                    heldAll.countDown();
                }
            }
        } catch (IOException probeHasEnded) {
            heldAll.countDown();
        }
    }

    private StallProbe probe(ServerSocket listener, byte[] reply) throws IOException {
        Thread.ofPlatform().daemon().start(() -> serve(listener, reply));
        byte[] ping = RespLink.encode("PING");
        return new StallProbe(listener.getLocalPort(), RATE, number -> ping);
    }

    @Test
    void asksOnWhileNothingIsAnswered() throws IOException, InterruptedException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Histogram waits = StallProbe.newHistogram();
            StallProbe probe = probe(listener, OK);
            probe.recordInto(waits);
            assertThat(heldAll.await(30, TimeUnit.SECONDS)).isTrue();
            probe.stop();
            assertThat(waits.getTotalCount()).isGreaterThanOrEqualTo(HELD);
            // The first of them waited for the last, which was due so much later.
            assertThat(waits.getMaxValue())
                    .isGreaterThan(TimeUnit.SECONDS.toNanos(1) / RATE * (HELD - 2));
        }
    }

    @Test
    void tellsWhatTheServerRefuses() throws IOException, InterruptedException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            StallProbe probe = probe(listener, NO);
            assertThat(heldAll.await(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(probe::stop)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ERR no");
        }
    }
}
