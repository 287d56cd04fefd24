package io.carnelian.rdb.format;

/**
 * A ziplist: what Redis packed small collections in before version 7.
 *
 * <pre>
 *   | total bytes 4 | offset of the last entry 4 | count 2 | entry | ... | FF |    little-endian
 *
 *   entry = bytes of the entry before (1, or FE + 4) | encoding and data
 *
 *   00llllll + data              string &lt; 64        C0 + 2   16-bit integer
 *   01llllll llllllll + data     string &lt; 16384     D0 + 4   32-bit
 *   80 + 4 big-endian + data     longer string         E0 + 8   64-bit
 *   F1 to FD                     integer 0 to 12       F0 + 3   24-bit        FE + 1   8-bit
 * </pre>
 *
 * Positioned on one after the other and read forwards; {@link #next} checks every bound, so that
 * bytes out of a damaged file are safe. Source: https://rdb.fnordig.de/file_format.html.
 */
public final class Ziplist {
    private static final int HEADER_BYTES = 10;
    private static final int TAIL = 4;
    private static final int COUNT = 8;
    private static final int COUNT_UNKNOWN = 0xFFFF;
    private static final int END = 0xFF;
    private static final int BIG_PREVIOUS = 0xFE;

    private Blob blob = new ArrayBlob(0);
    private long at;
    private long previousBytes;
    private long lastAt;
    private int entries;
    private boolean integer;
    private long number;
    private long from;
    private long length;

    /** Positions before the first entry; the reason why the bytes are no ziplist, or empty. */
    public String begin(Blob of) {
        blob = of;
        at = HEADER_BYTES;
        previousBytes = 0;
        lastAt = HEADER_BYTES;
        entries = 0;
        if (of.length() <= HEADER_BYTES || of.le(0, 4) != of.length()) {
            return "a ziplist whose length is wrong";
        }
        return of.at(of.length() - 1) == END ? "" : "a ziplist without its end";
    }

    /** What {@link #next} answers. */
    public enum Step {
        ENTRY,
        END,
        DAMAGED
    }

    /** Goes to the next entry. */
    public Step next() {
        long end = blob.length() - 1;
        if (at == end) {
            int count = (int) blob.le(COUNT, 2);
            boolean whole =
                    (count == entries || count == COUNT_UNKNOWN) && blob.le(TAIL, 4) == lastAt;
            return whole ? Step.END : Step.DAMAGED;
        }
        long begin = at;
        boolean big = blob.at(begin) == BIG_PREVIOUS;
        if (blob.at(begin) == END || end - begin < (big ? 6 : 2)) {
            return Step.DAMAGED;
        }
        long previous = big ? blob.le(begin + 1, 4) : blob.at(begin);
        if (previous != previousBytes) {
            return Step.DAMAGED;
        }
        at = begin + (big ? 5 : 1);
        if (!entry(end)) {
            return Step.DAMAGED;
        }
        previousBytes = at - begin;
        lastAt = begin;
        entries++;
        return Step.ENTRY;
    }

    /** Whether the entry is an integer. */
    public boolean isInteger() {
        return integer;
    }

    public long integer() {
        return number;
    }

    /** Where the text of an entry is that is no integer. */
    public long from() {
        return from;
    }

    public int length() {
        return (int) length;
    }

    private boolean entry(long end) {
        int first = blob.at(at);
        integer = first >= 0xC0;
        if (integer) {
            return number(first, end);
        }
        int head = first < 0x40 ? 1 : first < 0x80 ? 2 : 5;
        if (end - at < head || (head == 5 && first != 0x80)) {
            return false;
        }
        length = first & 0x3F;
        for (int i = 1; i < head; i++) {
            length = (head == 5 && i == 1 ? 0 : length << 8) | blob.at(at + i);
        }
        from = at + head;
        at = from + length;
        return at <= end;
    }

    private boolean number(int first, long end) {
        int bytes =
                switch (first) {
                    case 0xC0 -> 2;
                    case 0xD0 -> 4;
                    case 0xE0 -> 8;
                    case 0xF0 -> 3;
                    case 0xFE -> 1;
                    default -> 0;
                };
        if (bytes == 0) {
            number = (first & 0xFL) - 1;
            at++;
            return first >= 0xF1 && first <= 0xFD;
        }
        if (end - at < 1 + bytes) {
            return false;
        }
        int unused = Long.SIZE - 8 * bytes;
        number = blob.le(at + 1, bytes) << unused >> unused;
        at += 1 + bytes;
        return true;
    }
}
