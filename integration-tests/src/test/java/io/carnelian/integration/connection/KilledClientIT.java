package io.carnelian.integration.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Who is told that a client was killed can rely on it that its connection has ended. */
class KilledClientIT {
    private static final int ROUNDS = 100;

    /** The kernel may be late with the end now and then when the machine is busy. */
    private static final int AT_LEAST = 80;

    @Test
    void theEndComesBeforeTheReplyOfTheKill() throws IOException, InterruptedException {
        assumeThat(System.getProperty("carnelian.it.options", ""))
                .as("sockets of I/O threads are ended by those threads")
                .doesNotContain("io-threads");
        try (ServerProcess server = ServerProcess.subject();
                RespConnection operator = server.connect()) {
            int ended = 0;
            for (int i = 0; i < ROUNDS; i++) {
                try (SocketChannel victim = open(server)) {
                    String id = id(victim);
                    assertThat(operator.call("CLIENT", "KILL", "ID", id).integer()).isEqualTo(1);
                    victim.configureBlocking(false);
                    if (victim.read(ByteBuffer.allocate(1)) < 0) {
                        ended++;
                    }
                }
            }
            assertThat(ended).isGreaterThan(AT_LEAST);
        }
    }

    /** Its peer may have gone a moment before, of which the server has not heard yet. */
    @Test
    void whoHasGoneAlreadyIsKilledToo() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--enable-debug-command", "yes");
                RespConnection operator = server.connect()) {
            int killed = 0;
            for (int i = 0; i < 50 && killed < 3; i++) {
                RespConnection victim = server.connect();
                String id = Long.toString(victim.call("CLIENT", "ID").integer());
                // Done in one go: what comes from others meanwhile is not looked at.
                String kill = "DEBUG SLEEP 0.2\r\nCLIENT KILL ID " + id;
                operator.send(Bytes.of(kill + "\r\nECHO " + id + "\r\n"));
                victim.abort();
                assertThat(operator.readReply().text()).isEqualTo("OK");
                killed += (int) operator.readReply().integer();
                assertThat(operator.readReply().text()).isEqualTo(id);
            }
            assertThat(killed).as("kills that came before the end was seen").isPositive();
            assertThat(server.log()).doesNotContain("Exception");
        }
    }

    private static SocketChannel open(ServerProcess server) throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        return SocketChannel.open(new InetSocketAddress(here, server.port()));
    }

    private static String id(SocketChannel client) throws IOException {
        client.write(ByteBuffer.wrap("CLIENT ID\r\n".getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer reply = ByteBuffer.allocate(64);
        while (reply.position() == 0 || reply.get(reply.position() - 1) != '\n') {
            assertThat(client.read(reply)).isPositive();
        }
        String line = StandardCharsets.US_ASCII.decode(reply.flip()).toString();
        return line.substring(1).strip();
    }
}
