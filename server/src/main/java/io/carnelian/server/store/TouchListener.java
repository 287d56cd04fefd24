package io.carnelian.server.store;

/** Hears of changes to keys while somebody watches some: WATCH, client-side caching. */
public interface TouchListener {
    /**
     * A key was created, changed or removed, expiry included; told after a removal, before or after
     * a change.
     */
    void touched(Database database, Key key);

    /** A database is about to be emptied. */
    void aboutToFlush(Database database);

    /** Two databases are about to exchange their contents. */
    void aboutToSwap(Database a, Database b);
}
