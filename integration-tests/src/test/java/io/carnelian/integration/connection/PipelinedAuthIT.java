package io.carnelian.integration.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who sends AUTH does not have to wait for its answer before it says more. */
class PipelinedAuthIT {
    private static final int ROUNDS = 20;

    @ParameterizedTest
    @ValueSource(ints = {20_000, 60_000, 1_000_000})
    void whatStandsBehindAuthMayBeLarge(int length) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--requirepass", "secret")) {
            for (int i = 0; i < ROUNDS; i++) {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                all.writeBytes(RespConnection.encode("AUTH", "secret"));
                all.writeBytes(RespConnection.encode("SET", "k", "x".repeat(length)));
                all.writeBytes(RespConnection.encode("STRLEN", "k"));
                all.writeBytes(
                        RespConnection.encode(
                                "MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5"));
                all.writeBytes(RespConnection.encode("ECHO", "end"));
                try (RespConnection client = server.connect()) {
                    client.send(all.toByteArray());
                    assertThat(client.readReply().text()).isEqualTo("OK");
                    assertThat(client.readReply().text()).isEqualTo("OK");
                    assertThat(client.readReply().integer()).isEqualTo(length);
                    assertThat(client.readReply().text()).isEqualTo("OK");
                    assertThat(client.readReply().text()).isEqualTo("end");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong", ""})
    void aStrangerIsStillRefused(String password) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--requirepass", "secret");
                RespConnection client = server.connect()) {
            client.send(RespConnection.encode("AUTH", password));
            client.send(Bytes.of("*2\r\n$4\r\nECHO\r\n$20000\r\n"));
            String told = new String(client.readToEnd(), StandardCharsets.US_ASCII);
            assertThat(told).startsWith("-WRONGPASS");
            assertThat(told).endsWith("-ERR Protocol error: unauthenticated bulk length\r\n");
        }
    }
}
