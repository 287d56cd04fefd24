package io.carnelian.server.request;

import io.carnelian.server.client.Client;
import io.carnelian.server.command.Batch;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.ErrorReply;
import io.carnelian.server.resp.Errors;
import io.carnelian.server.resp.Numbers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one connection into requests, in place: an argument is an address and a length
 * in the input.
 *
 * <pre>
 *   *2\r\n $3\r\nGET\r\n $1\r\nk\r\n      an array of bulk strings: what clients send
 *   GET k\r\n                       an inline command: what people type; quotes and escapes allowed
 * </pre>
 *
 * Bytes may be split anywhere. What is whole goes to the batch; of the request that is not, the
 * parser remembers how far it came, so that nothing is looked at twice and an argument of any size
 * costs its own length. The caller presents the same bytes again, from the beginning of the
 * unfinished request, with more behind.
 *
 * <p>Rules and error texts are those of Redis 7 (observed on 7.0.15): integers are canonical, the
 * byte behind a CR is not looked at, an empty array and an empty line are no requests. A client
 * that has not authenticated may send at most 10 arguments of 16384 bytes. A request may have at
 * most 1,048,576 arguments, as in Redis up to 6.2.
 */
public final class RequestParser {
    private static final int MAX_LINE_BYTES = 64 * 1024;
    private static final int STRANGER_ARGS = 10;
    private static final int STRANGER_BULK_BYTES = 16384;
    private static final int FIRST_PARTIAL_ARGS = 16;
    private static final int KEPT_PARTIAL_ARGS = 1024;
    private static final int PARTIAL_BYTES = 2 * Integer.BYTES;

    /** Most arguments of a request: while it runs, its table of arguments is on the heap. */
    static final int MAX_ARGS = 1 << 20;

    /** Result of {@link #one}: the request is not whole. */
    private static final int INCOMPLETE = 0;

    /** Result of {@link #one}: an error stands in the batch. */
    private static final int BROKEN = -1;

    private final ProtocolLimits limits;

    /** Bytes of the unfinished request already understood. */
    private int scanned;

    /** Arguments still missing of the unfinished request; -1: its header was not read. */
    private int missing = -1;

    /** When so many are missing of a request of too many arguments, it has had its share. */
    private int fewestMissing;

    /** Length of the argument being read; -1: its header was not read. */
    private int bulk = -1;

    /** Offsets and lengths of the arguments that are whole, two ints each; outside the heap. */
    private @Nullable ByteBuf partialArgs;

    private int partials;

    private boolean stopped;
    private long number;

    public RequestParser(ProtocolLimits limits) {
        this.limits = limits;
    }

    /**
     * Adds the whole requests in {@code length} bytes at {@code address} to the batch, until it is
     * full.
     *
     * @return how many bytes they took; what is behind has to be presented again
     */
    public int parse(long address, int length, Batch batch, Client client) {
        int at = 0;
        while (at < length && !stopped && !batch.isFull()) {
            int taken = one(address + at, length - at, batch, client);
            if (taken == INCOMPLETE) {
                break;
            }
            if (taken == BROKEN) {
                stopped = true;
                break;
            }
            at += taken;
        }
        return at;
    }

    /**
     * Adds the first request to the batch.
     *
     * @return how many bytes it took, 0 if it is not whole or there is an error instead
     */
    public int parseOne(long address, int length, Batch batch, Client client) {
        int taken = stopped ? INCOMPLETE : one(address, length, batch, client);
        stopped |= taken == BROKEN;
        return Math.max(taken, 0);
    }

    /** Whether nothing is parsed any more, because of an error. */
    public boolean isStopped() {
        return stopped;
    }

    /**
     * Goes on after an error that held only for strangers: the client has authenticated meanwhile.
     */
    public void restart() {
        stopped = false;
        forget();
    }

    /**
     * How many bytes the unfinished request needs at least, counted from its beginning; 0 if
     * unknown.
     */
    public long neededBytes() {
        return bulk < 0 ? 0 : (long) scanned + bulk + 2;
    }

    /** How many bytes of the unfinished request are understood already. */
    public int scannedBytes() {
        return scanned;
    }

    private int one(long base, int length, Batch batch, Client client) {
        if (missing < 0) {
            if (Memory.getByte(base) != '*') {
                return inline(base, length, batch, client);
            }
            int next =
                    line(
                            base,
                            1,
                            length,
                            ProtocolErrors.BIG_COUNT,
                            ProtocolErrors.COUNT,
                            batch,
                            client);
            if (next <= 0) {
                return next;
            }
            long count = number;
            if (count > Integer.MAX_VALUE) {
                return broken(batch, client, ProtocolErrors.COUNT);
            }
            if (count > STRANGER_ARGS && !client.authenticated) {
                return broken(batch, client, Errors.STRANGER_COUNT);
            }
            if (count <= 0) {
                return next;
            }
            missing = (int) count;
            fewestMissing = Math.max(0, missing - MAX_ARGS);
            scanned = next;
        }
        return arguments(base, length, batch, client);
    }

    private int arguments(long base, int length, Batch batch, Client client) {
        boolean resumed = partials > 0;
        int mark = batch.args();
        int at = scanned;
        while (missing > 0) {
            if (bulk < 0) {
                if (at >= length) {
                    return suspend(base, at, mark, batch);
                }
                if (missing == fewestMissing) {
                    batch.dropArgs(mark);
                    return broken(batch, client, ProtocolErrors.COUNT);
                }
                byte dollar = Memory.getByte(base + at);
                if (dollar != '$' && !lineEndsIn(base, at, length)) {
                    if (length - at > MAX_LINE_BYTES) {
                        batch.dropArgs(mark);
                        return broken(batch, client, ProtocolErrors.BIG_BULK_COUNT);
                    }
                    return suspend(base, at, mark, batch);
                }
                if (dollar != '$') {
                    batch.dropArgs(mark);
                    return broken(batch, client, ProtocolErrors.expectedDollar(dollar));
                }
                int next = bulkHeader(base, at, length, mark, batch, client);
                if (next <= 0) {
                    return next;
                }
                at = next;
            }
            if (length - at < bulk + 2L) {
                return suspend(base, at, mark, batch);
            }
            if (resumed) {
                addPartial(at, bulk);
            } else {
                batch.addArg(base + at, bulk);
            }
            at += bulk + 2;
            bulk = -1;
            missing--;
        }
        if (resumed) {
            for (int i = 0; i < partials; i++) {
                batch.addArg(base + partial(i, 0), partial(i, 1));
            }
        }
        batch.addRequest(client, mark);
        forget();
        return at;
    }

    /** Reads {@code $n\r\n} into {@link #bulk}; the position behind it, or INCOMPLETE or BROKEN. */
    private int bulkHeader(long base, int at, int length, int mark, Batch batch, Client client) {
        int next =
                line(
                        base,
                        at + 1,
                        length,
                        ProtocolErrors.BIG_BULK_COUNT,
                        ProtocolErrors.LENGTH,
                        batch,
                        client);
        if (next == INCOMPLETE) {
            return suspend(base, at, mark, batch);
        }
        if (next == BROKEN) {
            return BROKEN;
        }
        if (number < 0 || number > limits.maxBulkBytes || number > Integer.MAX_VALUE - 64) {
            return broken(batch, client, ProtocolErrors.LENGTH);
        }
        if (number > STRANGER_BULK_BYTES && !client.authenticated) {
            return broken(batch, client, Errors.STRANGER_LENGTH);
        }
        bulk = (int) number;
        return next;
    }

    private boolean lineEndsIn(long base, int from, int length) {
        int cr = search(base, from, length, (byte) '\r');
        return cr + 1 < length && Memory.getByte(base + cr) == '\r';
    }

    /**
     * Keeps what the batch got of the unfinished request as offsets: its bytes will come again
     * elsewhere.
     */
    private int suspend(long base, int at, int mark, Batch batch) {
        for (int a = mark; a < batch.args(); a++) {
            addPartial((int) (batch.argAddress(a) - base), batch.argLength(a));
        }
        batch.dropArgs(mark);
        scanned = at;
        return INCOMPLETE;
    }

    private void addPartial(int offset, int length) {
        ByteBuf kept = partialArgs;
        if (kept == null || (partials + 1) * PARTIAL_BYTES > kept.capacity()) {
            int capacity = Math.max(FIRST_PARTIAL_ARGS, 2 * partials) * PARTIAL_BYTES;
            ByteBuf larger = PooledByteBufAllocator.DEFAULT.directBuffer(capacity);
            if (kept != null) {
                long bytes = (long) partials * PARTIAL_BYTES;
                Memory.copy(kept.memoryAddress(), larger.memoryAddress(), bytes);
                kept.release();
            }
            partialArgs = larger;
            kept = larger;
        }
        long at = kept.memoryAddress() + (long) partials * PARTIAL_BYTES;
        Memory.putInt(at, offset);
        Memory.putInt(at + Integer.BYTES, length);
        partials++;
    }

    private int partial(int i, int which) {
        ByteBuf kept = partialArgs;
        if (kept == null) {
            throw new IllegalStateException("no arguments are kept");
        }
        return Memory.getInt(
                kept.memoryAddress() + (long) i * PARTIAL_BYTES + (long) which * Integer.BYTES);
    }

    private void forget() {
        scanned = 0;
        missing = -1;
        bulk = -1;
        partials = 0;
        ByteBuf kept = partialArgs;
        if (kept != null && kept.capacity() > KEPT_PARTIAL_ARGS * PARTIAL_BYTES) {
            free();
        }
    }

    /** Nothing is parsed any more; gives memory back. */
    public void close() {
        stopped = true;
        free();
    }

    private void free() {
        ByteBuf kept = partialArgs;
        partialArgs = null;
        partials = 0;
        if (kept != null) {
            kept.release();
        }
    }

    private static int broken(Batch batch, Client client, ErrorReply error) {
        batch.addProtocolError(client, error);
        return BROKEN;
    }

    /**
     * Reads the integer between {@code from} and a CR into {@link #number}; the position behind CR
     * and LF, or INCOMPLETE or BROKEN.
     */
    private int line(
            long base,
            int from,
            int length,
            ErrorReply tooLong,
            ErrorReply malformed,
            Batch batch,
            Client client) {
        long v = 0;
        int i = from;
        int end = Math.min(length, from + 18);
        while (i < end) {
            int d = Memory.getByte(base + i) - '0';
            if (d < 0 || d > 9) {
                break;
            }
            v = v * 10 + d;
            i++;
        }
        boolean canonical = i - from == 1 || (i > from && Memory.getByte(base + from) != '0');
        if (canonical && i + 1 < length && Memory.getByte(base + i) == '\r') {
            number = v;
            return i + 2;
        }
        return oddLine(base, from, length, tooLong, malformed, batch, client);
    }

    private int oddLine(
            long base,
            int from,
            int length,
            ErrorReply tooLong,
            ErrorReply malformed,
            Batch batch,
            Client client) {
        int cr = search(base, from, length, (byte) '\r');
        if (cr == length || Memory.getByte(base + cr) == 0) {
            return length - from + 1 > MAX_LINE_BYTES ? broken(batch, client, tooLong) : INCOMPLETE;
        }
        if (cr + 1 >= length) {
            return INCOMPLETE;
        }
        if (!Numbers.isLong(base + from, cr - from)) {
            return broken(batch, client, malformed);
        }
        number = Numbers.parse(base + from, cr - from);
        return cr + 2;
    }

    /**
     * Where a byte, or a zero before it, stands; {@code length} if neither does. A line with a zero
     * in it never ends: C's search stops there, so Redis waits for more until the line is too long.
     */
    private static int search(long base, int from, int length, byte wanted) {
        int at = from;
        while (at < length) {
            byte b = Memory.getByte(base + at);
            if (b == wanted || b == 0) {
                return at;
            }
            at++;
        }
        return length;
    }

    private int inline(long base, int length, Batch batch, Client client) {
        int lf = search(base, scanned, length, (byte) '\n');
        if (lf == length || Memory.getByte(base + lf) == 0) {
            if (length > MAX_LINE_BYTES) {
                return broken(batch, client, ProtocolErrors.BIG_INLINE);
            }
            scanned = lf;
            return INCOMPLETE;
        }
        scanned = 0;
        int end = lf > 0 && Memory.getByte(base + lf - 1) == '\r' ? lf - 1 : lf;
        int mark = batch.args();
        if (!InlineWords.split(base, end, batch)) {
            batch.dropArgs(mark);
            return broken(batch, client, ProtocolErrors.QUOTES);
        }
        if (batch.args() > mark) {
            batch.addRequest(client, mark);
        }
        return lf + 1;
    }
}
