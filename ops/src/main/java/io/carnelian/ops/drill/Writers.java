package io.carnelian.ops.drill;

import io.carnelian.ops.bench.RespLink;
import io.carnelian.ops.report.Timeline;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients that write at a steady rate to whoever is the primary, and note what was acknowledged.
 * Each has one connection; when that fails, or answers with an error, or when another node is the
 * primary now, as clients hear that listen to +switch-master, it asks again who the primary is. A
 * write that waited for its turn counts from the moment when it was due, so a stall shows in the
 * latency of all that it held up.
 */
final class Writers implements AutoCloseable {
    private static final int READ_TIMEOUT_MS = 1_000;
    private static final int RETRY_MS = 20;
    private static final long JOIN_MS = 10_000;

    /**
     * What to write.
     *
     * @param clients how many connections
     * @param perSecond writes of all of them together
     * @param replicas that must confirm a write, by WAIT, before it counts as acknowledged
     * @param waitMs how long WAIT waits
     */
    record Load(int clients, int perSecond, int replicas, int waitMs) {
        /** One client of these alone. */
        Load ofOne() {
            return new Load(1, Math.max(1, perSecond / clients), replicas, waitMs);
        }

        /** How long a client waits for an answer. */
        int timeoutMs() {
            return READ_TIMEOUT_MS + (replicas == 0 ? 0 : waitMs);
        }
    }

    /**
     * What a node has acknowledged.
     *
     * @param lastNs when the last of them was
     */
    record Acknowledged(long writes, long lastNs) {
        static final Acknowledged NONE = new Acknowledged(0, 0);

        Acknowledged and(Acknowledged later) {
            return new Acknowledged(writes + later.writes, Math.max(lastNs, later.lastNs));
        }
    }

    private final Load load;
    private final IntSupplier primaryPort;
    private final Timeline timeline;
    private final List<Ledger> ledgers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Map<Integer, Long> firstAckNs = new ConcurrentHashMap<>();
    private final Map<Integer, Acknowledged> byPort = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    /**
     * @param primaryPort where to write now; 0: nobody knows
     */
    Writers(Load load, IntSupplier primaryPort, Timeline timeline) {
        this.load = load;
        this.primaryPort = primaryPort;
        this.timeline = timeline;
    }

    void start(String prefix) {
        for (int i = 0; i < load.clients(); i++) {
            Ledger ledger = new Ledger(prefix + i + ":");
            ledgers.add(ledger);
            threads.add(Thread.ofPlatform().daemon().name("writer-" + i).start(() -> run(ledger)));
        }
    }

    private void run(Ledger ledger) {
        long everyNs = 1_000_000_000L * load.clients() / Math.max(1, load.perSecond());
        long dueNs = System.nanoTime();
        RespLink link = null;
        int port = 0;
        while (!stopped) {
            long aheadMs = (dueNs - System.nanoTime()) / 1_000_000;
            if (aheadMs > 0) {
                pause(aheadMs);
            }
            int number = ledger.take();
            String failure;
            try {
                int now = primaryPort.getAsInt();
                if (link != null && now != port) {
                    close(link);
                    link = null;
                }
                if (link == null) {
                    port = now;
                    link = port == 0 ? null : new RespLink(port, load.timeoutMs());
                }
                failure = link == null ? "no primary known" : write(link, ledger, number);
            } catch (IOException e) {
                failure = kindOf(e);
            }
            long nowNs = System.nanoTime();
            if (failure == null) {
                ledger.acknowledge(number);
                timeline.done(nowNs, (nowNs - dueNs) / 1000);
                var _ = firstAckNs.putIfAbsent(port, nowNs);
                var _ = byPort.merge(port, new Acknowledged(1, nowNs), Acknowledged::and);
                dueNs += everyNs;
            } else {
                timeline.failed(nowNs, failure);
                close(link);
                link = null;
                pause(RETRY_MS);
                // What could not be written then is not due any more.
                dueNs = Math.max(dueNs + everyNs, System.nanoTime());
            }
        }
        close(link);
    }

    /** Null if it is acknowledged, or the kind of failure. */
    private @Nullable String write(RespLink link, Ledger ledger, int number) throws IOException {
        Object reply = link.call("SET", ledger.key(number), Ledger.value(number));
        if (reply instanceof RespLink.ErrorReply error) {
            return error.text().split(" ")[0];
        }
        if (load.replicas() == 0) {
            return null;
        }
        Object confirmed =
                link.call(
                        "WAIT", Integer.toString(load.replicas()), Integer.toString(load.waitMs()));
        boolean enough = confirmed instanceof Long count && count >= load.replicas();
        return enough ? null : "WAIT not confirmed";
    }

    private static String kindOf(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return "timeout";
        }
        if (e instanceof ConnectException) {
            return "connection refused";
        }
        return e instanceof EOFException ? "connection closed" : "connection reset";
    }

    private static void close(@Nullable RespLink link) {
        if (link != null) {
            try {
                link.close();
            } catch (IOException closedAlready) {
                return;
            }
        }
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many writes a port has acknowledged so far. */
    Acknowledged acknowledged(int port) {
        return byPort.getOrDefault(port, Acknowledged.NONE);
    }

    /** Forgets which ports have acknowledged a write so far. */
    void forgetAcknowledgers() {
        firstAckNs.clear();
    }

    /** When a port acknowledged its first write since then, in ns; 0: not yet. */
    long firstAckNs(int port) {
        return firstAckNs.getOrDefault(port, 0L);
    }

    List<Ledger> ledgers() {
        return ledgers;
    }

    /** Ends them; after that the ledgers do not change. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join(JOIN_MS);
            if (thread.isAlive()) {
                throw new IllegalStateException("a writer does not end");
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
    }
}
