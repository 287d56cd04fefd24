package io.carnelian.server.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pages of 64 KiB that slabs and large values are made of.
 *
 * <p>One range of addresses is reserved at start, as large as the system allows up to 16 TiB, and
 * made usable upwards in steps of 32 MiB. So an address tells its page number by one subtraction
 * and one shift, and what is known about the page stands in a table of 64-byte rows at the front of
 * the range:
 *
 * <pre>
 *   reservation  | page table: 64 B a page | live bits (checked) |  data: 64 KiB a page  ...   |
 *                                                                 0    1    2 .. committed ..  max
 *   page 0 is never used: 0 means "no page".
 *
 *   row     0 kind            FREE, USED, a size class, or LARGE; of free runs on both ends
 *           4 head page       of the run or slab that the page belongs to
 *           8 run pages       on head and last page
 *          12 used            records in use                        )
 *          16 free head       address of the first freed record     )
 *          24 bump            first address never handed out yet    )  of a slab,
 *          32 prev 36 next    pages of the same list                )  written by {@link Slabs}
 *          40 owner           id of the Slabs                       )
 *          44 capacity        records                               )
 *          48 record bytes    of the slab's records, or bytes charged for a large run
 *          56 resident        1 if the page may have memory behind it
 * </pre>
 *
 * Free runs are kept in bins by size, found first-fit, split and joined with their neighbours
 * through the tags on their first and last page. A free page may have memory behind it (resident)
 * or not (bare); {@link PageKeeper} sees to it that there are enough of the first kind and not too
 * many. All methods may be called from any thread; they are called about once in a thousand
 * allocations.
 */
public final class Pages implements AutoCloseable {
    public static final int PAGE_SHIFT = 16;
    public static final int PAGE_BYTES = 1 << PAGE_SHIFT;

    static final int ROW_SHIFT = 6;
    static final int KIND = 0;
    static final int HEAD_PAGE = 4;
    static final int RUN_PAGES = 8;
    static final int PREV = 32;
    static final int NEXT = 36;
    static final int OWNER = 40;
    static final int RECORD_BYTES = 48;

    /** Kinds of pages beside the size classes and {@link SizeClasses#LARGE}. */
    static final int USED = -1;

    static final int FREE = -2;

    private static final int RESIDENT = 56;
    private static final int HUGE_BYTES = 2 << 20;
    private static final int STEP_PAGES = 512;

    /** Rows are made usable 2 MiB at a time, one huge page. */
    private static final int ROW_STEP = 1 << 15;

    private static final int HUGE_PAGES = HUGE_BYTES >>> PAGE_SHIFT;

    /** Runs that one search of the keeper passes at most, since others wait meanwhile. */
    private static final int SEARCH_RUNS = 2048;

    private static final long MAX_RESERVED_BYTES = Memory.CHECKED ? 1L << 38 : 1L << 44;
    private static final int EXACT_BINS = 32;
    private static final int BINS = 128;

    /** The live ones, for the checked mode only. */
    private static volatile Pages[] reservations = new Pages[0];

    private final long reservedBytes;
    private final long reservedAt;
    private final int maxPages;
    private final LiveBits liveBits;

    /** Address of the row of page 0, and of the data of page 0. */
    final long rows;

    final long data;

    private final int[] bins = new int[BINS];
    private long lowBins;
    private long highBins;
    private int committedPages = 1;
    private volatile long usableEnd;
    private int committedRows;
    private int usedPages;
    private int limitPages;
    private int idleResidentPages;
    private int wakeBelowPages;
    private @Nullable Runnable keeper;
    private int searchedPage = 1;
    private int nextOwner = 1;

    /**
     * Links the system calls. Not needed, but it takes 80 ms of a cold start, which another thread
     * can spend ahead of the first {@code new Pages()}.
     */
    public static void prepare() {
        SystemCalls.release(SystemCalls.reserve(PAGE_BYTES), PAGE_BYTES);
    }

    public Pages() {
        this(MAX_RESERVED_BYTES);
    }

    /** Reserves at most {@code bytes} of address space for data. */
    public Pages(long bytes) {
        long rowBytes = 1L << ROW_SHIFT;
        long liveBytes = Memory.CHECKED ? LiveBits.BYTES_PER_PAGE : 0;
        long perPage = rowBytes + liveBytes + PAGE_BYTES;
        int pages = (int) Math.min(1 << 28, Math.max(STEP_PAGES, bytes >>> PAGE_SHIFT));
        pages = (pages + STEP_PAGES - 1) / STEP_PAGES * STEP_PAGES;
        long address = SystemCalls.reserve(pages * perPage + 2L * HUGE_BYTES);
        while (address == 0 && pages > STEP_PAGES) {
            pages >>>= 1;
            address = SystemCalls.reserve(pages * perPage + 2L * HUGE_BYTES);
        }
        if (address == 0) {
            throw new OutOfMemory("no address space");
        }
        maxPages = pages;
        limitPages = pages;
        reservedAt = address;
        reservedBytes = pages * perPage + 2L * HUGE_BYTES;
        rows = alignHuge(address);
        long live = rows + pages * rowBytes;
        data = alignHuge(live + pages * liveBytes);
        liveBits = new LiveBits(this, live);
        commit(STEP_PAGES - 1);
        if (Memory.CHECKED) {
            register(this);
        }
    }

    /** Refuses to hand out pages beyond {@code bytes} from now on: for tests of memory shortage. */
    public synchronized void limitBytes(long bytes) {
        limitPages = (int) Math.min(maxPages, bytes >>> PAGE_SHIFT);
    }

    /** Bytes of pages that slabs and large runs hold. */
    public synchronized long usedBytes() {
        return (long) usedPages << PAGE_SHIFT;
    }

    /** Bytes of pages that may have memory behind them: held ones and the cache of free ones. */
    public synchronized long committedBytes() {
        return (long) (usedPages + idleResidentPages) << PAGE_SHIFT;
    }

    /**
     * Gives the cache of free pages back to the system; returns how many bytes that was. The system
     * calls run while nobody waits for the lock: the pages are nobody's meanwhile.
     */
    long purge() {
        long wanted = idleResidentPages();
        long given = 0;
        int misses = 0;
        while (given < wanted && misses <= pageCount() / SEARCH_RUNS + 1) {
            int run = takeResident();
            if (run == 0) {
                misses++;
                continue;
            }
            misses = 0;
            long bytes = runBytes(run);
            SystemCalls.discard(pageAddress(run), bytes);
            returnBare(run, false);
            given += bytes >>> PAGE_SHIFT;
        }
        return given << PAGE_SHIFT;
    }

    /**
     * Takes free pages with memory behind them out, at most 32 MiB; 0 if this search found none.
     */
    private synchronized int takeResident() {
        int run = search(1, 1, 1);
        if (run != 0) {
            int end = endOfStretch(run, STEP_PAGES, 1);
            takeOut(run, end);
            idleResidentPages -= setResident(run, end - run, 0);
        }
        return run;
    }

    /** Gives the whole range back. No address out of it may be used any more. */
    @Override
    public synchronized void close() {
        if (Memory.CHECKED) {
            unregister(this);
        }
        SystemCalls.release(reservedAt, reservedBytes);
    }

    synchronized int newOwner() {
        return nextOwner++;
    }

    synchronized int pageCount() {
        return committedPages;
    }

    /** Takes a run of pages and returns the number of the first; their content is undefined. */
    synchronized int allocateRun(int pages) {
        if (pages > limitPages - usedPages) {
            throw new OutOfMemory("limit of " + limitPages + " pages reached");
        }
        int run = findFree(pages);
        if (run == 0) {
            commit(pages);
            run = findFree(pages);
        }
        int found = runPages(run);
        unlink(run);
        if (found > pages) {
            makeFree(run + pages, found - pages);
        }
        tag(run, pages, USED);
        idleResidentPages -= setResident(run, pages, 1);
        usedPages += pages;
        if (idleResidentPages < wakeBelowPages && keeper != null) {
            wakeBelowPages = 0;
            keeper.run();
        }
        return run;
    }

    synchronized void freeRun(int run) {
        int pages = runPages(run);
        usedPages -= pages;
        idleResidentPages += pages;
        join(run, pages);
    }

    /** Has {@code wake} run, once, by whoever leaves fewer than this many free resident pages. */
    synchronized void wakeBelow(int pages, Runnable wake) {
        keeper = wake;
        wakeBelowPages = pages;
    }

    synchronized int usedPages() {
        return usedPages;
    }

    synchronized int idleResidentPages() {
        return idleResidentPages;
    }

    /**
     * Takes bare free pages out, at most 2 MiB, so that nobody else gets them; {@link #returnBare}
     * brings them back. Makes more pages usable when there is no free run left.
     *
     * @return the run, or 0 if this search found none or there is no more memory to have
     */
    synchronized int takeBare() {
        if (usedPages + idleResidentPages + HUGE_PAGES > limitPages) {
            return 0;
        }
        int run = search(0, 1, 1);
        if (run == 0) {
            if (usedPages + idleResidentPages + STEP_PAGES > limitPages || hasFreeBare()) {
                return 0;
            }
            try {
                commit(1);
            } catch (OutOfMemory e) {
                return 0; // who needs memory will meet the same refusal and report it
            }
            // The new pages may have joined a free run before them: the search begins at its head.
            searchedPage = Raw.getInt(row(committedPages - 1) + HEAD_PAGE);
            run = search(0, 1, 1);
        }
        if (run == 0) {
            return 0;
        }
        takeOut(run, endOfStretch(run, HUGE_PAGES, 0));
        return run;
    }

    /** Where pages like this one end, in the free run where the search ended. */
    private int endOfStretch(int from, int most, int wantedResident) {
        int end = Math.min(searchedPage + runPages(searchedPage), from + most);
        int to = from;
        while (to < end && resident(to) == wantedResident) {
            to++;
        }
        return to;
    }

    /** Cuts pages out of the free run where the search ended. */
    private void takeOut(int from, int to) {
        int head = searchedPage;
        int end = head + runPages(head);
        unlink(head);
        if (from > head) {
            makeFree(head, from - head);
        }
        if (to < end) {
            makeFree(to, end - to);
        }
        tag(from, to - from, USED);
    }

    /** Brings back what was taken out, with memory behind it now or not. */
    synchronized void returnBare(int run, boolean resident) {
        int pages = runPages(run);
        if (resident) {
            setResident(run, pages, 1);
            idleResidentPages += pages;
        }
        join(run, pages);
    }

    /** The bytes of a run that the caller holds. */
    synchronized long runBytes(int run) {
        return (long) runPages(run) << PAGE_SHIFT;
    }

    /**
     * Takes one free huge page with memory behind it out, so that the memory can be given back
     * without holding up others: the system takes milliseconds for that at worst. {@link
     * #returnBare} brings it back. Smaller pieces stay, since they would break a huge page.
     *
     * @return the run, or 0 if this search found none
     */
    synchronized int takeIdle() {
        int run = search(1, HUGE_PAGES, HUGE_PAGES);
        if (run != 0) {
            takeOut(run, run + HUGE_PAGES);
            idleResidentPages -= setResident(run, HUGE_PAGES, 0);
        }
        return run;
    }

    long pageAddress(int page) {
        return data + ((long) page << PAGE_SHIFT);
    }

    long row(int page) {
        return rows + ((long) page << ROW_SHIFT);
    }

    /** Address of the row of the page that holds {@code address}. */
    long rowOf(long address) {
        return rows + (((address - data) >>> PAGE_SHIFT) << ROW_SHIFT);
    }

    LiveBits liveBits() {
        return liveBits;
    }

    boolean contains(long address) {
        return address >= data && address < data + ((long) maxPages << PAGE_SHIFT);
    }

    /** True if the address lies in a page that was made usable; may be asked by any thread. */
    boolean isCommitted(long address) {
        return contains(address) && address < usableEnd;
    }

    /** The check of the checked mode: the range must lie in one live allocation or outside. */
    static void check(long address, long bytes) {
        for (Pages pages : reservations) {
            if (pages.contains(address)) {
                pages.liveBits.check(address, bytes);
                return;
            }
        }
    }

    private static long alignHuge(long address) {
        return (address + HUGE_BYTES - 1) & -HUGE_BYTES;
    }

    private static synchronized void register(Pages pages) {
        Pages[] more = Arrays.copyOf(reservations, reservations.length + 1);
        more[more.length - 1] = pages;
        reservations = more;
    }

    private static synchronized void unregister(Pages pages) {
        reservations =
                Arrays.stream(reservations).filter(other -> other != pages).toArray(Pages[]::new);
    }

    /** Makes at least {@code pages} more pages usable and adds them as a free run. */
    private void commit(int pages) {
        int target = (committedPages + pages + STEP_PAGES - 1) / STEP_PAGES * STEP_PAGES;
        if (target > maxPages) {
            throw new OutOfMemory("address space is used up");
        }
        int from = committedPages == 1 ? 0 : committedPages;
        long more = (long) target - from;
        boolean granted =
                commitRows(target)
                        && SystemCalls.commit(pageAddress(from), more << PAGE_SHIFT)
                        && (!Memory.CHECKED || liveBits.commit(from, more));
        if (!granted) {
            throw new OutOfMemory("the system refuses more memory");
        }
        SystemCalls.preferHugePages(pageAddress(from), more << PAGE_SHIFT);
        int first = committedPages;
        committedPages = target;
        usableEnd = pageAddress(target);
        join(first, target - first);
    }

    private boolean commitRows(int target) {
        if (target <= committedRows) {
            return true;
        }
        int more = (target - committedRows + ROW_STEP - 1) / ROW_STEP * ROW_STEP;
        more = Math.min(more, maxPages - committedRows);
        if (!SystemCalls.commit(row(committedRows), (long) more << ROW_SHIFT)) {
            return false;
        }
        SystemCalls.preferHugePages(row(committedRows), (long) more << ROW_SHIFT);
        committedRows += more;
        return true;
    }

    /** More free pages than free resident ones: some are bare. */
    private boolean hasFreeBare() {
        return committedPages - 1 - usedPages > idleResidentPages;
    }

    /**
     * Searches on from where the last search ended, run by run, for free pages that are resident
     * (1) or bare (0): the first of {@code pages} such in a row, aligned to {@code alignment}.
     *
     * @return the page, or 0 if there was none among the next runs
     */
    private int search(int wantedResident, int pages, int alignment) {
        int page = searchedPage < committedPages ? searchedPage : 1;
        for (int i = 0; i < SEARCH_RUNS; i++) {
            int end = page + runPages(page);
            if (kind(page) == FREE) {
                int from = (page + alignment - 1) / alignment * alignment;
                while (from + pages <= end) {
                    if (allResident(from, pages, wantedResident)) {
                        searchedPage = page;
                        return from;
                    }
                    from += alignment;
                }
            }
            page = end < committedPages ? end : 1;
            searchedPage = page;
        }
        return 0;
    }

    private boolean allResident(int from, int pages, int wanted) {
        for (int page = from; page < from + pages; page++) {
            if (resident(page) != wanted) {
                return false;
            }
        }
        return true;
    }

    private int resident(int page) {
        return Raw.getInt(row(page) + RESIDENT);
    }

    /** Makes a free run out of these pages and of free neighbours. */
    private void join(int run, int pages) {
        int start = run;
        int end = run + pages;
        if (end < committedPages && kind(end) == FREE) {
            unlink(end);
            end += runPages(end);
        }
        if (start > 1 && kind(start - 1) == FREE) {
            start = Raw.getInt(row(start - 1) + HEAD_PAGE);
            unlink(start);
        }
        makeFree(start, end - start);
    }

    private void makeFree(int run, int pages) {
        if (searchedPage > run && searchedPage < run + pages) {
            searchedPage = run; // what was the head of a run is none any more
        }
        tag(run, pages, FREE);
        int bin = bin(pages);
        int first = bins[bin];
        Raw.putInt(row(run) + NEXT, first);
        Raw.putInt(row(run) + PREV, 0);
        if (first != 0) {
            Raw.putInt(row(first) + PREV, run);
        }
        bins[bin] = run;
        setBinBit(bin, true);
    }

    private void unlink(int run) {
        int prev = Raw.getInt(row(run) + PREV);
        int next = Raw.getInt(row(run) + NEXT);
        if (next != 0) {
            Raw.putInt(row(next) + PREV, prev);
        }
        if (prev != 0) {
            Raw.putInt(row(prev) + NEXT, next);
            return;
        }
        int bin = bin(runPages(run));
        bins[bin] = next;
        setBinBit(bin, next != 0);
    }

    /**
     * The first free run of at least this many pages: in its own bin, else in the next filled one.
     */
    private int findFree(int pages) {
        int bin = bin(pages);
        for (int run = bins[bin]; run != 0; run = Raw.getInt(row(run) + NEXT)) {
            if (runPages(run) >= pages) {
                return run;
            }
        }
        for (int b = bin + 1; b < BINS; b++) {
            long rest = (b < 64 ? lowBins : highBins) >>> b;
            if (rest == 0) {
                b |= 63;
            } else {
                b += Long.numberOfTrailingZeros(rest);
                return bins[b];
            }
        }
        return 0;
    }

    private void setBinBit(int bin, boolean filled) {
        long bit = 1L << bin;
        if (bin < 64) {
            lowBins = filled ? lowBins | bit : lowBins & ~bit;
        } else {
            highBins = filled ? highBins | bit : highBins & ~bit;
        }
    }

    /** One bin for each size up to 32 pages, then four for each power of two. */
    private static int bin(int pages) {
        if (pages <= EXACT_BINS) {
            return pages - 1;
        }
        int log = 31 - Integer.numberOfLeadingZeros(pages);
        return EXACT_BINS + (log - 5) * 4 + (pages >>> (log - 2) & 3);
    }

    private void tag(int run, int pages, int kind) {
        long last = row(run + pages - 1);
        Raw.putInt(last + KIND, kind);
        Raw.putInt(last + HEAD_PAGE, run);
        Raw.putInt(last + RUN_PAGES, pages);
        long head = row(run);
        Raw.putInt(head + KIND, kind);
        Raw.putInt(head + HEAD_PAGE, run);
        Raw.putInt(head + RUN_PAGES, pages);
    }

    /** Marks the pages and returns how many of them were marked resident before. */
    private int setResident(int run, int pages, int resident) {
        int before = 0;
        for (int page = run; page < run + pages; page++) {
            before += Raw.getInt(row(page) + RESIDENT);
            Raw.putInt(row(page) + RESIDENT, resident);
        }
        return before;
    }

    private int kind(int page) {
        return Raw.getInt(row(page) + KIND);
    }

    private int runPages(int run) {
        return Raw.getInt(row(run) + RUN_PAGES);
    }
}
