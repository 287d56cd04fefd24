package io.carnelian.integration.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.integration.RespConnection;
import io.carnelian.integration.ServerProcess;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What was deleted is given back soon, also by a server that nobody talks to. */
class FreedMemoryIT {
    private static final int VALUES = 40_000;
    private static final int LOOKS = 20;
    private static final long LOOK_MS = 250;

    /** In slices of its own ticks alone it would take more than ten times as long as this waits. */
    @Test
    void anIdleServerGoesOnFreeing() throws IOException, InterruptedException {
        try (ServerProcess subject = ServerProcess.subject();
                RespConnection connection = subject.connect()) {
            for (int i = 0; i < VALUES; i++) {
                connection.call("SADD", "set:" + i, "some", "words", "that are", "no numbers");
            }
            connection.call("FLUSHALL", "ASYNC");

            long pending = 1;
            for (int i = 0; i < LOOKS && pending > 0; i++) {
                Thread.sleep(LOOK_MS);
                pending = pending(connection.call("INFO", "memory").text());
            }

            assertThat(pending).isZero();
        }
    }

    private static long pending(String info) {
        return info.lines()
                .filter(line -> line.startsWith("lazyfree_pending_objects:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
