package io.carnelian.server.command;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.QueuedRequests;
import io.carnelian.server.resp.ErrorReply;
import io.netty.util.ReferenceCounted;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parsed requests of one loop turn, of one client or many, as parallel arrays: what the batch step
 * looks ahead in. Arguments are views (address, length) of input buffers that the batch holds until
 * its requests have run.
 *
 * <pre>
 *   request i:  client[i]  command[i]  hash[i]     args firstArg[i] … firstArg[i]+argc[i]-1
 *   argument a: argAddress[a]  argLength[a]
 *   held:       input buffers, released by {@link #clear}
 * </pre>
 *
 * Filled by one thread, then handed to the command thread; nothing is allocated while it does not
 * have to grow.
 */
public final class Batch {
    /** Requests after which a batch is run before more is parsed. */
    public static final int MAX_REQUESTS = 512;

    /** Arguments after which a batch is run before more is parsed: their table is on the heap. */
    private static final int MAX_ARGS = 1 << 18;

    private static final int MAX_KEPT_ARGS = 64 * 1024;

    int count;
    Client[] client = new Client[MAX_REQUESTS];
    @Nullable Command[] command = new Command[MAX_REQUESTS];
    @Nullable ErrorReply[] protocolError = new ErrorReply[MAX_REQUESTS];
    int[] firstArg = new int[MAX_REQUESTS];
    int[] argc = new int[MAX_REQUESTS];
    long[] hash = new long[MAX_REQUESTS];

    private int args;
    long[] argAddress = new long[4 * MAX_REQUESTS];
    int[] argLength = new int[4 * MAX_REQUESTS];

    private ReferenceCounted[] held = new ReferenceCounted[64];
    private int heldCount;

    public int count() {
        return count;
    }

    public boolean isFull() {
        return count == MAX_REQUESTS || args >= MAX_ARGS;
    }

    /** Number of arguments so far: the mark for {@link #addRequest} and {@link #dropArgs}. */
    public int args() {
        return args;
    }

    public void addArg(long address, int length) {
        if (args == argAddress.length) {
            argAddress = Arrays.copyOf(argAddress, args * 2);
            argLength = Arrays.copyOf(argLength, args * 2);
        }
        argAddress[args] = address;
        argLength[args++] = length;
    }

    /** Forgets the arguments after the mark: the request is not whole yet. */
    public void dropArgs(int mark) {
        args = mark;
    }

    public long argAddress(int index) {
        return argAddress[index];
    }

    public int argLength(int index) {
        return argLength[index];
    }

    /** Number of arguments of request {@code i}, its name included. */
    public int argcOf(int i) {
        return argc[i];
    }

    /** The protocol error that stands in place of request {@code i}, or null. */
    public @Nullable ErrorReply errorOf(int i) {
        return protocolError[i];
    }

    /** Makes a request of the arguments from the mark on. */
    public void addRequest(Client from, int firstArgIndex) {
        client[count] = from;
        protocolError[count] = null;
        firstArg[count] = firstArgIndex;
        argc[count] = args - firstArgIndex;
        count++;
    }

    /**
     * In place of a request that can't be parsed: its error is replied in order and the connection
     * closed.
     */
    public void addProtocolError(Client from, ErrorReply error) {
        client[count] = from;
        protocolError[count] = error;
        firstArg[count] = args;
        argc[count] = 0;
        count++;
    }

    /** Copies request {@code i} to its client's postponed ones; ends the client if it may not. */
    void postpone(int i) {
        QueuedRequests kept = client[i].postponed();
        boolean done = protocolError[i] == null && queue(i, kept);
        if (!done || !client[i].link().mayPostpone(kept.usedBytes())) {
            client[i].kill();
        }
    }

    /** Copies request {@code i} to a queue; false if there is no room for it. */
    boolean queue(int i, QueuedRequests to) {
        long bytes = 0;
        for (int a = firstArg[i]; a < firstArg[i] + argc[i]; a++) {
            bytes += argLength[a];
        }
        if (!to.begin(argc[i], bytes)) {
            return false;
        }
        for (int a = firstArg[i]; a < firstArg[i] + argc[i]; a++) {
            to.arg(argAddress[a], argLength[a]);
        }
        return true;
    }

    /**
     * Adds queued requests from number {@code from} on, as many as fit; the number of the first
     * that did not.
     */
    public int addQueued(Client owner, QueuedRequests requests, int from) {
        int i = from;
        while (i < requests.count() && !isFull()) {
            int mark = args;
            for (int a = 0; a < requests.argc(i); a++) {
                addArg(requests.address(i, a), requests.length(i, a));
            }
            addRequest(owner, mark);
            i++;
        }
        return i;
    }

    /** Keeps an input buffer until the requests have run; takes over the caller's reference. */
    public void hold(ReferenceCounted buffer) {
        if (heldCount == held.length) {
            held = Arrays.copyOf(held, heldCount * 2);
        }
        held[heldCount++] = buffer;
    }

    /** Releases the buffers and forgets the requests. */
    public void clear() {
        for (int i = 0; i < heldCount; i++) {
            held[i].release();
        }
        Arrays.fill(held, 0, heldCount, null);
        heldCount = 0;
        Arrays.fill(client, 0, count, null);
        count = 0;
        args = 0;
        if (argAddress.length > MAX_KEPT_ARGS) {
            argAddress = new long[4 * MAX_REQUESTS];
            argLength = new int[4 * MAX_REQUESTS];
        }
    }
}
