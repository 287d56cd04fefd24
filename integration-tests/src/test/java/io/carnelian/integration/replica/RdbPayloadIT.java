package io.carnelian.integration.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The payload of a full resync as stock tools see it: redis-cli fetches it, with end mark or with
 * length, redis-check-rdb verifies it, and a stock server loads it as its file.
 */
class RdbPayloadIT {
    private static final int KEYS = 20_000;
    private static final int EXPIRING = 2_000;

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void stockToolsAcceptThePayload(String diskless) throws IOException, InterruptedException {
        Path file = directory.resolve("dump.rdb");
        try (ServerProcess ours = ServerProcess.subject();
                RespConnection connection = ours.connect()) {
            fill(connection);
            connection.call("CONFIG", "SET", "repl-diskless-sync", diskless);
            fetch(ours, file);
            String verdict = run("redis-check-rdb", file.toString());
            assertThat(verdict)
                    .contains("[info] " + KEYS + " keys read")
                    .contains("[info] " + EXPIRING + " expires")
                    .contains("RDB looks OK!");
            try (ServerProcess stock = ServerProcess.redis("--dir", directory.toString());
                    RespConnection theirs = stock.connect()) {
                await("the file to be loaded")
                        .until(() -> "0".equals(theirs.info("persistence").get("loading")));
                assertThat(SameData.differences(connection, theirs)).isEmpty();
                assertThat(theirs.call("DBSIZE")).isEqualTo(connection.call("DBSIZE"));
            }
        }
    }

    @Test
    void anEmptyKeyspaceIsAFileToo() throws IOException, InterruptedException {
        Path file = directory.resolve("dump.rdb");
        try (ServerProcess ours = ServerProcess.subject()) {
            fetch(ours, file);
        }
        assertThat(run("redis-check-rdb", file.toString()))
                .contains("[info] 0 keys read")
                .contains("RDB looks OK!");
    }

    private static void fetch(ServerProcess from, Path file)
            throws IOException, InterruptedException {
        run("redis-cli", "-p", Integer.toString(from.port()), "--rdb", file.toString());
    }

    /** Keys in two databases: integers of every width, short and long strings, binary names. */
    private static void fill(RespConnection connection) throws IOException {
        Random random = new Random(17);
        ByteArrayOutputStream commands = new ByteArrayOutputStream();
        int sent = 0;
        for (int i = 0; i < KEYS; i++) {
            if (i == KEYS / 2) {
                commands.writeBytes(RespConnection.encode("SELECT", "1"));
                sent++;
            }
            String key = (i % 3 == 0 ? "" : "key:") + i;
            String value =
                    switch (i % 4) {
                        case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
                        case 1 -> "v".repeat(random.nextInt(100));
                        case 2 -> "\u0000\r\n\u00ff" + i;
                        default -> "x".repeat(i % 1000 == 3 ? 200_000 : random.nextInt(3));
                    };
            if (i % 50 == 9) {
                commands.writeBytes(RespConnection.encode(list(key, i)));
                sent++;
                continue;
            }
            if (i % 50 == 7 || i % 50 == 8) {
                commands.writeBytes(RespConnection.encode(set(key, i)));
                sent++;
                continue;
            }
            if (i % 50 == 14 || i % 50 == 15) {
                commands.writeBytes(RespConnection.encode(sortedSet(key, i)));
                sent++;
                continue;
            }
            if (i % 50 == 12 || i % 50 == 13) {
                commands.writeBytes(RespConnection.encode(hash(key, i)));
                sent++;
                continue;
            }
            commands.writeBytes(
                    i % (KEYS / EXPIRING) == 0
                            ? RespConnection.encode("SET", key, value, "EX", "100000")
                            : RespConnection.encode("SET", key, value));
            sent++;
        }
        connection.send(commands.toByteArray());
        for (int i = 0; i < sent; i++) {
            assertThat(connection.readReply().isError()).isFalse();
        }
        connection.call("SELECT", "0");
    }

    /** A set of integers of some width, or of texts; one has thousands of members. */
    private static String[] set(String key, int i) {
        int members = i == 7 || i == 8 ? 5_000 : 1 + i % 40;
        List<String> words = new ArrayList<>(List.of("SADD", key));
        for (int m = 0; m < members; m++) {
            long number = ((long) m * m) << (i % 3 * 15);
            words.add(i % 50 == 7 ? Long.toString(number) : "member:" + m);
        }
        return words.toArray(String[]::new);
    }

    /** ZADD of scores of every form; one has thousands of members. */
    private static String[] sortedSet(String key, int i) {
        int members = i == 15 ? 5_000 : 1 + i % 40;
        List<String> words = new ArrayList<>(List.of("ZADD", key));
        for (int m = 0; m < members; m++) {
            String score = m % 3 == 0 ? Integer.toString(m - 20) : Double.toString(m * 0.1 - 3);
            words.add(m == 17 ? "-inf" : m == 18 ? "inf" : score);
            words.add(i % 50 == 14 ? Integer.toString(m * m) : "m".repeat(m % 70) + m);
        }
        return words.toArray(String[]::new);
    }

    /** A hash of short fields and values, or of longer ones; one has thousands of fields. */
    private static String[] hash(String key, int i) {
        int fields = i == 13 ? 5_000 : 1 + i % 40;
        List<String> words = new ArrayList<>(List.of("HSET", key));
        for (int f = 0; f < fields; f++) {
            words.add(i % 3 == 0 ? Integer.toString(f * f) : "field:" + f);
            words.add(i % 50 == 12 ? Integer.toString(f - 20) : "v".repeat(f % 80));
        }
        return words.toArray(String[]::new);
    }

    /** RPUSH of elements of every form; every tenth list has several chunks. */
    private static List<byte[]> list(String key, int i) {
        List<byte[]> command = new ArrayList<>(List.of(Bytes.of("RPUSH"), Bytes.of(key)));
        int elements = i % 500 == 9 ? 3_000 : i % 40 + 1;
        for (int k = 0; k < elements; k++) {
            String text = k % 3 == 0 ? "element " + k : Long.toString(1L << (k % 62));
            command.add(Bytes.of(k % 400 == 5 ? "x".repeat(k * 5) : text));
        }
        return command;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("carnelian-it-", ".out");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        int status = process.waitFor();
        String text = Files.readString(output, StandardCharsets.ISO_8859_1);
        Files.delete(output);
        assertThat(status).as("%s: %s", String.join(" ", command), text).isZero();
        return text;
    }
}
