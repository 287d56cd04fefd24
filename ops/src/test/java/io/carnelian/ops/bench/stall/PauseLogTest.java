package io.carnelian.ops.bench.stall;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PauseLogTest {
    private static final String LOG =
            """
            [0.010s] Using Serial
            [1.532s] GC(0) Pause Young (Allocation Failure) 17M->1M(61M) 0.612ms
            [1.533s] Safepoint "SerialCollectForAllocation", Time since last: 1500000000 ns, \
            Reaching safepoint: 4321 ns, At safepoint: 698000 ns, Total: 702113 ns
            [2.001s] GC(1) Pause Full (Metadata GC Threshold) 9M->2M(61M) 7.250ms
            [2.100s] Safepoint "ICBufferFull", Time since last: 99 ns, Total: 9000000 ns
            """;

    @Test
    void theLongestOfEachKindCounts() {
        assertThat(PauseLog.longest(LOG)).isEqualTo(new PauseLog.Longest(7.25, 9.0, 2));
    }

    @Test
    void whatWasLoggedBeforeThePositionDoesNotCount(@TempDir Path directory) throws IOException {
        PauseLog log = new PauseLog(directory.resolve("pauses"));
        assertThat(log.position()).isZero();
        assertThat(log.since(0)).isEqualTo(PauseLog.Longest.UNKNOWN);

        Files.writeString(directory.resolve("pauses"), LOG);
        long position = log.position();
        assertThat(log.since(position)).isEqualTo(new PauseLog.Longest(0, 0, 0));
    }
}
