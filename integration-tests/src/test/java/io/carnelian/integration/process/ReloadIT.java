package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration file changes while the server runs. */
class ReloadIT {
    @TempDir Path directory;

    private static void hangup(ServerProcess server) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-HUP", Long.toString(server.pid())).start().waitFor();
    }

    private static String parameter(RespConnection of, String name) throws IOException {
        return of.call("CONFIG", "GET", name).elements().get(1).text();
    }

    private static void awaitLog(ServerProcess server, String text) {
        await(text).atMost(Duration.ofSeconds(10)).until(() -> server.log().contains(text));
    }

    @Test
    void aHangupPutsTheFileInForce() throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("redis.conf"), "maxmemory 100mb\n");
        try (ServerProcess server = ServerProcess.subject(file.toString());
                RespConnection connection = server.connect()) {
            Files.writeString(file, "maxmemory 200mb\ndatabases 3\n");
            hangup(server);
            awaitLog(server, "CONFIG RELOAD of " + file + " (SIGHUP)");
            assertThat(parameter(connection, "maxmemory")).isEqualTo("209715200");
            assertThat(server.log())
                    .contains("maxmemory from '104857600' to '209715200'")
                    .contains("databases from '16' to '3' needs a restart");
            Files.writeString(file, "maxmemory 300mb\nno-such-directive 1\n");
            hangup(server);
            awaitLog(server, "Configuration reload refused, nothing was changed");
            assertThat(parameter(connection, "maxmemory")).isEqualTo("209715200");
        }
    }

    @Test
    void aClientAsksForThePlanOrForAll() throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("redis.conf"), "maxmemory 100mb\n");
        try (ServerProcess server = ServerProcess.subject(file.toString());
                RespConnection connection = server.connect()) {
            assertThat(connection.call("CONFIG", "RELOAD").elements()).isEmpty();
            connection.call("CONFIG", "SET", "maxmemory", "1000000", "requirepass", "pw");
            Reply plan = connection.call("CONFIG", "RELOAD", "DRYRUN");
            assertThat(plan.elements()).hasSize(2);
            assertThat(plan.elements().toString())
                    .contains("to-apply", "maxmemory", "1000000", "104857600", "(hidden)");
            assertThat(parameter(connection, "maxmemory")).isEqualTo("1000000");
            Reply done = connection.call("config", "reload");
            assertThat(done.elements().getFirst().elements().getFirst().text())
                    .isEqualTo("applied");
            assertThat(parameter(connection, "maxmemory")).isEqualTo("104857600");
            assertThat(connection.call("CONFIG", "RELOAD", "NOW").text()).contains("syntax error");
            Files.writeString(file, "maxmemory many\n");
            assertThat(connection.call("CONFIG", "RELOAD").text())
                    .startsWith("ERR CONFIG RELOAD failed, nothing was changed - ")
                    .contains("line 1");
            connection.call("FLUSHALL");
            assertThat(server.log())
                    .contains(
                            "Audit: CONFIG SET maxmemory '104857600' to '1000000' (user 'default'")
                    .contains("Audit: CONFIG SET requirepass '(hidden)' to '(hidden)'")
                    .contains("Audit: CONFIG RELOAD of ")
                    .contains("Audit: FLUSHALL, keys: 0 (user 'default'");
        }
    }

    @Test
    void aValueWithALineFeedWritesNoLineOfTheLog() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject();
                RespConnection connection = server.connect()) {
            connection.call("CONFIG", "SET", "masteruser", "a\n1:M Audit: FLUSHALL, keys: 0");
            assertThat(server.log())
                    .contains("masteruser '' to 'a\\x0a1:M Audit: FLUSHALL, keys: 0' (user")
                    .doesNotContain("\n1:M Audit");
        }
    }

    @Test
    void withoutAFileThereIsNothingToRead() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject();
                RespConnection connection = server.connect()) {
            assertThat(connection.call("CONFIG", "RELOAD").text())
                    .isEqualTo("ERR The server is running without a config file");
            hangup(server);
            awaitLog(server, "there is no configuration file to be read again");
            assertThat(connection.call("PING").text()).isEqualTo("PONG");
        }
    }
}
