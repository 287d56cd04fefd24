package io.carnelian.server.sort;

/** How the elements of one type of value are read to be sorted. */
public interface SortSource {
    /** Sees elements one by one. It must not change the value. */
    @FunctionalInterface
    interface Visitor {
        /** The object is reused for the next one. */
        void visit(Element element);
    }

    long count(long record);

    /** Whether they have an order of their own: {@code BY nosort} keeps it then. */
    boolean isOrdered();

    /**
     * Visits some elements, in their own order or, if they have one, against it.
     *
     * @param from how many are left out at the end where it begins, 0 without an order
     */
    void forEach(long record, long from, long count, boolean backwards, Visitor visitor);
}
