package io.carnelian.ops.bench.stream;

import io.carnelian.ops.bench.BenchServer;
import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How far replicas are behind their primary, in bytes of the stream, looked at twenty times a
 * second by a thread of its own.
 *
 * <p>A replica is asked for its own offset first and the primary after it: what its acknowledgement
 * says may be a second old. So a lag is never shown too small, and too large by what was written
 * between the two answers.
 */
final class LagWatch {
    private static final int POLL_MS = 50;
    private static final int DRAIN_POLL_MS = 2;

    private final RespLink primary;
    private final List<RespLink> replicas = new ArrayList<>();
    private final Thread thread = new Thread(this::watch, "lag-watch");
    private volatile boolean stopping;
    private volatile long mostBytes;
    private volatile String failure = "";

    /** Begins to watch; ends with {@link #awaitDrained}. */
    LagWatch(BenchServer server, List<BenchServer> following) throws IOException {
        primary = server.connect();
        for (BenchServer replica : following) {
            replicas.add(replica.connect());
        }
        thread.setDaemon(true);
        thread.start();
    }

    /** The largest lag of any replica that was seen, in bytes. */
    long most() {
        return mostBytes;
    }

    /** Waits until every replica has all that is written by now; returns the milliseconds. */
    double awaitDrained() throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        stopping = true;
        thread.join();
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
        long end = primary.infoLong("replication", "master_repl_offset");
        for (RespLink replica : replicas) {
            while (offset(replica) < end) {
                Thread.sleep(DRAIN_POLL_MS);
            }
            replica.close();
        }
        primary.close();
        return replicas.isEmpty() ? 0 : (System.nanoTime() - startNs) / 1e6;
    }

    private void watch() {
        try {
            while (!stopping) {
                for (RespLink replica : replicas) {
                    long has = offset(replica);
                    long written = primary.infoLong("replication", "master_repl_offset");
                    mostBytes = Math.max(mostBytes, written - has);
                }
                Thread.sleep(POLL_MS);
            }
        } catch (IOException failed) {
            failure = "a replica's lag could not be read: " + failed;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static long offset(RespLink replica) throws IOException {
        return replica.infoLong("replication", "slave_repl_offset");
    }
}
