package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Pid file, daemon, signals and crash reports of the server as a process. */
class ProcessLifeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void thePidFileLivesAsLongAsTheServer() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--pidfile", "server.pid")) {
            Path file = server.directory().resolve("server.pid");
            await().atMost(PATIENCE).until(() -> Files.exists(file) && Files.size(file) > 0);
            assertThat(file).hasContent(server.pid() + "\n");
            signal(server.pid(), "TERM");
            await().atMost(PATIENCE).until(() -> !server.isAlive());
            assertThat(server.log())
                    .contains("Received SIGTERM scheduling shutdown...")
                    .contains("User requested shutdown...")
                    .contains("Removing the pid file.")
                    .contains("ready to exit, bye bye...");
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aDaemonOutlivesWhoStartedIt() throws IOException, InterruptedException {
        try (ServerProcess starter =
                ServerProcess.daemon("--pidfile", "daemon.pid", "--logfile", "daemon.log")) {
            await().atMost(PATIENCE).until(() -> !starter.isAlive());
            Path file = starter.directory().resolve("daemon.pid");
            await().atMost(PATIENCE).until(() -> Files.exists(file) && Files.size(file) > 0);
            long pid = Long.parseLong(Files.readString(file).trim());
            try (RespConnection client = starter.connect()) {
                assertThat(pid).isNotEqualTo(starter.pid());
                assertThat(client.infoLong("server", "process_id")).isEqualTo(pid);
                client.send(RespConnection.encode("SHUTDOWN", "NOSAVE"));
                Path log = starter.directory().resolve("daemon.log");
                await().atMost(PATIENCE).until(() -> Files.readString(log).contains("bye bye"));
                assertThat(log).content().contains("PID: " + pid, "Removing the pid file.");
                assertThat(file).doesNotExist();
            } finally {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    @Test
    void anAbortLeavesAReport() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject()) {
            signal(server.pid(), "ABRT");
            await().atMost(PATIENCE).until(() -> !server.isAlive());
            assertThat(server.log())
                    .contains("crashed by signal: 6", "STACK TRACE", "redis_version:");
        }
    }

    @Test
    void theReportOfACrashNamesTheClient() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--enable-debug-command", "yes");
                RespConnection client = server.connect()) {
            client.send(RespConnection.encode("DEBUG", "SEGFAULT"));
            await().atMost(PATIENCE).until(() -> !server.isAlive());
            assertThat(server.log())
                    .contains("crashed by signal: 11", "DebugCommands.debugCommand", "cmd=debug");
        }
    }

    @Test
    void theWatchdogShowsWhatKeepsTheServer() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.subject("--enable-debug-command", "yes");
                RespConnection client = server.connect()) {
            client.call("CONFIG", "SET", "watchdog-period", "100");
            client.call("DEBUG", "SLEEP", "0.5");
            await().atMost(PATIENCE).until(() -> server.log().contains("WATCHDOG TIMER EXPIRED"));
            assertThat(server.log()).contains("DebugCommands.debugCommand");
        }
    }

    private static void signal(long pid, String name) throws IOException, InterruptedException {
        var _ = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }
}
