package io.carnelian.server.memory;

/**
 * The allocator: records of a size class share a slab, larger values are runs of pages. One thread
 * owns a Slabs; several may stand over the same {@link Pages}.
 *
 * <pre>
 *   heads[c] ──> row of a slab ⇄ row ⇄ row     slabs of class c with a free record; no full ones
 *                 │  used, capacity
 *                 ├─ free head ──> freed record ──> freed record    link at offset 8
 *                 └─ bump ───────> records never handed out yet
 * </pre>
 *
 * The link of a freed record lies at offset 8, never in its first eight bytes: so in the checked
 * mode a stale reader finds a poisoned header and not an address that looks like one (learned from
 * a prototype, where the link hid four of five injected bugs behind a crash).
 *
 * <p>The used bytes are exact: the sum of the usable sizes of what is handed out. A large run is
 * charged by 4-KiB pages, since the rest of its last 64-KiB page is never touched.
 */
public final class Slabs {
    static final int USED = 12;
    private static final int FREE_HEAD = 16;
    private static final int BUMP = 24;
    static final int CAPACITY = 44;
    private static final int LINK = 8;
    private static final int SYSTEM_PAGE_BYTES = 4096;

    private final Pages pages;
    private final int id;
    private final long[] heads = new long[SizeClasses.COUNT];
    private final Occupancy occupancy = new Occupancy();
    private long usedBytes;
    private long records;
    private long heldPages;
    private long runPages;
    private long runBytes;

    public Slabs(Pages pages) {
        this.pages = pages;
        this.id = pages.newOwner();
    }

    /**
     * Hands out a record of at least {@code bytes} bytes, aligned to 8. Its content is undefined.
     *
     * @throws OutOfMemory if no memory can be had; nothing was changed then
     */
    public long allocate(long bytes) {
        if (bytes > SizeClasses.MAX_SLAB_BYTES) {
            return allocateRun(bytes);
        }
        int sizeClass = SizeClasses.of((int) bytes);
        long row = heads[sizeClass];
        if (row == 0) {
            row = newSlab(sizeClass);
        }
        long recordBytes = Raw.getLong(row + Pages.RECORD_BYTES);
        long record = Raw.getLong(row + FREE_HEAD);
        if (record != 0) {
            Raw.putLong(row + FREE_HEAD, Raw.getLong(record + LINK));
        } else {
            record = Raw.getLong(row + BUMP);
            Raw.putLong(row + BUMP, record + recordBytes);
        }
        int used = Raw.getInt(row + USED) + 1;
        Raw.putInt(row + USED, used);
        if (used == Raw.getInt(row + CAPACITY)) {
            unlink(sizeClass, row);
        }
        usedBytes += recordBytes;
        records++;
        if (Memory.CHECKED) {
            pages.liveBits().born(record, recordBytes);
        }
        return record;
    }

    /** Takes a record back. */
    public void free(long address) {
        if (Memory.CHECKED) {
            checkOwner(address);
        }
        long row = pages.rowOf(address);
        int sizeClass = Raw.getInt(row + Pages.KIND);
        long recordBytes = Raw.getLong(row + Pages.RECORD_BYTES);
        if (Memory.CHECKED) {
            pages.liveBits().died(address, recordBytes);
        }
        usedBytes -= recordBytes;
        records--;
        if (recordBytes >= SizeClasses.NODE_BYTES) {
            if (sizeClass == SizeClasses.LARGE) {
                freeRun(row);
                return;
            }
            row = pages.row(Raw.getInt(row + Pages.HEAD_PAGE));
        }
        Raw.putLong(address + LINK, Raw.getLong(row + FREE_HEAD));
        Raw.putLong(row + FREE_HEAD, address);
        int used = Raw.getInt(row + USED);
        Raw.putInt(row + USED, used - 1);
        if (used == Raw.getInt(row + CAPACITY)) {
            link(sizeClass, row);
        } else if (used == 1) {
            emptied(sizeClass, row);
        }
    }

    /**
     * Bytes that may be used at the start {@code address} of a record: at least what was asked for.
     */
    public long usableSize(long address) {
        return Raw.getLong(pages.rowOf(address) + Pages.RECORD_BYTES);
    }

    /** The usable size that {@link #allocate} would give for this many bytes. */
    public static long roundUp(long bytes) {
        return bytes <= SizeClasses.MAX_SLAB_BYTES
                ? SizeClasses.bytes(SizeClasses.of((int) bytes))
                : (bytes + SYSTEM_PAGE_BYTES - 1) & -SYSTEM_PAGE_BYTES;
    }

    /** Sum of the usable sizes of all records handed out. */
    public long usedBytes() {
        return usedBytes;
    }

    /** Bytes of the pages that these slabs hold. */
    public long committedBytes() {
        return heldPages << Pages.PAGE_SHIFT;
    }

    /**
     * As {@link #committedBytes}, but of a large run only what it is charged for: its other bytes
     * are never touched. What is more than {@link #usedBytes} is fragmentation.
     */
    public long activeBytes() {
        return ((heldPages - runPages) << Pages.PAGE_SHIFT) + runBytes;
    }

    /** Gives memory that no slab or run holds back to the system; returns how many bytes. */
    public long purge() {
        return pages.purge();
    }

    /** Records handed out. */
    public long records() {
        return records;
    }

    /**
     * True if the record lies on a slab so sparsely used that moving it elsewhere may free the
     * slab.
     */
    public boolean worthMoving(long address) {
        long row = pages.rowOf(address);
        int sizeClass = Raw.getInt(row + Pages.KIND);
        if (sizeClass == SizeClasses.LARGE) {
            return false;
        }
        row = pages.row(Raw.getInt(row + Pages.HEAD_PAGE));
        int used = Raw.getInt(row + USED);
        int places = Raw.getInt(row + CAPACITY);
        return row != heads[sizeClass]
                && (used * 2 < places || occupancy.isSparse(sizeClass, used, places));
    }

    /**
     * Measures how full the slabs are, {@code maxPages} pages at a time; {@link #worthMoving} goes
     * by the last complete measurement.
     *
     * @return true if that was the last part
     */
    public boolean measureSome(int maxPages) {
        return occupancy.measureSome(pages, id, maxPages);
    }

    /** Takes over every record of another Slabs over the same Pages, which is empty afterwards. */
    public void absorb(Slabs other) {
        if (other.pages != pages || other == this) {
            throw new IllegalArgumentException("not another Slabs over the same Pages");
        }
        for (int c = 0; c < heads.length; c++) {
            long row = other.heads[c];
            while (row != 0) {
                long next = nextRow(row);
                linkBehindHead(c, row);
                row = next;
            }
            other.heads[c] = 0;
        }
        for (int page = 1, n = pages.pageCount(); page < n; page++) {
            if (Raw.getInt(pages.row(page) + Pages.OWNER) == other.id) {
                Raw.putInt(pages.row(page) + Pages.OWNER, id);
            }
        }
        usedBytes += other.usedBytes;
        records += other.records;
        heldPages += other.heldPages;
        runPages += other.runPages;
        runBytes += other.runBytes;
        other.usedBytes = 0;
        other.records = 0;
        other.heldPages = 0;
        other.runPages = 0;
        other.runBytes = 0;
    }

    /** Gives the slabs back that are kept although empty. No record may be left. */
    public void close() {
        assertNoLeaks(0);
        for (int c = 0; c < heads.length; c++) {
            while (heads[c] != 0) {
                long row = heads[c];
                unlink(c, row);
                heldPages -= Raw.getInt(row + Pages.RUN_PAGES);
                pages.freeRun(disown(row));
            }
        }
    }

    /**
     * Compares the bytes in use with what the caller can account for.
     *
     * @throws MemoryFault with a table of what lives, if they differ
     */
    public void assertNoLeaks(long expectedBytes) {
        if (usedBytes != expectedBytes) {
            throw new MemoryFault(
                    "leak: "
                            + usedBytes
                            + " bytes in use, "
                            + expectedBytes
                            + " accounted for\n"
                            + report());
        }
    }

    /** What lives, one line a size class: bytes a record, records, slabs. */
    public String report() {
        long[] live = new long[SizeClasses.COUNT];
        long[] slabs = new long[SizeClasses.COUNT];
        StringBuilder text = new StringBuilder();
        for (int page = 1, n = pages.pageCount(); page < n; page++) {
            long row = pages.row(page);
            int kind = Raw.getInt(row + Pages.KIND);
            if (Raw.getInt(row + Pages.OWNER) != id
                    || kind < 0
                    || Raw.getInt(row + Pages.HEAD_PAGE) != page) {
                continue;
            }
            if (kind == SizeClasses.LARGE) {
                text.append("run of ").append(Raw.getLong(row + Pages.RECORD_BYTES)).append('\n');
            } else {
                live[kind] += Raw.getInt(row + USED);
                slabs[kind]++;
            }
        }
        for (int c = 0; c < live.length; c++) {
            if (slabs[c] != 0) {
                text.append(SizeClasses.bytes(c)).append(" bytes: ").append(live[c]);
                text.append(" records on ").append(slabs[c]).append(" slabs\n");
            }
        }
        return text.toString();
    }

    private long newSlab(int sizeClass) {
        int count = SizeClasses.slabPages(sizeClass);
        int head = pages.allocateRun(count);
        int recordBytes = SizeClasses.bytes(sizeClass);
        for (int page = head; page < head + count; page++) {
            setPage(page, head, sizeClass, recordBytes);
        }
        long row = pages.row(head);
        Raw.putInt(row + USED, 0);
        Raw.putLong(row + FREE_HEAD, 0);
        Raw.putLong(row + BUMP, pages.pageAddress(head));
        Raw.putInt(row + CAPACITY, (count << Pages.PAGE_SHIFT) / recordBytes);
        heldPages += count;
        link(sizeClass, row);
        return row;
    }

    private void setPage(int page, int head, int kind, long recordBytes) {
        long row = pages.row(page);
        Raw.putInt(row + Pages.KIND, kind);
        Raw.putInt(row + Pages.HEAD_PAGE, head);
        Raw.putInt(row + Pages.OWNER, id);
        Raw.putLong(row + Pages.RECORD_BYTES, recordBytes);
    }

    /**
     * The last record of a slab was freed: it goes back, unless it is the only one of its class.
     */
    private void emptied(int sizeClass, long row) {
        if (heads[sizeClass] == row && Raw.getInt(row + Pages.NEXT) == 0) {
            Raw.putLong(row + FREE_HEAD, 0);
            Raw.putLong(row + BUMP, pages.pageAddress(Raw.getInt(row + Pages.HEAD_PAGE)));
            return;
        }
        unlink(sizeClass, row);
        heldPages -= Raw.getInt(row + Pages.RUN_PAGES);
        pages.freeRun(disown(row));
    }

    private long allocateRun(long bytes) {
        long count = (bytes + Pages.PAGE_BYTES - 1) >>> Pages.PAGE_SHIFT;
        int head = pages.allocateRun((int) Math.min(count, Integer.MAX_VALUE));
        long charged = roundUp(bytes);
        setPage(head, head, SizeClasses.LARGE, charged);
        if (Memory.CHECKED) {
            for (int page = head + 1; page < head + count; page++) {
                setPage(page, head, SizeClasses.LARGE, charged);
            }
        }
        usedBytes += charged;
        records++;
        heldPages += count;
        runPages += count;
        runBytes += charged;
        long address = pages.pageAddress(head);
        if (Memory.CHECKED) {
            pages.liveBits().born(address, charged);
        }
        return address;
    }

    private void freeRun(long row) {
        runPages -= Raw.getInt(row + Pages.RUN_PAGES);
        runBytes -= Raw.getLong(row + Pages.RECORD_BYTES);
        heldPages -= Raw.getInt(row + Pages.RUN_PAGES);
        pages.freeRun(disown(row));
    }

    /** Marks the pages of a slab or run as in no one's use; returns the head page. */
    private int disown(long row) {
        int head = Raw.getInt(row + Pages.HEAD_PAGE);
        int count = Raw.getInt(row + Pages.RUN_PAGES);
        for (int page = head; page < head + count; page++) {
            Raw.putInt(pages.row(page) + Pages.KIND, Pages.USED);
            Raw.putInt(pages.row(page) + Pages.OWNER, 0);
        }
        return head;
    }

    private void link(int sizeClass, long row) {
        if (heads[sizeClass] == 0) {
            Raw.putInt(row + Pages.PREV, 0);
            Raw.putInt(row + Pages.NEXT, 0);
            heads[sizeClass] = row;
        } else {
            linkBehindHead(sizeClass, row);
        }
    }

    /** A slab with room goes behind the head, so that the head is filled up first. */
    private void linkBehindHead(int sizeClass, long row) {
        long head = heads[sizeClass];
        if (head == 0) {
            link(sizeClass, row);
            return;
        }
        int page = page(row);
        long second = nextRow(head);
        Raw.putInt(row + Pages.PREV, page(head));
        Raw.putInt(row + Pages.NEXT, second == 0 ? 0 : page(second));
        Raw.putInt(head + Pages.NEXT, page);
        if (second != 0) {
            Raw.putInt(second + Pages.PREV, page);
        }
    }

    private void unlink(int sizeClass, long row) {
        int prev = Raw.getInt(row + Pages.PREV);
        int next = Raw.getInt(row + Pages.NEXT);
        if (prev == 0) {
            heads[sizeClass] = next == 0 ? 0 : pages.row(next);
        } else {
            Raw.putInt(pages.row(prev) + Pages.NEXT, next);
        }
        if (next != 0) {
            Raw.putInt(pages.row(next) + Pages.PREV, prev);
        }
    }

    private long nextRow(long row) {
        int next = Raw.getInt(row + Pages.NEXT);
        return next == 0 ? 0 : pages.row(next);
    }

    private int page(long row) {
        return (int) ((row - pages.rows) >>> Pages.ROW_SHIFT);
    }

    private void checkOwner(long address) {
        if (!pages.isCommitted(address) || Raw.getInt(pages.rowOf(address) + Pages.OWNER) != id) {
            throw new MemoryFault(
                    "free of what these slabs do not own: 0x" + Long.toHexString(address));
        }
    }
}
