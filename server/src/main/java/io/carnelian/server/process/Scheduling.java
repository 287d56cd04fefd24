package io.carnelian.server.process;

import io.carnelian.server.memory.ThreadPriority;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the kernel which threads of this process may wait for others (Linux).
 *
 * <p>On a machine with few CPUs the command thread often wakes up where one of the JVM's compilers
 * is at work, and waits until the next tick of the scheduler: 4 ms at 250 Hz. Measured with two
 * busy threads on one CPU, the hundredth-worst wait of a thread that works 0.1 ms at a time is 7.2
 * ms; 4.7 ms when the busy ones are nicer by 5; 0.08 ms when it has short slices as well.
 *
 * <p>With a single CPU the compilers keep their share: there everything else is the command thread,
 * and what it loses while its code is not compiled yet is more than it waits (measured: half of the
 * throughput in the first seconds under full load).
 */
public final class Scheduling {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduling.class);
    private static final Path THREADS = Path.of("/proc/self/task");

    /** A quarter of the command thread's share, when both want the same CPU. */
    private static final int COMPILER_NICE = 5;

    /** While it waits for a CPU, in a collection, everybody waits. */
    private static final String COLLECTOR = "VM Thread";

    private static final long SLICE_NANOS = 100_000;
    private static final boolean HAS_CPUS = Runtime.getRuntime().availableProcessors() > 1;

    private Scheduling() {}

    /**
     * Goes through the threads that there are now. Compilers that are started later have their nice
     * value from the one that starts them.
     *
     * @param commandThread how the command thread's name begins, up to 15 characters
     * @return how many threads have short slices now: those of that name, and the JVM's collector
     */
    public static int apply(String commandThread) {
        if (!Files.isDirectory(THREADS)) {
            return 0;
        }
        int shortened = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (Path thread : threads) {
                int id = Integer.parseInt(thread.getFileName().toString());
                String name = name(thread);
                if (name.startsWith(commandThread) || name.startsWith(COLLECTOR)) {
                    shortened += ThreadPriority.shorten(id, SLICE_NANOS) ? 1 : 0;
                } else if (HAS_CPUS && isCompiler(name)) {
                    var _ = ThreadPriority.lower(id, COMPILER_NICE);
                }
            }
        } catch (IOException e) {
            LOG.warn("Threads keep the priorities that they have: {}", e.toString());
        }
        return shortened;
    }

    private static boolean isCompiler(String name) {
        return name.startsWith("C1 Compiler") || name.startsWith("C2 Compiler");
    }

    /** Empty if the thread has ended since it was listed, as some do at a start. */
    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm"));
        } catch (IOException hasEnded) {
            return "";
        }
    }
}
