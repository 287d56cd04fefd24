package io.carnelian.integration.replica;

import io.carnelian.integration.RespConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A stock redis-sentinel that watches one primary, on a free port, in a temporary directory. */
final class SentinelProcess implements AutoCloseable {
    static final String GROUP = "mymaster";
    private static final int QUORUM = 2;

    private final int port;
    private final Path directory;
    private final Process process;

    SentinelProcess(int primaryPort, int downAfterMs) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        directory = Files.createTempDirectory("carnelian-it-sentinel-");
        Path file = directory.resolve("sentinel.conf");
        Files.write(
                file,
                List.of(
                        "port " + port,
                        "bind 127.0.0.1",
                        "dir " + directory,
                        "sentinel monitor " + GROUP + " 127.0.0.1 " + primaryPort + " " + QUORUM,
                        "sentinel down-after-milliseconds " + GROUP + " " + downAfterMs,
                        "sentinel failover-timeout " + GROUP + " 6000",
                        "sentinel parallel-syncs " + GROUP + " 2"));
        process =
                new ProcessBuilder("redis-sentinel", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
    }

    RespConnection connect() throws IOException {
        return RespConnection.open(port);
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
