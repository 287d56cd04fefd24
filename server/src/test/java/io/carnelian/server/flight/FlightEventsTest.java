package io.carnelian.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.admin.AdminFixture;
import io.carnelian.server.latency.LatencyMonitor;
import io.carnelian.server.slowlog.SlowCalls;
import io.carnelian.server.slowlog.Slowlog;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsTest {
    private static final String SLOW = "io.carnelian.SlowCommand";
    private static final String SNAPSHOT = "io.carnelian.Snapshot";

    @RegisterExtension final AdminFixture server = new AdminFixture();
    @TempDir Path directory;

    @BeforeEach
    void logEverything() {
        var process = server.settings.process;
        var _ =
                new SlowCalls(
                        server.server.executor(),
                        new Slowlog(),
                        new LatencyMonitor(Instant::now),
                        process.slowlogMicros,
                        process.slowlogMaxLen,
                        process.latencyMonitorThresholdMs);
        server.run("CONFIG", "SET", "slowlog-log-slower-than", "0");
    }

    private List<RecordedEvent> events(Recording recording, String name) throws IOException {
        Path file = directory.resolve("recording.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    @Test
    void aRecordingShowsSlowCommands() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            server.run("CLIENT", "SETNAME", "me");
            server.run("SET", "k", "v".repeat(300));
            server.run("MSET", "k", "v".repeat(200), "l", "w".repeat(200));
            server.run("AUTH", "s3cret");
            recording.stop();
            List<RecordedEvent> events = events(recording, SLOW);
            assertThat(events).hasSize(4);
            assertThat(events.get(2).getString("arguments")).hasSize(256).endsWith("www");
            RecordedEvent set = events.get(1);
            assertThat(set.getString("command")).isEqualTo("set");
            assertThat(set.getString("arguments"))
                    .startsWith("SET k vvv")
                    .endsWith("vvv... (172 more bytes)");
            assertThat(set.getLong("argumentBytes")).isGreaterThan(128);
            assertThat(set.getString("address")).isEqualTo("127.0.0.1:50000");
            assertThat(set.getString("name")).isEqualTo("me");
            assertThat(set.getDuration("took")).isLessThan(Duration.ofMinutes(1));
            assertThat(events.getFirst().getString("command")).isEqualTo("client|setname");
            assertThat(events.getLast().getString("arguments")).isEqualTo("AUTH (redacted)");
        }
    }

    @Test
    void aRecordingShowsSnapshotsFromTheirCutToTheirEnd() throws Exception {
        Keyspace keyspace = server.server.keyspace();
        for (int i = 0; i < 100; i++) {
            server.run("SET", "key" + i, "value");
        }
        try (Recording recording = new Recording()) {
            recording.start();
            Snapshot snapshot = keyspace.cut();
            snapshot.walk(0, record -> {});
            server.run("SET", "key7", "another");
            keyspace.end(snapshot);
            recording.stop();
            List<RecordedEvent> events = events(recording, SNAPSHOT);
            assertThat(events).hasSize(1);
            RecordedEvent event = events.getFirst();
            assertThat(event.getLong("keys")).isEqualTo(100);
            assertThat(event.getLong("walkedKeys")).isEqualTo(100);
            assertThat(event.getLong("copiedBytes")).isPositive();
            assertThat(event.getLong("waitingBytes")).isPositive();
            assertThat(event.getDuration()).isPositive();
        }
    }

    @Test
    void whatARecordingDoesNotWantIsNotThere() throws Exception {
        try (Recording recording = new Recording()) {
            recording.disable(SLOW);
            recording.disable(SNAPSHOT);
            recording.start();
            server.run("PING");
            Keyspace keyspace = server.server.keyspace();
            keyspace.end(keyspace.cut());
            recording.stop();
            assertThat(events(recording, SLOW)).isEmpty();
            assertThat(events(recording, SNAPSHOT)).isEmpty();
        }
    }
}
