package io.carnelian.integration.aof;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import io.carnelian.integration.rdb.DataSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A directory that one server has written is loaded by the other: base in both forms, increments
 * behind it, with our lines between the commands. {@code -Daof.keys=20000 -Dseed=…}
 */
class AofExchangeIT {
    private static final int KEYS = Integer.getInteger("aof.keys", 600);
    private static final long SEED = Long.getLong("seed", 11L);

    private static void write(ServerProcess server) throws IOException, InterruptedException {
        try (RespConnection to = server.connect()) {
            Loaded.await(to);
            DataSet.write(SEED, KEYS, to);
            to.call("BGREWRITEAOF");
            Loaded.awaitRewrite(to);
            DataSet.write(SEED, KEYS / 2, to);
            to.call("SELECT", "3");
            to.call("SET", "goes", "away", "PX", "1");
            to.call("SET", "stays", "here", "EX", "100000");
            to.call("MULTI");
            to.call("INCR", "n");
            to.call("INCR", "n");
            to.call("EXEC");
        }
    }

    private static String digest(ServerProcess server) throws IOException, InterruptedException {
        try (RespConnection to = server.connect()) {
            Loaded.await(to);
            to.call("SELECT", "3");
            assertThat(to.call("GET", "goes").isNull()).isTrue();
            assertThat(to.call("GET", "n").text()).isEqualTo("2");
            return to.call("DEBUG", "DIGEST").text();
        }
    }

    private static String[] options(String preamble) {
        return new String[] {
            "--appendonly",
            "yes",
            "--aof-use-rdb-preamble",
            preamble,
            "--aof-timestamp-enabled",
            "yes",
            "--enable-debug-command",
            "yes"
        };
    }

    private static void copy(ServerProcess from, ServerProcess to) throws IOException {
        Path source = from.directory().resolve("appendonlydir");
        Path target = to.directory().resolve("appendonlydir");
        try (Stream<Path> old = Files.list(target)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void oursIsLoadedByRedis(String preamble) throws IOException, InterruptedException {
        try (ServerProcess ours = ServerProcess.subject(options(preamble));
                ServerProcess redis = ServerProcess.redis(options(preamble))) {
            write(ours);
            String expected = digest(ours);
            awaitStored(ours);
            ours.kill();
            assertThat(check(ours.directory())).contains("All AOF files and manifest are valid");
            redis.kill();
            copy(ours, redis);
            redis.restart();
            assertThat(digest(redis)).as("-Dseed=%d", SEED).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void thatOfRedisIsLoadedHereAndGoesOn(String preamble)
            throws IOException, InterruptedException {
        try (ServerProcess redis = ServerProcess.redis(options(preamble));
                ServerProcess ours = ServerProcess.subject(options(preamble))) {
            write(redis);
            String expected = digest(redis);
            redis.kill();
            ours.kill();
            copy(redis, ours);
            ours.restart();
            assertThat(digest(ours)).as("-Dseed=%d", SEED).isEqualTo(expected);
            try (RespConnection to = ours.connect()) {
                to.call("SET", "later", "1");
            }
            awaitStored(ours);
            ours.kill();
            assertThat(check(ours.directory())).contains("All AOF files and manifest are valid");
            ours.restart();
            try (RespConnection to = ours.connect()) {
                Loaded.await(to);
                assertThat(to.call("GET", "later").text()).isEqualTo("1");
            }
        }
    }

    /** With everysec a process that is killed may take the last moment's writes with it. */
    private static void awaitStored(ServerProcess server) throws IOException {
        try (RespConnection to = server.connect()) {
            Reply stored = to.call("WAITAOF", "1", "0", "0");
            assertThat(stored.elements().getFirst().integer()).isEqualTo(1);
        }
    }

    private static String check(Path directory) throws IOException, InterruptedException {
        Path manifest = directory.resolve("appendonlydir/appendonly.aof.manifest");
        Process process =
                new ProcessBuilder(List.of("redis-check-aof", manifest.toString()))
                        .redirectErrorStream(true)
                        .start();
        byte[] said = process.getInputStream().readAllBytes();
        process.waitFor();
        return new String(said, StandardCharsets.ISO_8859_1);
    }
}
