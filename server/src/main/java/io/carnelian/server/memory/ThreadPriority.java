package io.carnelian.server.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The scheduler's nice value of a single thread, which Java's own thread priorities do not reach
 * (Linux; see setpriority(2), "C library/kernel differences"). Elsewhere nothing is done, since
 * there the call means the whole process.
 */
public final class ThreadPriority {
    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;
    private static final boolean PER_THREAD = "Linux".equals(System.getProperty("os.name"));

    private ThreadPriority() {}

    /**
     * Lowers the calling thread: it gets what the others leave when all CPUs are busy.
     *
     * @param nice 1 to 19; 10 is a tenth of a normal thread's share
     * @return whether the system did it
     */
    public static boolean lower(int nice) {
        if (!PER_THREAD) {
            return false;
        }
        try {
            return (int) Linked.SETPRIORITY.invokeExact(PRIO_PROCESS, CALLING_THREAD, nice) == 0;
        } catch (Throwable e) {
            throw new LinkageError("setpriority", e);
        }
    }

    /** Linked by the first thread that asks, which is none that a client waits for. */
    private static final class Linked {
        static final MethodHandle SETPRIORITY =
                SystemCalls.handle(
                        "setpriority",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT));
    }
}
