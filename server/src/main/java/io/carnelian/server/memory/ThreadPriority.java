package io.carnelian.server.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;

/**
 * What the scheduler knows of a single thread and Java's own thread priorities do not reach: its
 * nice value and the length of its slices (Linux; see setpriority(2), "C library/kernel
 * differences", and sched_setattr(2)). Elsewhere nothing is done, since there the first call means
 * the whole process.
 */
public final class ThreadPriority {
    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;
    private static final boolean PER_THREAD = "Linux".equals(System.getProperty("os.name"));

    /** The numbers of sched_setattr, which C libraries before 2.41 do not name. */
    private static final Map<String, Long> SET_ATTRIBUTES = Map.of("amd64", 314L, "aarch64", 274L);

    private static final int PAGE_BYTES = 4096;
    private static final int ATTRIBUTES_BYTES = 48;
    private static final int NICE_AT = 16;
    private static final int SLICE_AT = 24;

    private ThreadPriority() {}

    /**
     * Lowers the calling thread: it gets what the others leave when all CPUs are busy. One that is
     * as low already, of a server that was started with nice(1), stays as it is.
     *
     * @param nice 1 to 19; 10 is a tenth of a normal thread's share
     * @return whether it is that low now
     */
    public static boolean lower(int nice) {
        return lower(CALLING_THREAD, nice);
    }

    /** The same of the thread that the system knows by this number. */
    public static boolean lower(int thread, int nice) {
        if (!PER_THREAD) {
            return false;
        }
        try {
            int now = (int) Linked.GETPRIORITY.invokeExact(PRIO_PROCESS, thread);
            return now >= nice
                    || (int) Linked.SETPRIORITY.invokeExact(PRIO_PROCESS, thread, nice) == 0;
        } catch (Throwable e) {
            throw new LinkageError("setpriority", e);
        }
    }

    /**
     * Gives a thread short slices: when it is woken it need not wait for the end of another's long
     * one. Its share of the CPU stays the same. Linux 6.12 and later; an earlier one accepts it and
     * does nothing.
     *
     * @param nanos 100,000 (a tenth of a millisecond) to 100,000,000; usual are some milliseconds
     * @return whether the system took it
     */
    public static boolean shorten(int thread, long nanos) {
        Long number = SET_ATTRIBUTES.get(System.getProperty("os.arch"));
        if (!PER_THREAD || number == null) {
            return false;
        }
        long attributes = SystemCalls.reserve(PAGE_BYTES);
        if (attributes == 0 || !SystemCalls.commit(attributes, PAGE_BYTES)) {
            return false;
        }
        try {
            int nice = (int) Linked.GETPRIORITY.invokeExact(PRIO_PROCESS, thread);
            Memory.putInt(attributes, ATTRIBUTES_BYTES);
            Memory.putInt(attributes + NICE_AT, nice);
            Memory.putLong(attributes + SLICE_AT, nanos);
            long noFlags = 0;
            return (long) Linked.SYSCALL.invokeExact((long) number, thread, attributes, noFlags)
                    == 0;
        } catch (Throwable e) {
            throw new LinkageError("sched_setattr", e);
        } finally {
            SystemCalls.release(attributes, PAGE_BYTES);
        }
    }

    /**
     * Lets a thread that waits for this CPU go first; to be called by long work about every tenth
     * of a millisecond. Without it a low priority is of little use to who is woken here: the
     * scheduler looks again at its next tick, 4 ms away at 250 Hz. Costs half a microsecond when
     * nobody waits.
     */
    @SuppressWarnings("ThreadPriorityCheck") // a hint to the scheduler is all that it is meant as
    public static void giveWay() {
        Thread.yield();
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
        static final MethodHandle GETPRIORITY =
                SystemCalls.handle(
                        "getpriority",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        static final MethodHandle SYSCALL =
                SystemCalls.handle(
                        "syscall",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG));
    }
}
