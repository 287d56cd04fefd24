package io.carnelian.server.zset;

import static io.carnelian.server.resp.Reply.ascii;

import io.carnelian.server.memory.Decimal;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.packed.Listpack;
import io.carnelian.server.resp.Doubles;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * Members and scores in a listpack: pairs in the order of score, then of the members' bytes. A
 * score that is an integer is an integer entry, any other the text of {@code %.17g}: byte for byte
 * what redis-server keeps.
 */
final class ScorePack {
    /** Doubles beyond are not asked whether they are integers, as Redis does it. */
    private static final double INTEGER_LIMIT = 0x1p62;

    private static final int MAX_SCORE_BYTES = 32;

    /** Never released: it lives as long as the family that owns the view, and then is collected. */
    private final ByteBuf text = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(MAX_SCORE_BYTES));

    private boolean integer;
    private long number;
    private int length;

    /** True if a sound listpack is pairs of members and scores in their order. */
    static boolean isSound(long pack) {
        long end = Listpack.end(pack);
        double last = Double.NEGATIVE_INFINITY;
        for (long entry = Listpack.first(pack); entry != end; entry = afterPair(entry)) {
            long scoreEntry = Listpack.next(entry);
            if (scoreEntry == end) {
                return false;
            }
            double score = score(scoreEntry);
            if (!(score >= last)) {
                return false;
            }
            last = score;
        }
        return true;
    }

    /** The score of an entry; NaN if it has none. */
    static double score(long entry) {
        return Listpack.isInteger(entry)
                ? Listpack.integer(entry)
                : Doubles.parse(Listpack.stringAddress(entry), Listpack.stringLength(entry));
    }

    static int count(long pack) {
        return Listpack.count(pack) / 2;
    }

    /** The pair behind this one. */
    static long afterPair(long entry) {
        return Listpack.next(Listpack.next(entry));
    }

    /** The entry of the pair of a rank. */
    static long seek(long pack, long rank) {
        return Listpack.seek(pack, 2 * (int) rank, Listpack.count(pack));
    }

    /** The entry of a member, or 0. */
    static long find(long pack, long text, int length) {
        boolean canonical = Decimal.isCanonical(text, length);
        long end = Listpack.end(pack);
        for (long entry = Listpack.first(pack); entry != end; entry = afterPair(entry)) {
            if (Listpack.matches(entry, text, length, canonical)) {
                return entry;
            }
        }
        return 0;
    }

    /** How many pairs come before this one. */
    static long rank(long pack, long entry) {
        long rank = 0;
        for (long at = Listpack.first(pack); at != entry; at = afterPair(at)) {
            rank++;
        }
        return rank;
    }

    /** Prepares a score to be written. */
    ScorePack set(double score) {
        integer = isInteger(score);
        if (integer) {
            number = (long) score;
        } else {
            byte[] digits = ascii(Doubles.format17g(score));
            length = digits.length;
            Memory.copyIn(digits, 0, text.memoryAddress(), length);
        }
        return this;
    }

    private static boolean isInteger(double score) {
        return score >= -INTEGER_LIMIT && score <= INTEGER_LIMIT && score == (long) score;
    }

    /** Bytes of a pair with the score that was set. */
    int pairBytes(long member, int memberLength) {
        int bytes =
                integer
                        ? Listpack.entryBytes(number)
                        : Listpack.entryBytes(text.memoryAddress(), length);
        return bytes + Listpack.entryBytes(member, memberLength);
    }

    /** Puts a pair with the score that was set before an entry; there is room. */
    void insert(long pack, long entry, long member, int memberLength) {
        Listpack.insert(pack, entry, member, memberLength);
        long behind = Listpack.next(entry);
        if (integer) {
            Listpack.insert(pack, behind, number);
        } else {
            Listpack.insert(pack, behind, text.memoryAddress(), length);
        }
    }
}
