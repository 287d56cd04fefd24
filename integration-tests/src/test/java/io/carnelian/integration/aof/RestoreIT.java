package io.carnelian.integration.aof;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import io.carnelian.integration.rdb.DataSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state before a FLUSHALL, out of the files of a server that goes on meanwhile. */
class RestoreIT {
    private static final int KEYS = 300;
    private static final String[] OPTIONS = {
        "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes"
    };

    @TempDir Path directory;

    /** A moment of the source, and what it held then. */
    private record State(String digest, long offset, String replid, long second) {}

    private static String[] with(String[] options, String... more) {
        String[] all = Arrays.copyOf(options, options.length + more.length);
        System.arraycopy(more, 0, all, options.length, more.length);
        return all;
    }

    private static long second(RespConnection server) throws IOException {
        return Long.parseLong(server.call("TIME").elements().getFirst().text());
    }

    private static void awaitSecondAfter(RespConnection server, long second) {
        Awaitility.await("the clock ticks").until(() -> second(server) > second);
    }

    private static State state(RespConnection server) throws IOException {
        Map<String, String> replication = server.info("replication");
        return new State(
                server.call("DEBUG", "DIGEST").text(),
                Long.parseLong(replication.get("master_repl_offset")),
                replication.getOrDefault("master_replid", ""),
                second(server));
    }

    /** Writes, remembers, and then loses everything. */
    private static State write(RespConnection server) throws IOException {
        Loaded.await(server);
        DataSet.write(3, KEYS, server);
        server.call("BGREWRITEAOF");
        Loaded.awaitRewrite(server);
        awaitSecondAfter(server, second(server));
        DataSet.write(3, KEYS / 2, server);
        server.call("MULTI");
        server.call("INCR", "n");
        server.call("INCR", "n");
        server.call("EXEC");
        State kept = state(server);
        awaitSecondAfter(server, kept.second());
        server.call("SET", "later", "1");
        server.call("FLUSHALL");
        return kept;
    }

    private static String restore(int expected, ServerProcess source, String... options)
            throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        line.add(ServerProcess.launcher("carnelian-server").toString());
        line.addAll(List.of("--dir", source.directory().toString()));
        line.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("CARNELIAN_BUILD", "no");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(expected);
        return said;
    }

    private static Map<String, Long> files(ServerProcess source) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(source.directory())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sizes.put(file.toString(), Files.size(file));
            }
        }
        return sizes;
    }

    private static String digest(ServerProcess server) throws IOException {
        try (RespConnection to = server.connect()) {
            Loaded.await(to);
            return to.call("DEBUG", "DIGEST").text();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void bothWaysGiveTheStateBack(String preamble) throws IOException, InterruptedException {
        String[] options =
                with(OPTIONS, "--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", "yes");
        try (ServerProcess source = ServerProcess.subject(options);
                RespConnection to = source.connect()) {
            State kept = write(to);
            Map<String, Long> before = files(source);
            Path byTime = directory.resolve("time");
            Path byOffset = directory.resolve("offset");
            String time = Instant.ofEpochSecond(kept.second()).toString();
            String offset = Long.toString(kept.offset());
            assertThat(
                            restore(
                                    0,
                                    source,
                                    "--restore-to-time",
                                    time,
                                    "--restore-into",
                                    byTime.toString()))
                    .contains("; offset " + offset);
            restore(
                    0,
                    source,
                    "--restore-to-offset",
                    offset,
                    "--restore-into",
                    byOffset.toString());
            assertThat(files(source)).as("the source is only read").isEqualTo(before);
            holds(byTime, kept);
            holds(byOffset, kept);
        }
    }

    /** Both servers load it; ours goes on where it was, as another history. */
    private static void holds(Path restored, State kept) throws IOException, InterruptedException {
        String[] options = with(OPTIONS, "--dir", restored.toString());
        try (ServerProcess redis = ServerProcess.redis(options)) {
            assertThat(digest(redis)).isEqualTo(kept.digest());
        }
        try (ServerProcess server = ServerProcess.subject(options)) {
            assertThat(digest(server)).isEqualTo(kept.digest());
            try (RespConnection to = server.connect()) {
                Map<String, String> replication = to.info("replication");
                assertThat(replication).containsEntry("master_repl_offset", "" + kept.offset());
                assertThat(replication.get("master_replid")).isNotEqualTo(kept.replid());
                assertThat(to.call("SET", "new", "1").text()).isEqualTo("OK");
            }
            server.kill();
            server.restart();
            try (RespConnection to = server.connect()) {
                Loaded.await(to);
                assertThat(to.call("GET", "new").text()).isEqualTo("1");
            }
        }
    }

    @Test
    void saysWhyNot() throws IOException, InterruptedException {
        try (ServerProcess source = ServerProcess.subject(OPTIONS);
                RespConnection to = source.connect()) {
            State kept = write(to);
            String into = directory.resolve("new").toString();
            assertThat(into("--restore-to-time", kept.second() - 3600, into, source))
                    .contains("nothing was restored", "is before the base file appendonly.aof.2");
            assertThat(into("--restore-to-time", kept.second() + 3600, into, source))
                    .contains("aof-timestamp-enabled was off");
            assertThat(into("--restore-to-offset", kept.offset() + 1_000_000, into, source))
                    .contains("is beyond the end: the files end at offset");
            assertThat(into("--restore-to-offset", 0, into, source)).contains("before the base");
            Files.createDirectory(Path.of(into));
            Files.writeString(Path.of(into, "file"), "somebody's");
            assertThat(into("--restore-to-offset", kept.offset(), into, source))
                    .contains("is not empty");
            assertThat(restore(1, source, "--restore-to-time", "soon", "--restore-into", into))
                    .contains("not a time: soon");
        }
    }

    private static String into(String option, long value, String into, ServerProcess source)
            throws IOException, InterruptedException {
        return restore(1, source, option, Long.toString(value), "--restore-into", into);
    }
}
