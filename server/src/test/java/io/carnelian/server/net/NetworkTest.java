package io.carnelian.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.Clients;
import io.carnelian.server.command.Keys;
import io.carnelian.server.request.ProtocolLimits;
import io.netty.channel.Channel;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two I/O threads and a command thread that is busy, with real sockets. */
@Timeout(120)
class NetworkTest {
    /** More than the sockets of both sides hold. */
    private static final int MUCH_BYTES = 64 << 20;

    /** A ring may have read some MiB when it is told to stop. */
    private static final long MOST_READ_BYTES = Intake.FULL_BYTES + (10L << 20);

    /** When nothing was taken for so long, nothing more will be. */
    private static final long QUIET_NS = 1_000_000_000L;

    private static final String SMALL = "PING\r\n";
    private static final String LARGE =
            "*2\r\n$4\r\nPING\r\n$70000\r\n" + "x".repeat(70_000) + "\r\n";

    private final CountDownLatch busy = new CountDownLatch(1);
    private final CompletableFuture<Client> connected = new CompletableFuture<>();
    private final CompletableFuture<Clients> disconnected = new CompletableFuture<>();
    private final ProtocolLimits limits = new ProtocolLimits();
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

    private interface Talk {
        void with(SocketChannel peer) throws Exception;
    }

    private void serve(String transport, Talk talk) throws Exception {
        Transport chosen = Transport.choose(transport);
        try (TestLoop thread = new TestLoop(chosen)) {
            CommandLoop loop = thread.start(failure::complete);
            CompletableFuture<Network> made = new CompletableFuture<>();
            loop.post(() -> {
                thread.server()
                        .commands()
                        .add("ping", -1, 0, Keys.NONE, 0, call -> call.reply().pong());
                made.complete(
                        new Network(
                                chosen,
                                loop,
                                2,
                                limits,
                                thread.server().clients(),
                                thread.server().keyspace(),
                                new ConnectionPolicy(connected::complete),
                                client -> disconnected.complete(thread.server().clients())));
            });
            Network network = made.get(TestLoop.LIMIT_SECONDS, TimeUnit.SECONDS);
            Channel listener =
                    network.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
            SocketAddress address = listener.localAddress();
            try (SocketChannel peer = SocketChannel.open(address)) {
                peer.write(bytes(SMALL));
                assertThat(peer.socket().getInputStream().readNBytes(7))
                        .isEqualTo("+PONG\r\n".getBytes(StandardCharsets.US_ASCII));
                loop.post(this::keepBusy);
                talk.with(peer);
                assertThat(failure).isNotDone();
            } finally {
                busy.countDown();
                network.listenOnly(List.of(listener));
                network.stopListening();
                network.shutdown();
            }
        }
    }

    private void keepBusy() {
        try {
            busy.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Says it again and again until nobody takes more; how often, the last one in part. */
    private static int sayUntilFull(SocketChannel peer, ByteBuffer said) throws IOException {
        peer.configureBlocking(false);
        int count = 0;
        long taken = 0;
        long movedAt = System.nanoTime();
        while (System.nanoTime() - movedAt < QUIET_NS) {
            if (!said.hasRemaining()) {
                said.rewind();
                count++;
            }
            int now = peer.write(said);
            taken += now;
            movedAt = now > 0 ? System.nanoTime() : movedAt;
            assertThat(taken).as("read while nothing runs").isLessThan(MUCH_BYTES);
        }
        peer.configureBlocking(true);
        return count + 1;
    }

    @ParameterizedTest
    @CsvSource({"auto, true", "auto, false", "nio, true", "nio, false"})
    void whatComesWhileTheCommandThreadIsBusyWaitsInTheSocket(String transport, boolean small)
            throws Exception {
        serve(
                transport,
                peer -> {
                    // A whole number of requests a write, so that small ones are not slow.
                    int each = small ? 10_000 : 1;
                    ByteBuffer said = bytes((small ? SMALL : LARGE).repeat(each));
                    int times = sayUntilFull(peer, said);
                    Client client = connected.get();
                    assertThat(client.link().inputBytes()).isBetween(1L, MOST_READ_BYTES);
                    assertThat(client.link().unparsedBytes())
                            .isBetween(1L, client.link().inputBytes());

                    busy.countDown();
                    Thread rest =
                            Thread.ofPlatform()
                                    .start(() -> {
                                        try {
                                            while (said.hasRemaining()) {
                                                peer.write(said);
                                            }
                                            peer.shutdownOutput();
                                        } catch (IOException e) {
                                            failure.complete(e);
                                        }
                                    });
                    assertThat(pongs(peer)).isEqualTo((long) times * each);
                    rest.join();
                    assertThat(client.link().inputBytes()).isZero();
                    assertThat(client.link().unparsedBytes()).isZero();
                });
    }

    /** The end of what it sends has come before any of it has run. */
    @Test
    void whatWasSentBeforeTheEndIsAnswered() throws Exception {
        serve(
                "auto",
                peer -> {
                    peer.write(bytes(SMALL.repeat(20_000)));
                    peer.shutdownOutput();
                    Client client = connected.get();
                    while (client.link().unparsedBytes() == 0) {
                        Thread.onSpinWait();
                    }
                    busy.countDown();
                    assertThat(pongs(peer)).isEqualTo(20_000);
                });
    }

    /** It waits for something, and goes on sending: all of that is kept for later. */
    @Test
    void whatAWaitingClientSendsHasALimit() throws Exception {
        limits.maxQueryBytes = 1 << 20;
        serve(
                "auto",
                peer -> {
                    connected.get().waiting = true;
                    busy.countDown();
                    ByteBuffer much = bytes(SMALL.repeat(1 << 20));
                    try {
                        while (much.hasRemaining()) {
                            peer.write(much);
                        }
                    } catch (IOException ended) {
                        assertThat(ended).isNotNull();
                    }
                    Clients clients = disconnected.get(TestLoop.LIMIT_SECONDS, TimeUnit.SECONDS);
                    assertThat(clients.queryLimitDisconnections()).isEqualTo(1);
                });
    }

    private static long pongs(SocketChannel peer) throws IOException {
        InputStream in = new BufferedInputStream(peer.socket().getInputStream(), 1 << 16);
        long lines = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            lines += b == '\n' ? 1 : 0;
        }
        return lines;
    }
}
