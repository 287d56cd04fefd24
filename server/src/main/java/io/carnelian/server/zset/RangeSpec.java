package io.carnelian.server.zset;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Doubles;
import io.carnelian.server.resp.ErrorReply;

/**
 * A part of a sorted set as a client asks for it: between two ranks, two scores, or two members.
 * {@link #parse} reads the bounds, {@link #resolve} turns them into ranks. It is reused.
 *
 * <pre>
 *   rank     0 -1        both included, from the end if negative
 *   score    1.5 (3 inf  included, or with ( not
 *   member   [a (b - +   included with [, not with (, the least and the greatest of all
 * </pre>
 */
final class RangeSpec {
    /** What the bounds are. */
    enum By {
        RANK,
        SCORE,
        MEMBER
    }

    static final ErrorReply NOT_FLOAT = ErrorReply.of("ERR min or max is not a float");
    static final ErrorReply NOT_MEMBER =
            ErrorReply.of("ERR min or max not valid string range item");

    private By by = By.RANK;
    private long first;
    private long last;
    private final Bound min = new Bound();
    private final Bound max = new Bound();

    /** The first rank of the resolved range, and the one behind its last: from ≤ to. */
    long from;

    long to;

    /** Reads the bounds from two arguments. */
    void parse(Call call, By what, int minAt, int maxAt) {
        by = what;
        switch (what) {
            case RANK -> {
                first = call.longArg(minAt);
                last = call.longArg(maxAt);
            }
            case SCORE -> {
                min.parseScore(call, minAt);
                max.parseScore(call, maxAt);
            }
            case MEMBER -> {
                min.parseMember(call, minAt);
                max.parseMember(call, maxAt);
            }
        }
    }

    /**
     * Finds the ranks in a set.
     *
     * @param reverse whether ranks count from the greatest score; then the range does not
     */
    void resolve(SortedSetValue set, boolean reverse) {
        long count = set.count();
        if (by == By.RANK) {
            long begin = Math.max(0, first < 0 ? first + count : first);
            long end = last < 0 ? last + count : Math.min(last, count - 1);
            to = Math.max(begin, end + 1);
            from = Math.min(begin, count);
            to = Math.min(to, count);
            if (reverse) {
                long start = count - to;
                to = count - from;
                from = start;
            }
        } else {
            from = min.countBelow(set, by, min.exclusive);
            to = Math.max(from, max.countBelow(set, by, !max.exclusive));
        }
    }

    /**
     * Leaves of the resolved range what LIMIT says.
     *
     * @param offset members to leave out first; below 0 all are
     * @param limit members to leave in; below 0 all
     */
    void limit(long offset, long limit, boolean reverse) {
        long size = to - from;
        long skipped = offset < 0 ? size : Math.min(offset, size);
        long kept = limit < 0 ? size - skipped : Math.min(limit, size - skipped);
        if (reverse) {
            to -= skipped;
            from = to - kept;
        } else {
            from += skipped;
            to = from + kept;
        }
    }

    /** One of the two bounds. */
    private static final class Bound {
        private boolean exclusive;
        private double score;
        private long address;
        private int length;

        /** Where it is below all members, or above them: -1, 1. */
        private int infinite;

        private void parseScore(Call call, int i) {
            long at = call.address(i);
            int bytes = call.length(i);
            exclusive = bytes > 0 && Memory.getByte(at) == '(';
            int skipped = exclusive ? 1 : 0;
            score = Doubles.parseBound(at + skipped, bytes - skipped);
            if (Double.isNaN(score)) {
                throw NOT_FLOAT.error();
            }
        }

        private void parseMember(Call call, int i) {
            address = call.address(i) + 1;
            length = call.length(i) - 1;
            int mark = length >= 0 ? Memory.getByte(call.address(i)) : 0;
            boolean alone = length == 0 || (length > 0 && Memory.getByte(address) == 0);
            infinite = 0;
            exclusive = mark == '(';
            if ((mark == '-' || mark == '+') && alone) {
                infinite = mark == '-' ? -1 : 1;
            } else if (mark != '(' && mark != '[') {
                throw NOT_MEMBER.error();
            }
        }

        private long countBelow(SortedSetValue set, By by, boolean orEqual) {
            if (by == By.SCORE) {
                return set.countBelow(score, orEqual);
            }
            if (infinite != 0) {
                return infinite < 0 ? 0 : set.count();
            }
            return set.countBelow(address, length, orEqual);
        }
    }
}
