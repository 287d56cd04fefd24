package io.carnelian.aof.restore;

/** Which state is wanted. */
public sealed interface RestoreGoal {
    /**
     * What was written up to the end of a second; later writes are not in it.
     *
     * @param seconds since 1970
     */
    record Time(long seconds) implements RestoreGoal {}

    /**
     * What was written up to a place of the write stream.
     *
     * @param offset as {@code master_repl_offset} shows it, 0 or more
     */
    record Offset(long offset) implements RestoreGoal {}
}
