package io.carnelian.server.feed;

/**
 * What this node is in its replication chain. A value: whoever needs to know asks; only replication
 * sets it.
 */
public enum NodeRole {
    PRIMARY,
    REPLICA
}
