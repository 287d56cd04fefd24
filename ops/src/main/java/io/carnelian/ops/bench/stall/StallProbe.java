package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;

/**
 * One connection that asks at a fixed rate and so sees every stall of the server that is longer
 * than its interval.
 *
 * <p>Free of coordinated omission: a request that was due while an earlier reply was outstanding
 * counts from the moment it was due, though it was sent later, so one stall of 100 ms at 1000
 * requests/s shows as a hundred waits of 100, 99, 98 … ms. A request that was late only because
 * this thread was woken late counts from the moment it was sent: that is the client's fault, kept
 * apart in {@link #clientLatenessNs}, which tells how far the machine itself can be trusted.
 */
public final class StallProbe {
    private static final int READ_TIMEOUT_MS = 60_000;
    private static final long HIGHEST_NS = 60_000_000_000L;

    private final RespLink link;
    private final LongFunction<byte[]> requests;
    private final long intervalNs;
    private final Thread thread = new Thread(this::ask, "stall-probe");
    private final Histogram clientLateness = new Histogram(1, HIGHEST_NS, 3);
    private volatile Histogram waits = new Histogram(1, HIGHEST_NS, 3);
    private volatile boolean stopping;
    private volatile String failure = "";

    /** {@code requests} gives the encoded request of each number, 0 and up. */
    public StallProbe(int port, int perSecond, LongFunction<byte[]> requests) throws IOException {
        this.link = new RespLink(port, READ_TIMEOUT_MS);
        this.requests = requests;
        this.intervalNs = 1_000_000_000L / perSecond;
        thread.setDaemon(true);
        thread.start();
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

    public void stop() throws IOException, InterruptedException {
        stopping = true;
        thread.join();
        link.close();
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
    }

    private void ask() {
        try {
            long dueNs = System.nanoTime();
            for (long number = 0; !stopping; number++) {
                dueNs += intervalNs;
                long fromNs = awaitDue(dueNs);
                byte[] request = requests.apply(number);
                link.send(request, request.length);
                if (link.readReply() instanceof RespLink.ErrorReply error) {
                    throw new IOException(error.text());
                }
                waits.recordValue(Math.min(System.nanoTime() - fromNs, HIGHEST_NS));
            }
        } catch (IOException ended) {
            failure = "the probe ended: " + ended;
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
