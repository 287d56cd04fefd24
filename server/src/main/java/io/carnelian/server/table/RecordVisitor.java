package io.carnelian.server.table;

/**
 * Sees records one by one: of a scan, an iteration or a snapshot. It must not change the table that
 * is being visited. Meant to be a long-lived object, so that a visit allocates nothing.
 */
@FunctionalInterface
public interface RecordVisitor {
    void visit(long record);
}
