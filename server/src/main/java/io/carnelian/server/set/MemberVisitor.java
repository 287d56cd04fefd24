package io.carnelian.server.set;

/** Sees the members of a set one by one. It must not change the set that is being visited. */
@FunctionalInterface
public interface MemberVisitor {
    /** The object is reused for the next one. */
    void visit(Member member);
}
