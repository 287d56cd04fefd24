package io.carnelian.server.list;

import io.carnelian.server.command.Call;
import io.carnelian.server.memory.Decimal;
import io.carnelian.server.quicklist.ListCursor;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Reply;
import io.carnelian.server.resp.Token;
import io.netty.buffer.ByteBuf;

/** LPOS: where an element is, or the first few places of it, from the head or from the tail. */
final class ListPositions {
    private static final ErrorReply RANK_ZERO =
            ErrorReply.of(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second"
                            + " ... or use negative to start from the end of the list");
    private static final ErrorReply COUNT_NEGATIVE = ErrorReply.of("ERR COUNT can't be negative");
    private static final ErrorReply MAXLEN_NEGATIVE = ErrorReply.of("ERR MAXLEN can't be negative");

    private static final Token RANK = Token.of("RANK");
    private static final Token COUNT = Token.of("COUNT");
    private static final Token MAXLEN = Token.of("MAXLEN");

    /** No COUNT was given: the reply is one number. */
    private static final long SINGLE = -1;

    private final ListValue list;
    private long rank;
    private long count;
    private long maxLength;

    ListPositions(ListValue list) {
        this.list = list;
    }

    void lpos(Call call) {
        parse(call);
        Reply reply = call.reply();
        long record = call.db().lookupRead(call.key(1));
        list.read(record);
        if (count == SINGLE) {
            long found = record == 0 ? -1 : search(call, reply);
            if (found < 0) {
                reply.nullBulk();
            } else {
                reply.integer(found);
            }
        } else if (record == 0) {
            reply.array(0);
        } else {
            ByteBuf place = reply.deferArray();
            reply.endArray(place, search(call, reply));
        }
    }

    private void parse(Call call) {
        rank = 1;
        count = SINGLE;
        maxLength = 0;
        for (int i = 3; i < call.argc(); i += 2) {
            boolean valued = i + 1 < call.argc();
            if (valued && call.is(i, RANK)) {
                rank = call.longArg(i + 1);
                if (rank == 0) {
                    throw RANK_ZERO.error();
                }
            } else if (valued && call.is(i, COUNT)) {
                count = call.longArg(i + 1, 0, Long.MAX_VALUE, COUNT_NEGATIVE);
            } else if (valued && call.is(i, MAXLEN)) {
                maxLength = call.longArg(i + 1, 0, Long.MAX_VALUE, MAXLEN_NEGATIVE);
            } else {
                throw Errors.syntax();
            }
        }
    }

    /**
     * Compares elements until it has what is wanted.
     *
     * @return the place, or −1, when one is wanted; else how many places it has replied
     */
    private long search(Call call, Reply reply) {
        long text = call.address(2);
        int length = call.length(2);
        boolean canonical = Decimal.isCanonical(text, length);
        boolean fromTail = rank < 0;
        // The least of all numbers stays what it is, and so asks for no more than the first match.
        long skipped = fromTail ? -rank : rank;
        long size = list.size();
        long steps = maxLength == 0 ? size : Math.min(size, maxLength);
        long matches = 0;
        long replied = 0;
        ListCursor at = list.seek(fromTail ? size - 1 : 0);
        for (long i = 0; i < steps; i++) {
            if (at.matches(text, length, canonical) && ++matches >= skipped) {
                long place = fromTail ? size - 1 - i : i;
                if (count == SINGLE) {
                    return place;
                }
                reply.integer(place);
                replied++;
                if (count != 0 && matches - skipped + 1 >= count) {
                    break;
                }
            }
            var _ = fromTail ? at.previous() : at.next();
        }
        return count == SINGLE ? -1 : replied;
    }
}
