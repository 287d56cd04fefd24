package io.carnelian.server.epoch;

/**
 * Knows how to take big things apart: the store's side of {@link Epochs}, which decides when. One
 * tree is taken apart at a time, in slices.
 */
public interface Demolition {
    /** Frees a record on which no structure hangs: such ones are released in two parts. */
    void record(long record);

    /** Starts with the tree below this root. */
    void beginTree(long root);

    /**
     * Frees up to {@code max} records of the tree.
     *
     * @return how many; fewer than {@code max} when the tree is gone
     */
    int someOfTree(int max);
}
