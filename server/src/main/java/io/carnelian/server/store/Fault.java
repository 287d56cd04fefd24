package io.carnelian.server.store;

import io.carnelian.server.memory.Memory;

/**
 * Deliberate bugs in the rules of copy on write, for tests that prove that the snapshot tests would
 * find them. Outside the checked mode the JIT removes every trace.
 */
final class Fault {
    static final int NONE = 0;

    /** Frozen segments are written without a copy. */
    static final int NO_COPY = 1;

    /** The copy of a segment keeps its young bits. */
    static final int YOUNG_KEPT = 2;

    /** Frozen records are freed at once. */
    static final int FREED_AT_ONCE = 3;

    /** Frozen records are written in place. */
    static final int OVERWRITTEN = 4;

    private static int current = NONE;

    private Fault() {}

    static void inject(int fault) {
        current = fault;
    }

    static boolean is(int fault) {
        return Memory.CHECKED && current == fault;
    }
}
