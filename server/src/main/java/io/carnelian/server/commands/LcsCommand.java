package io.carnelian.server.commands;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Slabs;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import java.util.function.LongSupplier;

/**
 * LCS: the longest common subsequence of two strings, by the textbook table of lengths.
 *
 * <pre>
 *          m  y  n  e  w  t  e  x  t       length(i, j) =
 *       o  0  0  0  0  0  0  0  0  0         1 + length(i-1, j-1)   if a[i] = b[j], else
 *       m  1  1  1  1  1  1  1  1  1         max(length(i-1, j), length(i, j-1))
 *       …
 *
 *   then back from the last cell: a match goes up and left, else up if that is longer, else left
 * </pre>
 *
 * There may be several longest ones, and this walk decides which is answered: Redis's. It keeps the
 * table as 32-bit lengths and refuses one larger than {@code proto-max-bulk-len}; the same limit
 * holds here, but all that the walk asks of a cell is "is it longer above than to the left?", so a
 * row of lengths and a bit for each cell are enough: a 32nd of the memory.
 */
final class LcsCommand {
    private static final Token TOKEN_LEN = Token.of("LEN");
    private static final Token TOKEN_IDX = Token.of("IDX");
    private static final Token TOKEN_MINMATCHLEN = Token.of("MINMATCHLEN");
    private static final Token TOKEN_WITHMATCHLEN = Token.of("WITHMATCHLEN");

    private static final ErrorReply NOT_STRINGS =
            ErrorReply.of("ERR The specified keys must contain string values");
    private static final ErrorReply LEN_AND_IDX =
            ErrorReply.of("ERR If you want both the length and indexes, please just use IDX.");
    private static final ErrorReply TABLE_TOO_LARGE =
            ErrorReply.of(
                    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");

    private static final int CELL_BYTES = 4;

    private final LongSupplier maxTableBytes;
    private final Text a = new Text();
    private final Text b = new Text();

    private boolean wantsLength;
    private boolean wantsRanges;
    private boolean wantsMatchLengths;
    private long minMatchLength;

    /** A bit for each cell: it is longer above than to the left. */
    private long bits;

    private int length;

    LcsCommand(LongSupplier maxTableBytes) {
        this.maxTableBytes = maxTableBytes;
    }

    void lcs(Call call) {
        long recordA = call.db().lookupRead(call.key(1));
        long recordB = call.db().lookupRead(call.key(2));
        if (isNoString(recordA) || isNoString(recordB)) {
            throw NOT_STRINGS.error();
        }
        parseOptions(call);
        a.set(recordA);
        b.set(recordB);
        if ((a.length + 1L) * (b.length + 1L) > maxTableBytes.getAsLong() / CELL_BYTES) {
            throw TABLE_TOO_LARGE.error();
        }
        Slabs slabs = call.keyspace().slabs();
        long words = ((long) a.length * b.length + 63) / 64;
        bits = slabs.allocate(8 * Math.max(1, words));
        try {
            Memory.fill(bits, 8 * words, (byte) 0);
            length = fillTable();
            reply(call.reply());
        } finally {
            slabs.free(bits);
        }
    }

    private static boolean isNoString(long record) {
        return record != 0 && Record.type(record) != Record.STRING;
    }

    private void parseOptions(Call call) {
        wantsLength = false;
        wantsRanges = false;
        wantsMatchLengths = false;
        minMatchLength = 0;
        for (int i = 3; i < call.argc(); i++) {
            if (call.is(i, TOKEN_IDX)) {
                wantsRanges = true;
            } else if (call.is(i, TOKEN_LEN)) {
                wantsLength = true;
            } else if (call.is(i, TOKEN_WITHMATCHLEN)) {
                wantsMatchLengths = true;
            } else if (call.is(i, TOKEN_MINMATCHLEN) && i + 1 < call.argc()) {
                minMatchLength = call.longArg(++i);
            } else {
                throw Errors.syntax();
            }
        }
        if (wantsRanges && wantsLength) {
            throw LEN_AND_IDX.error();
        }
    }

    /** Sets the bits; returns the length. The row lies along the shorter string, so it is short. */
    private int fillTable() {
        boolean rowAlongB = b.length <= a.length;
        Text outer = rowAlongB ? a : b;
        Text inner = rowAlongB ? b : a;
        int[] row = new int[inner.length + 1];
        for (int x = 1; x <= outer.length; x++) {
            byte c = Memory.getByte(outer.address + x - 1);
            int diagonal = 0;
            for (int y = 1; y <= inner.length; y++) {
                int previous = row[y];
                if (c == Memory.getByte(inner.address + y - 1)) {
                    row[y] = diagonal + 1;
                } else {
                    int above = rowAlongB ? previous : row[y - 1];
                    int left = rowAlongB ? row[y - 1] : previous;
                    if (above > left) {
                        setBit(rowAlongB ? cell(x, y) : cell(y, x));
                    }
                    row[y] = Math.max(above, left);
                }
                diagonal = previous;
            }
        }
        return row[inner.length];
    }

    /** Cells count along {@code b}; i and j from 1. */
    private long cell(int i, int j) {
        return (long) (i - 1) * b.length + (j - 1);
    }

    private void setBit(long cell) {
        long word = bits + (cell >>> 6 << 3);
        Memory.putLong(word, Memory.getLong(word) | 1L << cell);
    }

    private boolean isLongerAbove(int i, int j) {
        long cell = cell(i, j);
        return (Memory.getLong(bits + (cell >>> 6 << 3)) >>> cell & 1) != 0;
    }

    private void reply(Reply reply) {
        if (wantsLength) {
            reply.integer(length);
        } else if (wantsRanges) {
            reply.map(2);
            reply.bulk("matches");
            ByteBuf place = reply.deferArray();
            reply.endArray(place, ranges(reply));
            reply.bulk("len");
            reply.integer(length);
        } else {
            reply.bulk(subsequence());
        }
    }

    private byte[] subsequence() {
        byte[] result = new byte[length];
        int i = a.length;
        int j = b.length;
        for (int at = length; at > 0; ) {
            if (isMatch(i, j)) {
                result[--at] = Memory.getByte(a.address + i - 1);
                i--;
                j--;
            } else if (isLongerAbove(i, j)) {
                i--;
            } else {
                j--;
            }
        }
        return result;
    }

    private boolean isMatch(int i, int j) {
        return Memory.getByte(a.address + i - 1) == Memory.getByte(b.address + j - 1);
    }

    /** Replies the matching ranges from the last to the first; returns how many. */
    private int ranges(Reply reply) {
        int count = 0;
        int run = 0;
        int i = a.length;
        int j = b.length;
        while (i > 0 && j > 0) {
            if (isMatch(i, j)) {
                run++;
                i--;
                j--;
                continue;
            }
            count += range(reply, i, j, run);
            run = 0;
            if (isLongerAbove(i, j)) {
                i--;
            } else {
                j--;
            }
        }
        return count + range(reply, i, j, run);
    }

    /** Replies the run of matches that starts at these positions, if it is long enough. */
    private int range(Reply reply, int startA, int startB, int run) {
        if (run == 0 || run < minMatchLength) {
            return 0;
        }
        reply.array(wantsMatchLengths ? 3 : 2);
        reply.array(2);
        reply.integer(startA);
        reply.integer(startA + run - 1);
        reply.array(2);
        reply.integer(startB);
        reply.integer(startB + run - 1);
        if (wantsMatchLengths) {
            reply.integer(run);
        }
        return 1;
    }
}
