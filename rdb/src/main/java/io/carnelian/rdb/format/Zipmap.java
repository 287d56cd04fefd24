package io.carnelian.rdb.format;

/**
 * A zipmap: what Redis packed small hashes in before version 2.6.
 *
 * <pre>
 *   | count 1 | length, field | length, free 1, value, free bytes | ... | FF |
 *
 *   length: one byte up to 253, or FE and four bytes little-endian
 * </pre>
 *
 * Read pair by pair, with every bound checked. The count is right only below 254. Source:
 * https://rdb.fnordig.de/file_format.html.
 */
public final class Zipmap {
    private static final int BIG = 0xFE;
    private static final int END = 0xFF;

    private Blob blob = new ArrayBlob(0);
    private long at;
    private long textFrom;
    private long textLength;
    private int pairs;

    private long fieldFrom;
    private int fieldLength;
    private long valueFrom;
    private int valueLength;

    /** Positions before the first pair. */
    public void begin(Blob of) {
        blob = of;
        at = 1;
        pairs = 0;
    }

    /** Goes to the next pair. */
    public Ziplist.Step next() {
        long end = blob.length();
        if (at >= end) {
            return Ziplist.Step.DAMAGED;
        }
        if (blob.at(at) == END) {
            int count = blob.at(0);
            boolean whole = at == end - 1 && (count >= BIG || count == pairs);
            return whole ? Ziplist.Step.END : Ziplist.Step.DAMAGED;
        }
        if (!text(end, 0)) {
            return Ziplist.Step.DAMAGED;
        }
        fieldFrom = textFrom;
        fieldLength = (int) textLength;
        if (!text(end, 1)) {
            return Ziplist.Step.DAMAGED;
        }
        valueFrom = textFrom;
        valueLength = (int) textLength;
        pairs++;
        return Ziplist.Step.ENTRY;
    }

    public long fieldFrom() {
        return fieldFrom;
    }

    public int fieldLength() {
        return fieldLength;
    }

    public long valueFrom() {
        return valueFrom;
    }

    public int valueLength() {
        return valueLength;
    }

    /** A length, maybe the byte that says how much is free behind, and the text. */
    private boolean text(long end, int freeBytes) {
        if (at >= end || blob.at(at) == END) {
            return false;
        }
        boolean big = blob.at(at) == BIG;
        int head = big ? 5 : 1;
        if (end - at < head + freeBytes) {
            return false;
        }
        textLength = big ? blob.le(at + 1, 4) : blob.at(at);
        textFrom = at + head + freeBytes;
        int free = freeBytes == 0 ? 0 : blob.at(at + head);
        at = textFrom + textLength + free;
        return at < end;
    }
}
