package io.carnelian.integration.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the server listens and whom it lets in, with each way of doing sockets. */
class ListeningIT {
    private static final String TRANSPORT = "--io-transport";

    private static String talk(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            StringBuilder text = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            while (channel.read(buffer.clear()) > 0) {
                text.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
            }
            return text.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "epoll", "nio"})
    void aUnixSocketServesAndGoesWithTheServer(String transport, @TempDir Path folder)
            throws IOException, InterruptedException {
        Path socket = folder.resolve("s.sock");
        Files.writeString(socket, "left over");
        try (ServerProcess server =
                ServerProcess.subject(
                        TRANSPORT,
                        transport,
                        "--unixsocket",
                        socket.toString(),
                        "--unixsocketperm",
                        "700")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rwx------");
            assertThat(talk(socket, "PING\r\nCLIENT LIST\r\nQUIT\r\n"))
                    .startsWith("+PONG\r\n$")
                    .contains(" addr=" + socket + ":0 laddr=" + socket + ":0 ", " flags=U ")
                    .endsWith("+OK\r\n");
            String value = "x".repeat(1_000_000);
            assertThat(talk(socket, "SET k " + value + "\r\nSTRLEN k\r\nGET k\r\nQUIT\r\n"))
                    .contains("-ERR Protocol error: too big inline request");
            String bulk = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + value + "\r\n";
            assertThat(talk(socket, bulk + "GET k\r\nQUIT\r\n"))
                    .isEqualTo("+OK\r\n$1000000\r\n" + value + "\r\n+OK\r\n");
            assertThat(server.log()).contains("ready to accept connections at " + socket);
        }
        assertThat(socket).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "epoll", "nio"})
    void portAndAddressesChangeWhileItRuns(String transport)
            throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject(TRANSPORT, transport);
                RespConnection first = server.connect();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int other;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                other = free.getLocalPort();
            }
            assertThat(first.call("CONFIG", "SET", "port", Integer.toString(other)).text())
                    .isEqualTo("OK");
            // io_uring ends the wait for the next connection a little later than the others.
            await().untilAsserted(() ->
                    assertThatThrownBy(server::connect).isInstanceOf(ConnectException.class));
            try (RespConnection second = RespConnection.open(other)) {
                assertThat(second.call("PING").text()).isEqualTo("PONG");
            }
            String used = Integer.toString(taken.getLocalPort());
            assertThat(first.call("CONFIG", "SET", "port", used).text())
                    .isEqualTo(
                            "ERR CONFIG SET failed (possibly related to argument 'port') - Unable"
                                    + " to listen on this port. Check server logs.");
            assertThat(first.call("CONFIG", "SET", "bind", "203.0.113.7").text())
                    .isEqualTo(
                            "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed"
                                    + " to bind to specified addresses.");
            // A wildcard lies over the socket before it; a name would have to be looked up.
            for (String refused : new String[] {"127.0.0.1 0.0.0.0", "a.name.invalid"}) {
                assertThat(first.call("CONFIG", "SET", "bind", refused).text())
                        .startsWith("ERR CONFIG SET failed");
                assertThat(first.call("CONFIG", "GET", "bind").elements().get(1).text())
                        .isNotEqualTo(refused);
            }
            try (RespConnection third = RespConnection.open(other)) {
                assertThat(third.call("CONFIG", "GET", "port").elements().get(1).text())
                        .isEqualTo(Integer.toString(other));
                if (!transport.equals("nio")) {
                    changeToWhatLiesOver(third, other);
                }
                assertThat(third.call("CONFIG", "SET", "bind", "").text()).isEqualTo("OK");
            }
            await().untilAsserted(() ->
                    assertThatThrownBy(() -> RespConnection.open(other))
                            .isInstanceOf(ConnectException.class));
            assertThat(first.call("PING").text()).isEqualTo("PONG");
        }
    }

    private static void changeToWhatLiesOver(RespConnection client, int port) throws IOException {
        // Each of these lies over the one before.
        for (String bind : new String[] {"0.0.0.0", "127.0.0.1", "* -::*", "127.0.0.1"}) {
            assertThat(client.call("CONFIG", "SET", "bind", bind).text()).as(bind).isEqualTo("OK");
            try (RespConnection fourth = RespConnection.open(port)) {
                assertThat(fourth.call("PING").text()).isEqualTo("PONG");
            }
        }
        assertThat(client.call("CONFIG", "SET", "bind", "* 203.0.113.7").text())
                .startsWith("ERR CONFIG SET failed");
        try (RespConnection fourth = RespConnection.open(port)) {
            assertThat(fourth.call("PING").text()).as("open again").isEqualTo("PONG");
        }
    }

    @Test
    void withoutAPasswordOnlyThisMachineIsLetIn() throws IOException, InterruptedException {
        Optional<InetAddress> found =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                        .findFirst();
        assumeThat(found).as("an address of this machine but the loopback").isPresent();
        InetAddress outside = found.orElseThrow();
        try (ServerProcess server = ServerProcess.subject("--bind", "*");
                RespConnection inside = server.connect()) {
            String refusal = firstLine(outside, server.port());
            assertThat(refusal).startsWith("-DENIED Redis is running in protected mode");
            assertThat(inside.info("stats")).containsEntry("rejected_connections", "1");
            inside.call("CONFIG", "SET", "requirepass", "secret");
            assertThat(firstLine(outside, server.port()))
                    .isEqualTo("-NOAUTH Authentication required.");
            inside.call("CONFIG", "SET", "requirepass", "", "protected-mode", "no");
            assertThat(firstLine(outside, server.port())).isEqualTo("+PONG");
        }
    }

    /** What somebody who says PING from there is told. */
    private static String firstLine(InetAddress from, int port) throws IOException {
        try (Socket socket = new Socket(from, port, from, 0)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            StringBuilder line = new StringBuilder();
            for (int b = socket.getInputStream().read();
                    b != '\r' && b >= 0;
                    b = socket.getInputStream().read()) {
                line.append((char) b);
            }
            return line.toString();
        }
    }

    @Test
    void onlySoManyClientsAreServed() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--maxclients", "2");
                RespConnection first = server.connect()) {
            // The connection by which the server's start was awaited may still be there.
            await().until(() -> "1".equals(first.info("clients").get("connected_clients")));
            RespConnection second = server.connect();
            assertThat(second.call("PING").text()).isEqualTo("PONG");
            try (RespConnection third = server.connect()) {
                assertThat(new String(third.readToEnd(), StandardCharsets.ISO_8859_1))
                        .isEqualTo("-ERR max number of clients reached\r\n");
            }
            assertThat(first.call("CONFIG", "SET", "maxclients", "99999999").text())
                    .contains("The operating system is not able to handle the specified number of");
            first.call("CONFIG", "SET", "maxclients", "3");
            try (RespConnection third = server.connect()) {
                assertThat(third.call("PING").text()).isEqualTo("PONG");
            }
            second.close();
        }
    }
}
