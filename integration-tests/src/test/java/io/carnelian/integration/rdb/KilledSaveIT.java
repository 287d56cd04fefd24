package io.carnelian.integration.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A server that is killed at any moment of a save has the data of that save after its restart, or
 * of the one before: {@code -Drdb.kill.rounds=200}.
 */
class KilledSaveIT {
    private static final int ROUNDS = Integer.getInteger("rdb.kill.rounds", 4);
    private static final long SEED = Long.getLong("seed", 7L);
    private static final int KEYS = 3_000;
    private static final int MOST_MS = 40;

    @Test
    void theFileIsThatOfOneSaveOrTheOther() throws IOException, InterruptedException {
        Random random = new Random(SEED);
        try (ServerProcess server = ServerProcess.subject("--enable-debug-command", "yes")) {
            int saved = 0;
            try (RespConnection connection = server.connect()) {
                writeAll(connection, saved);
                assertThat(connection.call("SAVE").text()).isEqualTo("OK");
            }
            for (int round = 1; round <= ROUNDS; round++) {
                try (RespConnection connection = server.connect()) {
                    writeAll(connection, round);
                    connection.call("BGSAVE");
                    Thread.sleep(random.nextInt(MOST_MS));
                    server.kill();
                }
                server.restart();
                try (RespConnection connection = server.connect()) {
                    await("the file is loaded")
                            .atMost(Duration.ofSeconds(60))
                            .until(() -> "0".equals(connection.info("persistence").get("loading")));
                    int found = Integer.parseInt(connection.call("GET", "k0").text());
                    assertThat(found).as("round %d -Dseed=%d", round, SEED).isIn(saved, round);
                    checkAll(connection, found);
                    saved = found;
                }
            }
        }
    }

    private static void writeAll(RespConnection to, int value) throws IOException {
        ByteArrayOutputStream commands = new ByteArrayOutputStream();
        for (int i = 0; i < KEYS; i++) {
            List<byte[]> set =
                    List.of(Bytes.of("SET"), Bytes.of("k" + i), Bytes.of(Integer.toString(value)));
            commands.writeBytes(RespConnection.encode(set));
        }
        to.send(commands.toByteArray());
        for (int i = 0; i < KEYS; i++) {
            to.readReply();
        }
    }

    private static void checkAll(RespConnection of, int value) throws IOException {
        assertThat(of.call("DBSIZE").integer()).isEqualTo(KEYS);
        String[] question = new String[KEYS + 1];
        question[0] = "MGET";
        for (int i = 0; i < KEYS; i++) {
            question[i + 1] = "k" + i;
        }
        for (Reply each : of.call(question).elements()) {
            assertThat(each.text()).isEqualTo(Integer.toString(value));
        }
    }
}
