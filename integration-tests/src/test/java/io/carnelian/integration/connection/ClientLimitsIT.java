package io.carnelian.integration.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Peers that send or leave unread more than they may, against real sockets. */
class ClientLimitsIT {
    private static final int MIB = 1 << 20;

    private static byte[] times(byte[] request, int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            all.writeBytes(request);
        }
        return all.toByteArray();
    }

    /** Fifteen GiB of replies asked for and none read: the server must stay small. */
    @Test
    void aPeerThatDoesNotReadIsEndedAndCostsNoMoreThanItsLimit()
            throws IOException, InterruptedException {
        try (ServerProcess server =
                        ServerProcess.subject(
                                "--client-output-buffer-limit", "normal", "8mb", "0", "0");
                RespConnection operator = server.connect();
                RespConnection greedy = server.connect()) {
            operator.call("SETRANGE", "k", Integer.toString(MIB - 1), "x");
            long before = server.residentBytes();
            greedy.send(times(RespConnection.encode("GET", "k"), 15_000));
            while (!operator.info("stats")
                    .getOrDefault("client_output_buffer_limit_disconnections", "")
                    .equals("1")) {
                assertThat(server.residentBytes() - before).isLessThan(200L * MIB);
            }
            assertThat(operator.info("clients")).containsEntry("connected_clients", "1");
            assertThat(server.log()).contains("for overcoming of output buffer limits");
        }
    }

    /** A message of a few bytes must not take a chunk of its own while nobody reads it. */
    @Test
    void smallMessagesToASlowSubscriberStaySmall() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject();
                RespConnection publisher = server.connect();
                RespConnection slow = server.connect()) {
            slow.call("SUBSCRIBE", "c");
            long before = server.residentBytes();
            byte[] batch = times(RespConnection.encode("PUBLISH", "c", "x".repeat(50)), 100);
            for (int i = 0; i < 1_000; i++) {
                publisher.send(batch);
                for (int j = 0; j < 100; j++) {
                    publisher.readRaw();
                }
            }
            assertThat(server.residentBytes() - before).isLessThan(150L * MIB);
            for (int i = 0; i < 100_000; i++) {
                assertThat(slow.readReply().elements().get(2).text()).hasSize(50);
            }
        }
    }

    @Test
    void aQueryBeyondItsLimitEndsTheClient() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--client-query-buffer-limit", "1mb");
                RespConnection operator = server.connect();
                RespConnection sender = server.connect()) {
            sender.send(RespConnection.encode("ECHO", "x".repeat(4 * MIB)));
            assertThat(sender.readToEnd()).isEmpty();
            assertThat(operator.info("stats"))
                    .containsEntry("client_query_buffer_limit_disconnections", "1");
        }
    }

    @Test
    void theLargestClientGoesForTheOthers() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--maxmemory-clients", "3mb");
                RespConnection operator = server.connect();
                RespConnection large = server.connect()) {
            large.send(
                    ("*2\r\n$4\r\nECHO\r\n$" + 8 * MIB + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            large.send(new byte[4 * MIB]);
            assertThat(large.readToEnd()).isEmpty();
            assertThat(operator.info("stats")).containsEntry("evicted_clients", "1");
            assertThat(server.log()).contains("Evicting client: id=");
        }
    }
}
