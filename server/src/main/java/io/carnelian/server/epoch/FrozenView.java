package io.carnelian.server.epoch;

/** What one cut sees of the keyspace: the store's side of a {@link Cut}. */
public interface FrozenView {
    /** True if the cut's frozen structure leads to this very record of a database. */
    boolean holds(long record);
}
