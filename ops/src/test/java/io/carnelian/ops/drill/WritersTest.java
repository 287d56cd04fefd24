package io.carnelian.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.ops.report.Timeline;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writers before servers that keep what they are told, or refuse. */
@Timeout(60)
class WritersTest {
    private static final Writers.Load LOAD = new Writers.Load(2, 1000, 0, 100);

    private final Timeline timeline = new Timeline(System.nanoTime());

    /** Answers each command with the same line; keeps what SET brings while that is +OK. */
    private static final class Answering implements AutoCloseable {
        final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        final Map<String, String> kept = new ConcurrentHashMap<>();
        volatile String toSet = "+OK";
        volatile String toWait = ":1";

        Answering() throws IOException {
            Thread.ofVirtual()
                    .start(() -> {
                        while (true) {
                            try {
                                Socket socket = listener.accept();
                                Thread.ofVirtual().start(() -> answer(socket));
                            } catch (IOException closed) {
                                return;
                            }
                        }
                    });
        }

        int port() {
            return listener.getLocalPort();
        }

        private void answer(Socket socket) {
            try (socket) {
                BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.US_ASCII));
                for (String head = in.readLine(); head != null; head = in.readLine()) {
                    String[] words = new String[Integer.parseInt(head.substring(1))];
                    for (int i = 0; i < words.length; i++) {
                        var _ = in.readLine();
                        words[i] = in.readLine();
                    }
                    String reply = words[0].equals("SET") ? toSet : toWait;
                    if (words[0].equals("SET") && reply.equals("+OK")) {
                        kept.put(words[1], words[2]);
                    }
                    byte[] bytes = (reply + "\r\n").getBytes(StandardCharsets.US_ASCII);
                    socket.getOutputStream().write(bytes);
                }
            } catch (IOException ended) {
                return;
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private static void awaitAcks(Writers writers, int port, long count)
            throws InterruptedException {
        while (writers.acknowledged(port).writes() < count) {
            Thread.sleep(5);
        }
    }

    @Test
    void everyAcknowledgedWriteIsInALedger() throws Exception {
        try (Answering server = new Answering();
                Writers writers = new Writers(LOAD, server::port, timeline)) {
            writers.start("w:");
            awaitAcks(writers, server.port(), 50);
            writers.stop();
            assertThat(writers.ledgers()).hasSize(2);
            long acknowledged = 0;
            for (Ledger ledger : writers.ledgers()) {
                acknowledged += ledger.acknowledged().cardinality();
                ledger.acknowledged().stream()
                        .forEach(number ->
                                assertThat(server.kept)
                                        .containsEntry(ledger.key(number), Ledger.value(number)));
            }
            assertThat(acknowledged).isEqualTo(server.kept.size());
            assertThat(acknowledged).isEqualTo(writers.acknowledged(server.port()).writes());
            assertThat(writers.firstAckNs(server.port())).isPositive();
            assertThat(timeline.errors()).isEmpty();
        }
    }

    @Test
    void followWhereThePrimaryIs() throws Exception {
        AtomicInteger primary = new AtomicInteger();
        try (Answering one = new Answering();
                Answering other = new Answering();
                Writers writers = new Writers(LOAD, primary::get, timeline)) {
            primary.set(one.port());
            writers.start("w:");
            awaitAcks(writers, one.port(), 20);
            // The old one would still take writes: who hears of another leaves it.
            primary.set(other.port());
            awaitAcks(writers, other.port(), 20);
            writers.stop();
            assertThat(writers.acknowledged(one.port()).lastNs())
                    .isLessThan(writers.acknowledged(other.port()).lastNs());
            assertThat(one.kept).doesNotContainKeys(other.kept.keySet().toArray(new String[0]));
        }
    }

    @Test
    void whatIsRefusedOrNotConfirmedDoesNotCount() throws Exception {
        Writers.Load confirmed = new Writers.Load(1, 1000, 1, 100);
        try (Answering server = new Answering();
                Writers writers = new Writers(confirmed, server::port, timeline)) {
            server.toSet = "-READONLY You can't write against a read only replica.";
            writers.start("w:");
            while (!timeline.errors().containsKey("READONLY")) {
                Thread.sleep(5);
            }
            server.toWait = ":0";
            server.toSet = "+OK";
            while (!timeline.errors().containsKey("WAIT not confirmed")) {
                Thread.sleep(5);
            }
            assertThat(writers.acknowledged(server.port()).writes()).isZero();
            server.toWait = ":1";
            awaitAcks(writers, server.port(), 5);
            writers.stop();
            Ledger ledger = writers.ledgers().getFirst();
            assertThat(ledger.acknowledged().cardinality()).isLessThan(ledger.attempted());
            assertThat(timeline.errors()).containsOnlyKeys("READONLY", "WAIT not confirmed");
        }
    }
}
