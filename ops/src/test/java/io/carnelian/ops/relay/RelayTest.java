package io.carnelian.ops.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A relay before a port that sends everything back. */
@Timeout(60)
class RelayTest {
    private static final int LONG_MS = 30_000;
    private static final int SHORT_MS = 200;
    private static final String SOMEBODY = "127.0.0.101";

    private final List<Socket> sockets = new ArrayList<>();
    private final ServerSocket echo;
    private final Relay relay;

    RelayTest() throws IOException {
        echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        relay = new Relay(echo.getLocalPort());
        Thread.ofVirtual().start(this::answer);
    }

    private void answer() {
        while (true) {
            try {
                Socket socket = echo.accept();
                Thread.ofVirtual().start(() -> sendBack(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void sendBack(Socket socket) {
        try (socket) {
            var _ = socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException ended) {
            return;
        }
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        relay.close();
        echo.close();
    }

    private Socket connect(String from) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.setSoTimeout(LONG_MS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.port()));
        return socket;
    }

    private static void send(Socket socket, int... bytes) throws IOException {
        byte[] sent = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            sent[i] = (byte) bytes[i];
        }
        socket.getOutputStream().write(sent);
    }

    private static void isSilent(Socket socket) throws IOException {
        socket.setSoTimeout(SHORT_MS);
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(LONG_MS);
    }

    private static void isReset(Socket socket) {
        assertThatThrownBy(
                        () -> {
                            if (socket.getInputStream().read() < 0) {
                                throw new SocketException("closed");
                            }
                        })
                .isInstanceOf(SocketException.class);
    }

    @Test
    void passesBothWaysAndEndsWithBoth() throws Exception {
        Socket socket = connect("127.0.0.1");
        byte[] much = new byte[3_000_000];
        much[2_999_999] = 7;
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        socket.getOutputStream().write(much);
                        socket.shutdownOutput();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
        assertThat(socket.getInputStream().readAllBytes()).isEqualTo(much);
        while (relay.crossings() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void holdsWhatIsUnderWayWhileItIsSilent() throws Exception {
        Socket socket = connect("127.0.0.1");
        send(socket, 1);
        assertThat(socket.getInputStream().read()).isEqualTo(1);
        relay.treatOthers(Treatment.SILENT);
        send(socket, 2, 3);
        isSilent(socket);
        relay.heal();
        assertThat(socket.getInputStream().readNBytes(2)).containsExactly(2, 3);
    }

    @Test
    void whoConnectsInSilenceIsResetWhenItEnds() throws Exception {
        relay.treatOthers(Treatment.SILENT);
        Socket socket = connect("127.0.0.1");
        send(socket, 1);
        isSilent(socket);
        relay.heal();
        isReset(socket);
    }

    @Test
    void resetsThoseThatAreThereAndNewOnes() throws Exception {
        Socket early = connect(SOMEBODY);
        send(early, 1);
        assertThat(early.getInputStream().read()).isEqualTo(1);
        relay.treat(SOMEBODY, Treatment.REFUSED);
        isReset(early);
        isReset(connect(SOMEBODY));
        relay.heal();
        Socket late = connect(SOMEBODY);
        send(late, 9);
        assertThat(late.getInputStream().read()).isEqualTo(9);
    }

    @Test
    void treatsOnlyWhoIsNamed() throws Exception {
        Socket named = connect(SOMEBODY);
        Socket other = connect("127.0.0.1");
        send(named, 7); // its way is open then, and not only its connection to the relay
        assertThat(named.getInputStream().read()).isEqualTo(7);
        relay.treat(SOMEBODY, Treatment.SILENT);
        send(named, 1);
        send(other, 2);
        assertThat(other.getInputStream().read()).isEqualTo(2);
        isSilent(named);
        relay.treatOthers(Treatment.REFUSED);
        relay.treat(SOMEBODY, Treatment.OPEN);
        isReset(other);
        assertThat(named.getInputStream().read()).isEqualTo(1);
    }

    @Test
    void oneWayMayBeSilentAlone() throws Exception {
        Socket socket = connect("127.0.0.1");
        send(socket, 1);
        assertThat(socket.getInputStream().read()).isEqualTo(1);
        relay.treatOthers(new Treatment(false, Flow.OPEN, Flow.SILENT));
        send(socket, 2);
        isSilent(socket);
        relay.heal();
        assertThat(socket.getInputStream().read()).isEqualTo(2);
    }

    @Test
    void aSlowWayTakesItsTime() throws Exception {
        Socket socket = connect("127.0.0.1");
        send(socket, 1);
        assertThat(socket.getInputStream().read()).isEqualTo(1);
        relay.treatOthers(new Treatment(false, new Flow(false, 40_000, 100), Flow.OPEN));
        long startNs = System.nanoTime();
        socket.getOutputStream().write(new byte[20_000]);
        InputStream in = socket.getInputStream();
        assertThat(in.readNBytes(1)).hasSize(1);
        long firstMs = (System.nanoTime() - startNs) / 1_000_000;
        assertThat(in.readNBytes(19_999)).hasSize(19_999);
        long lastMs = (System.nanoTime() - startNs) / 1_000_000;
        assertThat(firstMs).isGreaterThanOrEqualTo(100);
        // The last piece, of 4 KiB at most, is not waited for: 40 bytes a ms.
        assertThat(lastMs).isGreaterThanOrEqualTo(100 + (20_000 - 4096) / 40 - 1);
    }

    @Test
    void nobodyBehindItIsAReset() throws Exception {
        echo.close();
        isReset(connect("127.0.0.1"));
    }

    @Test
    void aNetworkKnowsBothEndsOfALink() throws Exception {
        try (Network network = new Network()) {
            Network.Party one = network.join(echo.getLocalPort());
            Network.Party other = network.join(echo.getLocalPort());
            Network.Party third = network.join(echo.getLocalPort());
            network.between(one, other, Treatment.REFUSED);
            refuses(one, other.address(), true);
            refuses(other, one.address(), true);
            refuses(one, third.address(), false);
            refuses(one, "127.0.0.1", false);
            network.heal();
            refuses(one, other.address(), false);
            network.around(one, Treatment.REFUSED);
            refuses(one, third.address(), true);
            refuses(one, "127.0.0.1", true);
            refuses(third, one.address(), true);
            refuses(third, other.address(), false);
        }
    }

    private void refuses(Network.Party party, String from, boolean expected) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.setSoTimeout(LONG_MS);
        boolean refused;
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), party.port()));
            send(socket, 5);
            refused = socket.getInputStream().read() != 5;
        } catch (SocketException reset) {
            refused = true;
        }
        assertThat(refused).as("from %s", from).isEqualTo(expected);
    }
}
