package io.carnelian.integration.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files and payloads go both ways between the server under test and the stock one. */
class RdbExchangeIT {
    private static final long SEED = Long.getLong("seed", 20261122L);
    private static final int KEYS = Integer.getInteger("rdb.keys", 3_000);
    private static final String FILE = "dump.rdb";
    private static final String DEBUG = "--enable-debug-command";

    private static String digest(RespConnection of) throws IOException {
        return of.call("DEBUG", "DIGEST").text();
    }

    private static void awaitLoaded(RespConnection connection) {
        await("the file is loaded")
                .atMost(Duration.ofSeconds(60))
                .until(() -> "0".equals(connection.info("persistence").get("loading")));
    }

    /** What one has saved the other has after its start. */
    private static void carry(ServerProcess from, ServerProcess to)
            throws IOException, InterruptedException {
        try (RespConnection source = from.connect()) {
            assertThat(source.call("SAVE").text()).isEqualTo("OK");
        }
        to.kill();
        Files.copy(
                from.directory().resolve(FILE),
                to.directory().resolve(FILE),
                StandardCopyOption.REPLACE_EXISTING);
        to.restart();
    }

    private static ServerProcess ours(String... more) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(List.of(DEBUG, "yes"));
        options.addAll(List.of(more));
        return ServerProcess.subject(options.toArray(new String[0]));
    }

    @Test
    void theStockServerLoadsWhatWeSaveInEveryVersion() throws IOException, InterruptedException {
        try (ServerProcess ours = ours();
                ServerProcess redis = ServerProcess.redis(DEBUG, "yes")) {
            try (RespConnection mine = ours.connect()) {
                DataSet.write(SEED, KEYS, mine);
                for (String version : new String[] {"10", "9"}) {
                    mine.call("CONFIG", "SET", "rdb-save-version", version);
                    mine.call(
                            "CONFIG", "SET", "rdbcompression", version.equals("9") ? "no" : "yes");
                    carry(ours, redis);
                    try (RespConnection theirs = redis.connect()) {
                        awaitLoaded(theirs);
                        assertThat(digest(theirs)).as("-Dseed=%d", SEED).isEqualTo(digest(mine));
                    }
                }
            }
        }
    }

    @Test
    void weLoadWhatTheStockServerSavesAndDumpTheSameBytes()
            throws IOException, InterruptedException {
        try (ServerProcess ours = ours();
                ServerProcess redis = ServerProcess.redis(DEBUG, "yes")) {
            List<String> keys;
            try (RespConnection theirs = redis.connect()) {
                keys = DataSet.write(SEED + 1, KEYS, theirs);
            }
            carry(redis, ours);
            try (RespConnection mine = ours.connect();
                    RespConnection theirs = redis.connect()) {
                awaitLoaded(mine);
                assertThat(digest(mine)).as("-Dseed=%d", SEED).isEqualTo(digest(theirs));
                assertThat(mine.call("DEBUG", "RELOAD").text()).isEqualTo("OK");
                assertThat(digest(mine)).as("reloaded").isEqualTo(digest(theirs));
                comparePayloads(keys, mine, theirs);
            }
        }
    }

    private static Reply ask(RespConnection of, String command, String key) throws IOException {
        of.send(RespConnection.encode(List.of(Bytes.of(command), Bytes.of(key))));
        return of.readReply();
    }

    /** All but tables, whose order is nobody's promise. */
    private static void comparePayloads(
            List<String> keys, RespConnection mine, RespConnection theirs) throws IOException {
        int compared = 0;
        for (String each : keys) {
            int blank = each.indexOf(' ');
            String key = each.substring(blank + 1);
            mine.call("SELECT", each.substring(0, blank));
            theirs.call("SELECT", each.substring(0, blank));
            List<byte[]> question =
                    List.of(Bytes.of("OBJECT"), Bytes.of("ENCODING"), Bytes.of(key));
            mine.send(RespConnection.encode(question));
            theirs.send(RespConnection.encode(question));
            String encoding = mine.readReply().text();
            if (!theirs.readReply().text().equals(encoding) || encoding.equals("hashtable")) {
                continue;
            }
            byte[] expected = ask(theirs, "DUMP", key).bytes();
            byte[] actual = ask(mine, "DUMP", key).bytes();
            assertThat(actual).as("%s %s -Dseed=%d", encoding, each, SEED).isEqualTo(expected);
            compared++;
        }
        assertThat(compared).isGreaterThan(keys.size() / 2);
    }

    @Test
    void migrateMovesKeysBothWays() throws IOException, InterruptedException {
        try (ServerProcess ours = ours();
                ServerProcess redis = ServerProcess.redis(DEBUG, "yes");
                RespConnection mine = ours.connect();
                RespConnection theirs = redis.connect()) {
            mine.call("SET", "a", "1");
            mine.call("RPUSH", "b", "x", "y", "12");
            mine.call("PEXPIRE", "b", "100000");
            String host = "127.0.0.1";
            String port = Integer.toString(redis.port());
            assertThat(migrate(mine, port, "", "0", "1000", "KEYS", "a", "b", "none").text())
                    .isEqualTo("OK");
            assertThat(mine.call("DBSIZE").integer()).isZero();
            assertThat(theirs.call("LRANGE", "b", "0", "-1").elements()).hasSize(3);
            assertThat(theirs.call("PTTL", "b").integer()).isBetween(1L, 100_000L);
            assertThat(migrate(mine, port, "a", "0", "1000").text()).isEqualTo("NOKEY");
            mine.call("SET", "a", "2");
            assertThat(migrate(mine, port, "a", "0", "1000").text())
                    .isEqualTo(
                            "ERR Target instance replied with error: BUSYKEY Target key name"
                                    + " already exists.");
            assertThat(migrate(mine, port, "a", "0", "1000", "COPY", "REPLACE").text())
                    .isEqualTo("OK");
            assertThat(theirs.call("GET", "a").text()).isEqualTo("2");
            assertThat(mine.call("GET", "a").text()).isEqualTo("2");
            assertThat(
                            theirs.call(
                                            "MIGRATE",
                                            host,
                                            Integer.toString(ours.port()),
                                            "b",
                                            "3",
                                            "1000")
                                    .text())
                    .isEqualTo("OK");
            mine.call("SELECT", "3");
            assertThat(mine.call("LLEN", "b").integer()).isEqualTo(3);
            assertThat(migrate(mine, "1", "b", "0", "100").text())
                    .isEqualTo("IOERR error or timeout writing to target instance");
        }
    }

    private static Reply migrate(RespConnection from, String port, String... words)
            throws IOException {
        List<String> all = new ArrayList<>(List.of("MIGRATE", "127.0.0.1", port));
        all.addAll(List.of(words));
        return from.call(all.toArray(new String[0]));
    }

    @Test
    void clientsHearOfTheLoadingUntilTheDataIsThere() throws IOException, InterruptedException {
        try (ServerProcess ours = ours("--key-load-delay", "5000")) {
            long keys;
            try (RespConnection mine = ours.connect()) {
                DataSet.write(SEED + 3, 400, mine);
                keys = mine.call("DBSIZE").integer();
                assertThat(mine.call("SAVE").text()).isEqualTo("OK");
            }
            ours.kill();
            ours.restart();
            try (RespConnection mine = ours.connect()) {
                assertThat(mine.call("GET", "k").text())
                        .isEqualTo("LOADING Redis is loading the dataset in memory");
                assertThat(mine.call("DEBUG", "RELOAD").text()).startsWith("LOADING");
                assertThat(mine.info("persistence"))
                        .containsEntry("loading", "1")
                        .containsKeys("loading_total_bytes", "loading_eta_seconds");
                awaitLoaded(mine);
                assertThat(mine.call("DBSIZE").integer()).isEqualTo(keys);
                assertThat(mine.info("persistence"))
                        .containsEntry("rdb_changes_since_last_save", "0")
                        .containsEntry("rdb_last_load_keys_expired", "0");
            }
        }
    }

    @Test
    void aDamagedFileEndsTheStartAndStaysAsItIs() throws IOException, InterruptedException {
        try (ServerProcess ours = ours()) {
            try (RespConnection mine = ours.connect()) {
                DataSet.write(SEED + 2, 200, mine);
                assertThat(mine.call("SAVE").text()).isEqualTo("OK");
            }
            Path file = ours.directory().resolve(FILE);
            byte[] whole = Files.readAllBytes(file);
            byte[] damaged = whole.clone();
            damaged[damaged.length / 2] ^= 1;
            ours.kill();
            Files.write(file, damaged);
            String refused;
            try {
                ours.restart();
                // It answers while it loads, and ends a moment later.
                await("the end of the server")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> !ours.isAlive());
                refused = ours.log();
            } catch (IOException ended) {
                refused = ours.log();
            }
            assertThat(refused).contains("Fatal error loading the DB").contains("at byte ");
            assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
        }
    }
}
