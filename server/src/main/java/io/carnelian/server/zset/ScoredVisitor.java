package io.carnelian.server.zset;

/** Sees the members of a sorted set one by one. It must not change the set being visited. */
@FunctionalInterface
public interface ScoredVisitor {
    /** The object is reused for the next one. */
    void visit(Scored member);
}
