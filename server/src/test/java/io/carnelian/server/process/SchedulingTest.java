package io.carnelian.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class SchedulingTest {
    @Test
    void findsTheThreadOfThatName() throws InterruptedException {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/task")));
        CountDownLatch named = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        int collectors = Scheduling.apply("sched-test");
        assertThat(collectors).isLessThanOrEqualTo(1);
        Thread thread =
                Thread.ofPlatform()
                        .name("sched-test-1")
                        .start(() -> {
                            named.countDown();
                            try {
                                done.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        try {
            named.await();
            assertThat(Scheduling.apply("sched-test")).isEqualTo(collectors + 1);
        } finally {
            done.countDown();
            thread.join();
        }
    }
}
