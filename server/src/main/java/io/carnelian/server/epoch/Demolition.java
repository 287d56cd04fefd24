package io.carnelian.server.epoch;

/**
 * Knows how to take big things apart: the store's side of {@link Epochs}, which decides when. One
 * tree is taken apart at a time, in slices.
 */
public interface Demolition {
    /**
     * Frees a record; a structure that hangs on it is given to {@link Epochs#release} as a tree.
     */
    void record(long record, Epochs epochs);

    /** Starts with the tree below this root. */
    void beginTree(long root);

    /**
     * Frees up to {@code max} records of the tree.
     *
     * @return how many; fewer than {@code max} when the tree is gone
     */
    int someOfTree(int max, Epochs epochs);
}
