package io.carnelian.ops.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * One thread's connections to one server.
 *
 * <pre>
 *   closed loop   each connection: send a batch ─► all answered: record, send the next
 *   open loop     every batch has a time; a connection that is still busy then sends it late, and
 *                 its latency counts from the time when it was due
 * </pre>
 */
final class LoadThread implements AutoCloseable {
    private static final int READ_BYTES = 256 * 1024;
    private static final long MAX_NANOS = 100_000_000_000L;
    private static final int DIGITS = 3;

    private static final class Peer {
        final SocketChannel channel;
        final ReplyCounter replies = new ReplyCounter();
        final ByteBuffer out;
        int waiting;
        long sinceNs;
        long dueNs;

        Peer(SocketChannel channel, int outBytes) {
            this.channel = channel;
            this.out = ByteBuffer.allocateDirect(outBytes).flip();
        }
    }

    private final LoadSpec spec;
    private final Mix mix;
    private final KeyChooser keys;
    private final SplittableRandom random;
    private final Selector selector;
    private final List<Peer> peers = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
    private final long everyNs;
    private Histogram nanos = new Histogram(MAX_NANOS, DIGITS);
    private long requests;

    /**
     * Connects.
     *
     * @param share of the connections of all threads
     */
    LoadThread(LoadSpec spec, InetSocketAddress server, int number, int share) throws IOException {
        this.spec = spec;
        this.mix = new Mix(spec.mix(), spec.valueBytes());
        this.keys = KeyChooser.of(spec.distribution(), spec.keys());
        this.random = new SplittableRandom(spec.seed() + number);
        this.selector = Selector.open();
        long batchesPerSecond = Math.max(1, spec.perSecond() / spec.pipeline());
        this.everyNs = 1_000_000_000L * spec.connections() / batchesPerSecond;
        for (int i = 0; i < share; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Peer peer = new Peer(channel, spec.pipeline() * mix.maxRequestBytes());
            var _ = channel.register(selector, SelectionKey.OP_READ, peer);
            peers.add(peer);
        }
    }

    /** Runs until a moment, then waits for what is on its way. */
    void run(long endNs) throws IOException {
        nanos = new Histogram(MAX_NANOS, DIGITS);
        requests = 0;
        long nowNs = System.nanoTime();
        for (Peer peer : peers) {
            // Spread over one interval, so that not all are due together.
            peer.dueNs = spec.isOpen() ? nowNs + random.nextLong(Math.max(1, everyNs)) : nowNs;
        }
        boolean sending = true;
        while (sending || isWaiting()) {
            nowNs = System.nanoTime();
            sending = nowNs < endNs;
            long nextNs = sending ? endNs : nowNs + 10_000_000;
            for (Peer peer : peers) {
                if (sending && peer.waiting == 0 && peer.dueNs <= nowNs) {
                    send(peer, nowNs);
                } else if (peer.out.hasRemaining()) {
                    flush(peer);
                }
                nextNs = peer.waiting == 0 ? Math.min(nextNs, peer.dueNs) : nextNs;
            }
            await(nextNs - System.nanoTime());
            if (nowNs > endNs + MAX_NANOS / 10) {
                throw new IOException("no answer for ten seconds");
            }
        }
    }

    private boolean isWaiting() {
        for (Peer peer : peers) {
            if (peer.waiting > 0) {
                return true;
            }
        }
        return false;
    }

    private void send(Peer peer, long nowNs) throws IOException {
        peer.out.clear();
        for (int i = 0; i < spec.pipeline(); i++) {
            mix.put(peer.out, keys.next(random), random);
        }
        peer.out.flip();
        peer.waiting = spec.pipeline();
        peer.sinceNs = spec.isOpen() ? peer.dueNs : nowNs;
        peer.dueNs = spec.isOpen() ? peer.dueNs + everyNs : nowNs;
        flush(peer);
    }

    private void flush(Peer peer) throws IOException {
        peer.channel.write(peer.out);
        SelectionKey key = peer.channel.keyFor(selector);
        if (key != null) {
            int more = peer.out.hasRemaining() ? SelectionKey.OP_WRITE : 0;
            key.interestOps(SelectionKey.OP_READ | more);
        }
    }

    private void await(long nanosToWait) throws IOException {
        long ms = nanosToWait / 1_000_000;
        if (ms > 0) {
            selector.select(ms);
        } else {
            selector.selectNow();
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() instanceof Peer peer) {
                if (key.isReadable()) {
                    receive(peer);
                }
                if (key.isValid() && key.isWritable()) {
                    flush(peer);
                }
            }
        }
        selector.selectedKeys().clear();
    }

    private void receive(Peer peer) throws IOException {
        in.clear();
        if (peer.channel.read(in) < 0) {
            throw new EOFException("the server has closed a connection");
        }
        int ended = peer.replies.read(in.flip());
        long tookNs = Math.clamp(System.nanoTime() - peer.sinceNs, 1, MAX_NANOS);
        if (ended > 0) {
            nanos.recordValueWithCount(tookNs, ended);
            requests += ended;
            peer.waiting -= ended;
        }
    }

    /** Latencies of the last run, in nanoseconds. */
    Histogram nanos() {
        return nanos;
    }

    /** Requests answered in the last run. */
    long requests() {
        return requests;
    }

    /** Error replies of all runs. */
    long errors() {
        long errors = 0;
        for (Peer peer : peers) {
            errors += peer.replies.errors();
        }
        return errors;
    }

    @Override
    public void close() throws IOException {
        for (Peer peer : peers) {
            peer.channel.close();
        }
        selector.close();
    }
}
