package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.KeySet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Random overwrites at full speed: a closed loop of a few connections, each with one batch of
 * pipelined SETs in flight, driven by one thread. The time from a batch's write to its last reply
 * is recorded in the histogram of the phase that it fell into.
 *
 * <p>One thread, because the machine's other cores belong to the server; a closed loop, because the
 * question is what a full-speed writer notices. A closed loop sees a stall once per connection and
 * is blind to the requests that were not sent meanwhile: {@link StallProbe} is the other half.
 */
final class OverwriteLoad {
    /** Parts of the run; a batch that touches DURING at either end belongs to it. */
    enum Phase {
        WARM_UP,
        BEFORE,
        DURING,
        AFTER
    }

    private static final int REPLY_BYTES = "+OK\r\n".length();
    private static final long HIGHEST_NS = 60_000_000_000L;

    private final KeySet keys;
    private final int pipeline;
    private final Histogram[] latencies = new Histogram[Phase.values().length];
    private final long[] durationsNs = new long[Phase.values().length];
    private final List<Lane> lanes = new ArrayList<>();
    private final Selector selector;
    private final SplittableRandom random = new SplittableRandom(2);
    private final Thread thread = new Thread(this::drive, "overwrite-load");
    private final ByteBuffer input = ByteBuffer.allocateDirect(1 << 16);
    private volatile Phase phase = Phase.WARM_UP;
    private volatile boolean stopping;
    private volatile String failure = "";
    private long phaseSinceNs = System.nanoTime();

    /** One connection with its batch. */
    private static final class Lane {
        final SocketChannel channel;
        final byte[] bytes;
        final ByteBuffer batch;
        int repliesLeftBytes;
        long sentNs;
        Phase sentIn = Phase.WARM_UP;

        Lane(SocketChannel channel, byte[] bytes) {
            this.channel = channel;
            this.bytes = bytes;
            this.batch = ByteBuffer.wrap(bytes);
        }
    }

    OverwriteLoad(int port, int connections, int pipeline, KeySet keys) throws IOException {
        this.keys = keys;
        this.pipeline = pipeline;
        for (Phase each : Phase.values()) {
            latencies[each.ordinal()] = new Histogram(1, HIGHEST_NS, 3);
        }
        selector = Selector.open();
        for (int i = 0; i < connections; i++) {
            SocketChannel channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Lane lane = new Lane(channel, new byte[pipeline * keys.setBytes()]);
            lanes.add(lane);
            channel.register(selector, SelectionKey.OP_READ, lane);
        }
        thread.setDaemon(true);
        thread.start();
    }

    /** Begins a phase; called by the thread that conducts the run. */
    void enter(Phase next) {
        long nowNs = System.nanoTime();
        durationsNs[phase.ordinal()] += nowNs - phaseSinceNs;
        phaseSinceNs = nowNs;
        phase = next;
    }

    /** Stops the load; only then the figures may be read. */
    void stop() throws IOException, InterruptedException {
        enter(phase);
        stopping = true;
        selector.wakeup();
        thread.join();
        for (Lane lane : lanes) {
            lane.channel.close();
        }
        selector.close();
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
    }

    /** Batch latencies of a phase, in nanoseconds. */
    Histogram latencies(Phase of) {
        return latencies[of.ordinal()];
    }

    /** Overwrites per second in a phase. */
    double perSecond(Phase of) {
        long durationNs = durationsNs[of.ordinal()];
        return durationNs == 0 ? 0 : 1e9 * pipeline * latencies(of).getTotalCount() / durationNs;
    }

    private void drive() {
        try {
            for (Lane lane : lanes) {
                sendBatch(lane);
            }
            while (!stopping) {
                selector.select(this::progress);
            }
        } catch (IOException | UncheckedIOException ended) {
            failure = "the load ended: " + ended;
        }
    }

    private void progress(SelectionKey key) {
        Lane lane = (Lane) key.attachment();
        try {
            if (lane.batch.hasRemaining()) {
                write(lane);
            }
            readReplies(lane);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private void sendBatch(Lane lane) throws IOException {
        for (int i = 0; i < pipeline; i++) {
            long key = random.nextLong(keys.count());
            keys.putSet(lane.bytes, i * keys.setBytes(), key, random);
        }
        lane.batch.clear();
        lane.repliesLeftBytes = pipeline * REPLY_BYTES;
        lane.sentIn = phase;
        lane.sentNs = System.nanoTime();
        write(lane);
    }

    private void write(Lane lane) throws IOException {
        lane.channel.write(lane.batch);
        int interest = lane.batch.hasRemaining() ? SelectionKey.OP_WRITE : 0;
        lane.channel.keyFor(selector).interestOps(SelectionKey.OP_READ | interest);
    }

    private void readReplies(Lane lane) throws IOException {
        input.clear();
        int count = lane.channel.read(input);
        if (count < 0) {
            throw new IOException("the server closed the connection");
        }
        if (count > 0 && input.get(0) == '-') {
            byte[] text = new byte[count];
            input.get(0, text);
            throw new IOException(new String(text, StandardCharsets.ISO_8859_1));
        }
        lane.repliesLeftBytes -= count;
        if (lane.repliesLeftBytes == 0) {
            record(lane);
            sendBatch(lane);
        }
    }

    private void record(Lane lane) {
        Phase now = phase;
        Phase of = now == Phase.DURING ? now : lane.sentIn;
        long elapsedNs = System.nanoTime() - lane.sentNs;
        latencies(of).recordValue(Math.min(elapsedNs, HIGHEST_NS));
    }
}
