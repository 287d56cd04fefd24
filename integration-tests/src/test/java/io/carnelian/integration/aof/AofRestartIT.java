package io.carnelian.integration.aof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import io.carnelian.integration.replica.SameData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With an AOF neither a crash nor an orderly end costs a full sync, of a replica or of a primary,
 * under load; with a stock replica too.
 */
class AofRestartIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final int LOAD_MS = 300;

    /** Writes until it is told to stop, whatever the server does meanwhile. */
    private static final class Load {
        private final AtomicBoolean ended = new AtomicBoolean();
        private final Thread thread;

        Load(ServerProcess server) {
            thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!ended.get()) {
                                    write(server);
                                }
                            });
        }

        private void write(ServerProcess server) {
            try (RespConnection to = server.connect()) {
                for (int i = 0; !ended.get(); i++) {
                    to.call("SELECT", Integer.toString(i % 2));
                    to.call("INCR", "n" + i % 50);
                    to.call("SADD", "s" + i % 7, Integer.toString(i));
                }
            } catch (IOException gone) {
                Thread.onSpinWait();
            }
        }

        void end() throws InterruptedException {
            ended.set(true);
            thread.join();
        }
    }

    private static String[] options(String policy) {
        return new String[] {
            "--appendonly", "yes", "--appendfsync", policy, "--repl-diskless-sync-delay", "0"
        };
    }

    /** A server that follows another one from its start on. */
    private static ServerProcess following(ServerProcess primary, String... options)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--replicaof", "127.0.0.1", Integer.toString(primary.port())));
        return ServerProcess.subject(all.toArray(new String[0]));
    }

    private static void follow(ServerProcess replica, ServerProcess primary) throws IOException {
        try (RespConnection to = replica.connect()) {
            to.call("REPLICAOF", "127.0.0.1", Integer.toString(primary.port()));
        }
        awaitLink(replica);
    }

    private static void awaitLink(ServerProcess replica) throws IOException {
        await("the link is up")
                .atMost(AT_MOST)
                .ignoreExceptions()
                .until(() -> {
                    try (RespConnection to = replica.connect()) {
                        return "up".equals(to.info("replication").get("master_link_status"));
                    }
                });
    }

    private static long syncs(ServerProcess primary, String field) throws IOException {
        try (RespConnection to = primary.connect()) {
            return to.infoLong("stats", field);
        }
    }

    private static void assertSame(ServerProcess primary, ServerProcess replica)
            throws IOException {
        try (RespConnection a = primary.connect();
                RespConnection b = replica.connect()) {
            await("the replica has everything")
                    .atMost(AT_MOST)
                    .until(() ->
                            a.infoLong("replication", "master_repl_offset")
                                    == b.infoLong("replication", "slave_repl_offset"));
            assertThat(SameData.differences(a, b)).isEmpty();
        }
    }

    private static void awaitRewrite(ServerProcess server) throws IOException {
        try (RespConnection to = server.connect()) {
            Loaded.awaitRewrite(to);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "everysec"})
    void aReplicaThatIsKilledGoesOn(String policy) throws IOException, InterruptedException {
        try (ServerProcess primary = ServerProcess.subject(options("no"));
                ServerProcess replica = following(primary, options(policy))) {
            awaitLink(replica);
            awaitRewrite(replica);
            Load load = new Load(primary);
            try {
                Thread.sleep(LOAD_MS);
                replica.kill();
                Thread.sleep(LOAD_MS);
                replica.restart();
                awaitLink(replica);
            } finally {
                load.end();
            }
            assertThat(syncs(primary, "sync_full")).isEqualTo(1);
            assertThat(syncs(primary, "sync_partial_ok")).isEqualTo(1);
            assertSame(primary, replica);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "everysec"})
    void thePrimaryThatIsKilledIsGoneOnWith(String policy)
            throws IOException, InterruptedException {
        try (ServerProcess primary = ServerProcess.subject(options(policy));
                ServerProcess replica = ServerProcess.subject("--appendonly", "no")) {
            follow(replica, primary);
            Load load = new Load(primary);
            try {
                Thread.sleep(LOAD_MS);
                primary.kill();
                primary.restart();
                awaitLink(replica);
            } finally {
                load.end();
            }
            assertThat(syncs(primary, "sync_full")).isZero();
            assertThat(syncs(primary, "sync_partial_ok")).isEqualTo(1);
            assertSame(primary, replica);
        }
    }

    @Test
    void aStockReplicaGoesOnAfterAnOrderlyEnd() throws IOException, InterruptedException {
        try (ServerProcess primary = ServerProcess.subject(options("everysec"));
                ServerProcess replica = ServerProcess.redis("--appendonly", "no")) {
            follow(replica, primary);
            Load load = new Load(primary);
            try {
                Thread.sleep(LOAD_MS);
                try (RespConnection to = primary.connect()) {
                    to.send(RespConnection.encode("SHUTDOWN"));
                    to.readToEnd();
                }
                primary.kill();
                primary.restart();
                awaitLink(replica);
            } finally {
                load.end();
            }
            assertThat(syncs(primary, "sync_full")).isZero();
            assertThat(syncs(primary, "sync_partial_ok")).isEqualTo(1);
            assertSame(primary, replica);
        }
    }

    /** What comes next in the file may be that the key stays, so it must not be gone by then. */
    @Test
    void aRestoredKeyWhoseTimeIsOverIsLoaded() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject(options("always"))) {
            byte[] payload;
            try (RespConnection to = server.connect()) {
                Loaded.await(to);
                to.call("SET", "from", "value");
                payload = to.call("DUMP", "from").bytes();
            }
            server.kill();
            Path file = server.directory().resolve("appendonlydir/appendonly.aof.1.incr.aof");
            List<byte[]> restore = new ArrayList<>();
            for (String word : new String[] {"RESTORE", "to", "1000"}) {
                restore.add(word.getBytes(StandardCharsets.US_ASCII));
            }
            restore.add(payload);
            restore.add("ABSTTL".getBytes(StandardCharsets.US_ASCII));
            Files.write(file, RespConnection.encode(restore), StandardOpenOption.APPEND);
            Files.write(file, RespConnection.encode("PERSIST", "to"), StandardOpenOption.APPEND);
            server.restart();
            try (RespConnection to = server.connect()) {
                Loaded.await(to);
                assertThat(to.call("GET", "to").text()).isEqualTo("value");
            }
        }
    }

    /** Its keys would go to the database that the file was in before, and replace others there. */
    @Test
    void aFileOfMoreDatabasesIsRefused() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject(options("always"))) {
            try (RespConnection to = server.connect()) {
                Loaded.await(to);
                to.call("SET", "k", "of database 0");
            }
            server.kill();
            Path file = server.directory().resolve("appendonlydir/appendonly.aof.1.incr.aof");
            Files.write(file, RespConnection.encode("SELECT", "16"), StandardOpenOption.APPEND);
            Files.write(file, RespConnection.encode("SET", "k", "x"), StandardOpenOption.APPEND);
            byte[] whole = Files.readAllBytes(file);
            try {
                server.restart();
                // It may answer while it loads, and ends a moment later.
                await("the end of the server").atMost(AT_MOST).until(() -> !server.isAlive());
            } catch (IOException ended) {
                assertThat(ended).hasMessageContaining("did not start");
            }
            assertThat(server.log())
                    .contains("No database '16' here (see databases) reading the append only file");
            assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        }
    }
}
