package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One connection that asks at a fixed rate, whether the replies before have come or not, and so
 * sees every stall of the server that is longer than its interval.
 *
 * <pre>
 *   asking thread   due ── send ── due ── send ── due ── send ...
 *   reading thread        reply ─ record         reply ─ record
 * </pre>
 *
 * Free of coordinated omission: a request counts from the moment it was due, though it was sent
 * later, so one stall of 100 ms at 1000 requests/s shows as a hundred waits of 100, 99, 98 … ms,
 * and as no more: what has piled up goes to the server at once, as from many clients. (To wait for
 * each reply before the next request would make a queue of them that is gone seconds later.) A
 * request that was late only because the asking thread was woken late counts from the moment it was
 * sent: that is the client's fault, kept apart in {@link #clientLatenessNs}, which tells how far
 * the machine itself can be trusted.
 */
public final class StallProbe {
    private static final int READ_TIMEOUT_MS = 60_000;
    private static final long HIGHEST_NS = 60_000_000_000L;

    /** Most requests without a reply: a minute's at 8000/s. */
    private static final int MAX_UNANSWERED = 1 << 19;

    private static final byte[] LAST = RespLink.encode("PING");

    private final RespLink link;
    private final LongFunction<byte[]> requests;
    private final long intervalNs;
    private final Thread asking = new Thread(this::ask, "stall-probe");
    private final Thread reading = new Thread(this::read, "stall-replies");
    private final long[] fromNs = new long[MAX_UNANSWERED];
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final Histogram clientLateness = new Histogram(1, HIGHEST_NS, 3);
    private volatile Histogram waits = new Histogram(1, HIGHEST_NS, 3);
    private volatile boolean stopping;
    private volatile long last = Long.MAX_VALUE;
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    /** {@code requests} gives the encoded request of each number, 0 and up. */
    public StallProbe(int port, int perSecond, LongFunction<byte[]> requests) throws IOException {
        this.link = new RespLink(port, READ_TIMEOUT_MS);
        this.requests = requests;
        this.intervalNs = 1_000_000_000L / perSecond;
        asking.setDaemon(true);
        reading.setDaemon(true);
        asking.start();
        reading.start();
    }

    /** From now on records into the given histogram (nanoseconds), to be read after stop. */
    public void recordInto(Histogram histogram) {
        waits = histogram;
    }

    /** How late this thread itself was woken, in nanoseconds; to be read after stop. */
    public Histogram clientLatenessNs() {
        return clientLateness;
    }

    /** Nanoseconds up to a minute, to three digits. */
    public static Histogram newHistogram() {
        return new Histogram(1, HIGHEST_NS, 3);
    }

    /** Asks no more, and waits for the replies that are due. */
    public void stop() throws IOException, InterruptedException {
        stopping = true;
        asking.join();
        reading.join();
        link.close();
        IOException why = failure.get();
        if (why != null) {
            throw new IOException("the probe ended: " + why, why);
        }
    }

    private void ask() {
        try {
            long dueNs = System.nanoTime();
            long number = 0;
            for (; !stopping; number++) {
                dueNs += intervalNs;
                long from = awaitDue(dueNs);
                if (number - answered.get() == MAX_UNANSWERED) {
                    throw new IOException("no reply to " + MAX_UNANSWERED + " requests");
                }
                fromNs[(int) (number & (MAX_UNANSWERED - 1))] = from;
                sent.set(number + 1);
                byte[] request = requests.apply(number);
                link.send(request, request.length);
            }
            last = number;
            link.send(LAST, LAST.length);
        } catch (IOException e) {
            ended(e);
        }
    }

    private void read() {
        try {
            for (long number = 0; ; number++) {
                if (link.readReply() instanceof RespLink.ErrorReply error) {
                    throw new IOException(error.text());
                }
                long nowNs = System.nanoTime();
                if (number == last) {
                    return;
                }
                if (sent.get() <= number) {
                    throw new IOException("a reply that nobody asked for");
                }
                long waited = nowNs - fromNs[(int) (number & (MAX_UNANSWERED - 1))];
                waits.recordValue(Math.min(waited, HIGHEST_NS));
                answered.set(number + 1);
            }
        } catch (IOException e) {
            ended(e);
        }
    }

    /** The first of both threads that fails ends the other. */
    private void ended(IOException why) {
        stopping = true;
        failure.compareAndSet(null, why);
        try {
            link.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    /** Sleeps until a request is due and returns the moment that its wait counts from. */
    private long awaitDue(long dueNs) {
        if (System.nanoTime() >= dueNs) {
            return dueNs;
        }
        for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; ) {
            LockSupport.parkNanos(leftNs);
            leftNs = dueNs - System.nanoTime();
        }
        long nowNs = System.nanoTime();
        clientLateness.recordValue(Math.min(nowNs - dueNs, HIGHEST_NS));
        return nowNs;
    }
}
