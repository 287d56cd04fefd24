package io.carnelian.replication.stream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where a payload ends: after a length told before, or with a mark of 40 bytes that nobody could
 * guess. A primary sends nothing behind a mark until it is answered, so the mark is looked for only
 * at the end of what has come; as many bytes are held back as it may still be.
 *
 * <pre>
 *   chunk ──► accept ──► out: bytes of the payload      taken: bytes of the chunk that are ours
 * </pre>
 */
public final class PayloadFrame {
    private final byte[] mark;
    private final byte[] held;
    private int heldCount;
    private long missing;
    private long payloadBytes;
    private boolean whole;
    private int taken;

    /**
     * @param length of the payload; not looked at with a mark
     * @param endMark that ends it; empty: it has a length
     */
    public PayloadFrame(long length, String endMark) {
        mark = endMark.getBytes(StandardCharsets.ISO_8859_1);
        held = new byte[mark.length];
        missing = length;
        whole = mark.length == 0 && length == 0;
    }

    public boolean isMarked() {
        return mark.length > 0;
    }

    /** Whether all of it has come. */
    public boolean isWhole() {
        return whole;
    }

    /** Bytes of payload out so far. */
    public long payloadBytes() {
        return payloadBytes;
    }

    /** How many bytes of the last chunk belong to the payload or its mark. */
    public int taken() {
        return taken;
    }

    /** Takes the next chunk; returns what of the payload is known to be that now. */
    public byte[] accept(byte[] chunk) {
        if (whole) {
            taken = 0;
            return new byte[0];
        }
        byte[] out = isMarked() ? marked(chunk) : counted(chunk);
        payloadBytes += out.length;
        return out;
    }

    private byte[] counted(byte[] chunk) {
        taken = (int) Math.min(missing, chunk.length);
        missing -= taken;
        whole = missing == 0;
        return taken == chunk.length ? chunk : Arrays.copyOf(chunk, taken);
    }

    private byte[] marked(byte[] chunk) {
        taken = chunk.length;
        int total = heldCount + chunk.length;
        int kept = Math.min(total, mark.length);
        byte[] out = new byte[total - kept];
        int ofHeld = Math.min(heldCount, out.length);
        System.arraycopy(held, 0, out, 0, ofHeld);
        System.arraycopy(chunk, 0, out, ofHeld, out.length - ofHeld);
        int stay = heldCount - ofHeld;
        System.arraycopy(held, ofHeld, held, 0, stay);
        System.arraycopy(chunk, chunk.length - (kept - stay), held, stay, kept - stay);
        heldCount = kept;
        whole = kept == mark.length && Arrays.equals(held, mark);
        return out;
    }
}
