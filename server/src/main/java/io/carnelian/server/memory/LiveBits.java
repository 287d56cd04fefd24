package io.carnelian.server.memory;

/**
 * The checked mode's knowledge of what is alive: one bit for every 8 bytes of data, set where a
 * live allocation starts.
 *
 * <pre>
 *   access [a, a+n)  ──>  page of a ──> its row: record size s, start of the slab
 *                         start of the record = slab start + (a - slab start) / s * s
 *                         fault unless the bit of that start is set and a + n ≤ start + s
 * </pre>
 *
 * A snapshot thread checks while the command thread allocates. Records share words of bits only
 * with records of the same page, and a bit that a thread may rely on was set before that thread
 * could know the address, so plain reads do.
 */
final class LiveBits {
    static final int BYTES_PER_PAGE = Pages.PAGE_BYTES / 64;

    private static final byte FREED = (byte) 0xDE;
    private static final byte FRESH = (byte) 0xCD;
    private static final int LINK_OFFSET = 8;
    private static final int LINK_BYTES = 8;

    private final Pages pages;
    private final long bits;

    LiveBits(Pages pages, long bits) {
        this.pages = pages;
        this.bits = bits;
    }

    boolean commit(int fromPage, long count) {
        return SystemCalls.commit(bits + (long) fromPage * BYTES_PER_PAGE, count * BYTES_PER_PAGE);
    }

    /** A record was handed out: marks it and fills it with a pattern that no one should rely on. */
    void born(long address, long bytes) {
        if (isLive(address)) {
            throw fault("allocated twice", address, bytes);
        }
        flip(address);
        Raw.fill(address, Math.min(bytes, Pages.PAGE_BYTES), FRESH);
    }

    /** A record is given back: it must be live; its content is poisoned. */
    void died(long address, long bytes) {
        if (start(address) != address) {
            throw fault("free of what is not a record", address, bytes);
        }
        if (!isLive(address)) {
            throw fault("double free", address, bytes);
        }
        flip(address);
        Raw.fill(address, LINK_OFFSET, FREED);
        if (bytes > LINK_OFFSET + LINK_BYTES) {
            long rest = Math.min(bytes, Pages.PAGE_BYTES) - LINK_OFFSET - LINK_BYTES;
            Raw.fill(address + LINK_OFFSET + LINK_BYTES, rest, FREED);
        }
    }

    boolean isLive(long address) {
        long granule = (address - pages.data) >>> 3;
        return (Raw.getByte(bits + (granule >>> 3)) >>> (granule & 7) & 1) != 0;
    }

    void check(long address, long bytes) {
        if (bytes == 0) {
            return;
        }
        long start = pages.isCommitted(address) ? start(address) : 0;
        if (start == 0) {
            throw fault("access to a page that is not in use", address, bytes);
        }
        if (!isLive(start)) {
            throw fault("use after free, or before allocation", address, bytes);
        }
        if (bytes < 0 || address + bytes > start + recordBytes(address)) {
            throw fault("access beyond the end of the record at " + start, address, bytes);
        }
    }

    /** The start of the record that {@code address} lies in, 0 if its page is not in use. */
    private long start(long address) {
        long row = pages.rowOf(address);
        int kind = Raw.getInt(row + Pages.KIND);
        if (kind < 0) {
            return 0;
        }
        long slab = pages.pageAddress(Raw.getInt(row + Pages.HEAD_PAGE));
        if (kind == SizeClasses.LARGE) {
            return slab;
        }
        int bytes = SizeClasses.bytes(kind);
        return slab + (address - slab) / bytes * bytes;
    }

    private long recordBytes(long address) {
        long row = pages.rowOf(address);
        return Raw.getLong(pages.row(Raw.getInt(row + Pages.HEAD_PAGE)) + Pages.RECORD_BYTES);
    }

    private void flip(long address) {
        long granule = (address - pages.data) >>> 3;
        long at = bits + (granule >>> 3);
        Raw.putByte(at, (byte) (Raw.getByte(at) ^ 1 << (granule & 7)));
    }

    private MemoryFault fault(String what, long address, long bytes) {
        String where = "no page yet";
        if (pages.isCommitted(address)) {
            long row = pages.rowOf(address);
            where =
                    "page kind "
                            + Raw.getInt(row + Pages.KIND)
                            + ", record size "
                            + Raw.getLong(row + Pages.RECORD_BYTES);
        }
        return new MemoryFault(
                what
                        + ": address 0x"
                        + Long.toHexString(address)
                        + " +"
                        + bytes
                        + " ("
                        + where
                        + ")");
    }
}
