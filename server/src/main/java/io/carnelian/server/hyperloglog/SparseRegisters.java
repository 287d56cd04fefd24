package io.carnelian.server.hyperloglog;

import io.carnelian.server.memory.Memory;

/**
 * The registers of a sketch that has seen little, as runs of equal ranks; a copy that is changed
 * and then written back.
 *
 * <pre>
 *   00xxxxxx            x+1 registers of rank 0                     1 to 64
 *   01xxxxxx yyyyyyyy   xy+1 registers of rank 0, x the higher      1 to 16384
 *   1rrrrrxx            x+1 registers of rank r+1                   1 to 4, ranks 1 to 32
 * </pre>
 *
 * Raising a register splits its run in up to three. Then neighbours of equal rank become one where
 * four registers can hold them: those of the run, the run before it and the one behind, from left
 * to right, as in Redis, so that the bytes are the same. Runs of rank 0 never become neighbours,
 * since no rank falls.
 *
 * <p>What comes from a client may be no such thing: a walk of all must end at exactly the last
 * register, or the bytes are corrupt. {@link #raise} looks no further than it must.
 */
final class SparseRegisters {
    static final int MAX_RANK = 32;

    /** What {@link #raise} did. */
    enum Raised {
        UNCHANGED,
        CHANGED,
        /** The rank or the bytes are too many: nothing was changed, and it must become dense. */
        TOO_BIG,
        CORRUPT
    }

    /** Runs of one register each in their longest form, and room for a split. */
    private static final int MAX_BYTES = 2 * Sketch.REGISTERS;

    private static final int SPLIT_BYTES = 5;
    private static final int MAX_SHORT_ZEROS = 64;
    private static final int MAX_RANKED = 4;
    private static final int MERGE_STEPS = 5;

    private final byte[] bytes = new byte[MAX_BYTES + SPLIT_BYTES];
    private final byte[] split = new byte[SPLIT_BYTES];
    private int length;

    /** Makes all of them 0. */
    void clear() {
        length = putZeros(bytes, 0, Sketch.REGISTERS);
    }

    /** Reads those of a sketch; false if there are more bytes than there can be. */
    boolean read(long address, int from) {
        if (from > MAX_BYTES) {
            return false;
        }
        length = from;
        Memory.copyOut(address, bytes, 0, from);
        return true;
    }

    int length() {
        return length;
    }

    void write(long address) {
        Memory.copyIn(bytes, 0, address, length);
    }

    /**
     * Raises a register to a rank, if it is lower.
     *
     * @param maxBytes the bytes of all of them that it may not outgrow
     */
    Raised raise(int register, int rank, long maxBytes) {
        if (rank > MAX_RANK) {
            return Raised.TOO_BIG;
        }
        int at = 0;
        int before = -1;
        int first = 0;
        int run = 0;
        while (at < length) {
            if (isCut(at)) {
                return Raised.CORRUPT;
            }
            run = runAt(at);
            if (register < first + run) {
                break;
            }
            before = at;
            first += run;
            at += sizeAt(at);
        }
        if (at >= length) {
            return Raised.CORRUPT;
        }
        int old = rankAt(at);
        if (old >= rank) {
            return Raised.UNCHANGED;
        }
        int size = splitRun(old, register - first, first + run - 1 - register, rank);
        int oldSize = sizeAt(at);
        if (size > oldSize && length + size - oldSize > maxBytes) {
            return Raised.TOO_BIG;
        }
        if (length + size - oldSize > MAX_BYTES) {
            return Raised.CORRUPT;
        }
        System.arraycopy(bytes, at + oldSize, bytes, at + size, length - at - oldSize);
        System.arraycopy(split, 0, bytes, at, size);
        length += size - oldSize;
        merge(before < 0 ? 0 : before);
        return Raised.CHANGED;
    }

    /** A run with one register of another rank in it; the bytes that takes. */
    private int splitRun(int old, int left, int right, int rank) {
        int n = old == 0 ? putZeros(split, 0, left) : putRanked(split, 0, old, left);
        n = putRanked(split, n, rank, 1);
        return old == 0 ? putZeros(split, n, right) : putRanked(split, n, old, right);
    }

    private void merge(int from) {
        int at = from;
        for (int step = 0; step < MERGE_STEPS && at < length; step++) {
            int rank = rankAt(at);
            boolean pair = rank != 0 && at + 1 < length && rankAt(at + 1) == rank;
            int together = pair ? runAt(at) + runAt(at + 1) : 0;
            if (pair && together <= MAX_RANKED) {
                var _ = putRanked(bytes, at, rank, together);
                System.arraycopy(bytes, at + 2, bytes, at + 1, length - at - 2);
                length--;
            } else {
                at += sizeAt(at);
            }
        }
    }

    /** Counts how many registers have which rank; false if the bytes are corrupt. */
    boolean count(int[] ofRank) {
        int first = 0;
        for (int at = 0; at < length; at += sizeAt(at)) {
            if (isCut(at)) {
                return false;
            }
            ofRank[rankAt(at)] += runAt(at);
            first += runAt(at);
        }
        return first == Sketch.REGISTERS;
    }

    /** Raises each rank to that of its register here; false if the bytes are corrupt. */
    boolean raiseTo(byte[] ranks) {
        int first = 0;
        for (int at = 0; at < length; at += sizeAt(at)) {
            int run = isCut(at) ? Sketch.REGISTERS + 1 : runAt(at);
            if (first + run > Sketch.REGISTERS) {
                return false;
            }
            int rank = rankAt(at);
            for (int i = first; rank != 0 && i < first + run; i++) {
                ranks[i] = (byte) Math.max(ranks[i], rank);
            }
            first += run;
        }
        return first == Sketch.REGISTERS;
    }

    /** The runs in words, as PFDEBUG DECODE tells them: {@code Z:77 v:3,1 z:5}. */
    String decoded() {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < length && !isCut(at); at += sizeAt(at)) {
            if (rankAt(at) != 0) {
                text.append("v:").append(rankAt(at)).append(',');
            } else {
                text.append(sizeAt(at) == 1 ? "z:" : "Z:");
            }
            text.append(runAt(at)).append(' ');
        }
        return text.toString().stripTrailing();
    }

    private boolean isCut(int at) {
        return at + sizeAt(at) > length;
    }

    private int sizeAt(int at) {
        return (bytes[at] & 0xC0) == 0x40 ? 2 : 1;
    }

    private int rankAt(int at) {
        return bytes[at] < 0 ? ((bytes[at] >> 2) & 31) + 1 : 0;
    }

    private int runAt(int at) {
        if (bytes[at] < 0) {
            return (bytes[at] & 3) + 1;
        }
        int six = bytes[at] & 63;
        return (sizeAt(at) == 1 ? six : (six << 8) | (bytes[at + 1] & 0xFF)) + 1;
    }

    private static int putZeros(byte[] to, int at, int run) {
        if (run == 0) {
            return at;
        }
        if (run <= MAX_SHORT_ZEROS) {
            to[at] = (byte) (run - 1);
            return at + 1;
        }
        to[at] = (byte) (0x40 | ((run - 1) >> 8));
        to[at + 1] = (byte) (run - 1);
        return at + 2;
    }

    private static int putRanked(byte[] to, int at, int rank, int run) {
        if (run == 0) {
            return at;
        }
        to[at] = (byte) (0x80 | ((rank - 1) << 2) | (run - 1));
        return at + 1;
    }
}
