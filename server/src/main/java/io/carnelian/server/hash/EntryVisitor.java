package io.carnelian.server.hash;

/** Sees the fields of a hash one by one. It must not change the hash that is being visited. */
@FunctionalInterface
public interface EntryVisitor {
    /** The object is reused for the next one. */
    void visit(HashEntry entry);
}
