package io.carnelian.rdb.format;

import java.io.IOException;

/** The bytes are not an RDB file, or not one that this reader can hold: says where and why. */
public final class RdbFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Offset in the file of the byte where the reader gave up. */
    private final long offsetBytes;

    RdbFormatException(long offsetBytes, String why) {
        super("at byte " + offsetBytes + ": " + why);
        this.offsetBytes = offsetBytes;
    }

    public long offsetBytes() {
        return offsetBytes;
    }
}
