package io.carnelian.server.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class ThreadPriorityTest {
    private static final int NICE_FIELD_AFTER_NAME = 16;

    @Test
    void lowersTheCallingThreadOnly() throws ExecutionException, InterruptedException, IOException {
        assumeTrue(Files.exists(Path.of("/proc/thread-self/stat")));
        FutureTask<Integer> lowered =
                new FutureTask<>(() -> {
                    assertTrue(ThreadPriority.lower(10));
                    assertTrue(ThreadPriority.lower(5), "it is lower than that");
                    return nice();
                });
        int before = nice();
        Thread.ofPlatform().start(lowered);
        assertEquals(10, lowered.get());
        assertEquals(before, nice());
    }

    @Test
    void shortensTheSlicesOfOneThreadAndLeavesItsNiceValue()
            throws ExecutionException, InterruptedException {
        assumeTrue(Files.exists(Path.of("/proc/thread-self/sched")));
        FutureTask<String> shortened =
                new FutureTask<>(() -> {
                    assertTrue(ThreadPriority.lower(3));
                    int thread =
                            Integer.parseInt(
                                    Path.of("/proc/thread-self")
                                            .toRealPath()
                                            .getFileName()
                                            .toString());
                    assertTrue(ThreadPriority.shorten(thread, 200_000));
                    assertEquals(3, nice());
                    return Files.readString(Path.of("/proc/thread-self/sched"));
                });
        Thread.ofPlatform().start(shortened);
        String facts = shortened.get();
        assumeTrue(facts.contains("se.slice"), "a system that tells the length of slices");
        assertTrue(facts.lines().anyMatch(l -> l.matches("se.slice +: +200000")), facts);
    }

    /** Field 19 of proc_pid_stat(5), counted from behind the name, which may hold blanks. */
    private static int nice() throws IOException {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Integer.parseInt(fields[NICE_FIELD_AFTER_NAME]);
    }
}
