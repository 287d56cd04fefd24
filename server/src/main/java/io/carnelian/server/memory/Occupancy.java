package io.carnelian.server.memory;

/**
 * How full the slabs of each size class are in the mean, measured in slices over the page table. An
 * old measurement stays in force until the next one is complete.
 */
final class Occupancy {
    /** A slab is sparse if it holds at most 9/8 of what slabs of its class hold in the mean. */
    private static final int SPARSE_NUMERATOR = 9;

    private static final int SPARSE_DENOMINATOR = 8;

    /** A slab of which more than 7/8 are used is never sparse. */
    private static final int DENSE_NUMERATOR = 7;

    private static final int DENSE_DENOMINATOR = 8;

    private final long[] records = new long[SizeClasses.COUNT];
    private final long[] capacity = new long[SizeClasses.COUNT];
    private final long[] recordsSoFar = new long[SizeClasses.COUNT];
    private final long[] capacitySoFar = new long[SizeClasses.COUNT];
    private int nextPage = 1;

    /** Counts the next slabs of one owner; true if that was the last part. */
    boolean measureSome(Pages pages, int owner, int maxPages) {
        int last = pages.pageCount();
        int to = Math.min(last, nextPage + maxPages);
        for (int page = nextPage; page < to; page++) {
            long row = pages.row(page);
            int kind = Raw.getInt(row + Pages.KIND);
            if (kind >= 0
                    && kind != SizeClasses.LARGE
                    && Raw.getInt(row + Pages.OWNER) == owner
                    && Raw.getInt(row + Pages.HEAD_PAGE) == page) {
                recordsSoFar[kind] += Raw.getInt(row + Slabs.USED);
                capacitySoFar[kind] += Raw.getInt(row + Slabs.CAPACITY);
            }
        }
        nextPage = to;
        if (to < last) {
            return false;
        }
        for (int c = 0; c < SizeClasses.COUNT; c++) {
            records[c] = recordsSoFar[c];
            capacity[c] = capacitySoFar[c];
            recordsSoFar[c] = 0;
            capacitySoFar[c] = 0;
        }
        nextPage = 1;
        return true;
    }

    /** True if a slab with so many of its places used is sparse for its class. */
    boolean isSparse(int sizeClass, long used, long places) {
        long all = capacity[sizeClass];
        long inUse = records[sizeClass];
        if (used * DENSE_DENOMINATOR > places * DENSE_NUMERATOR) {
            return false;
        }
        return used * all * SPARSE_DENOMINATOR <= inUse * places * SPARSE_NUMERATOR;
    }
}
