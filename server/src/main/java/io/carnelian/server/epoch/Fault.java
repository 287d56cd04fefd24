package io.carnelian.server.epoch;

import io.carnelian.server.memory.Memory;

/**
 * Deliberate bugs in the rules of copy on write, for tests that prove that the snapshot tests would
 * find them. Outside the checked mode the JIT removes every trace.
 */
public final class Fault {
    public static final int NONE = 0;

    /** Frozen segments are written without a copy. */
    public static final int NO_COPY = 1;

    /** The copy of a segment keeps its young bits. */
    public static final int YOUNG_KEPT = 2;

    /** Frozen records are freed at once. */
    public static final int FREED_AT_ONCE = 3;

    /** Frozen records are written in place. */
    public static final int OVERWRITTEN = 4;

    private static int current = NONE;

    private Fault() {}

    public static void inject(int fault) {
        current = fault;
    }

    public static boolean is(int fault) {
        return Memory.CHECKED && current == fault;
    }
}
