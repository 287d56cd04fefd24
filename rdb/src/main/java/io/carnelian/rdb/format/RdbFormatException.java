package io.carnelian.rdb.format;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The bytes are not an RDB file, or not one that this reader can hold: says where and why. */
public final class RdbFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Offset in the file of the byte where the reader gave up. */
    private final long offsetBytes;

    private final String why;

    /**
     * @param offsetBytes of the file, where the damage was noticed
     * @param why what is wrong there
     */
    public RdbFormatException(long offsetBytes, String why) {
        this(offsetBytes, null, why);
    }

    private RdbFormatException(long offsetBytes, @Nullable String key, String why) {
        super("at byte " + offsetBytes + (key == null ? "" : ", key '" + key + "'") + ": " + why);
        this.offsetBytes = offsetBytes;
        this.why = why;
    }

    /** The same, with the key whose value it is. */
    public RdbFormatException at(String key) {
        RdbFormatException named = new RdbFormatException(offsetBytes, key, why);
        named.setStackTrace(getStackTrace());
        return named;
    }

    public long offsetBytes() {
        return offsetBytes;
    }

    /** The cause alone. */
    public String why() {
        return why;
    }
}
