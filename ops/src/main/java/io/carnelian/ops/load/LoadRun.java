package io.carnelian.ops.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** All threads' connections to one server, kept open over several runs. */
final class LoadRun implements AutoCloseable {
    private static final int DIGITS = 3;

    private final List<LoadThread> threads = new ArrayList<>();
    private final ExecutorService pool;

    /**
     * What a run has shown.
     *
     * @param requests answered
     * @param seconds that it took
     * @param nanos latencies, in nanoseconds
     */
    record Result(long requests, double seconds, Histogram nanos) {
        double perSecond() {
            return requests / seconds;
        }
    }

    /** Connects. */
    LoadRun(LoadSpec spec, InetSocketAddress server) throws IOException {
        pool = Executors.newFixedThreadPool(spec.threads(), Thread.ofPlatform().daemon().factory());
        for (int i = 0; i < spec.threads(); i++) {
            int more = i < spec.connections() % spec.threads() ? 1 : 0;
            int share = spec.connections() / spec.threads() + more;
            threads.add(new LoadThread(spec, server, i, share));
        }
    }

    /** Runs so long, on all threads. */
    Result run(double seconds) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        long endNs = startNs + (long) (seconds * 1e9);
        List<Future<LoadThread>> running = new ArrayList<>();
        for (LoadThread thread : threads) {
            running.add(
                    pool.submit(() -> {
                        thread.run(endNs);
                        return thread;
                    }));
        }
        Histogram nanos = new Histogram(DIGITS);
        long requests = 0;
        for (Future<LoadThread> each : running) {
            LoadThread thread = ended(each);
            nanos.add(thread.nanos());
            requests += thread.requests();
        }
        return new Result(requests, (System.nanoTime() - startNs) / 1e9, nanos);
    }

    private static LoadThread ended(Future<LoadThread> running)
            throws IOException, InterruptedException {
        try {
            return running.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException("a thread of the load has failed", e.getCause());
        }
    }

    /** Error replies so far. */
    long errors() {
        long errors = 0;
        for (LoadThread thread : threads) {
            errors += thread.errors();
        }
        return errors;
    }

    @Override
    public void close() throws IOException {
        pool.shutdown();
        for (LoadThread thread : threads) {
            thread.close();
        }
    }
}
