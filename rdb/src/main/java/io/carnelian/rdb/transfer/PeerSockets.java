package io.carnelian.rdb.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Connections to other servers that are kept for a while, since a migration is seldom alone. Any
 * thread.
 */
final class PeerSockets {
    private static final int MAX_KEPT = 64;
    private static final long KEPT_NANOS = 10_000_000_000L;

    /** A connection, and the database that it has selected there; -1 if that is not known. */
    static final class Peer {
        final boolean kept;
        long db;
        private final SocketChannel channel;
        private long usedNanos;

        private Peer(SocketChannel channel, boolean kept, long db) {
            this.channel = channel;
            this.kept = kept;
            this.db = db;
        }

        InputStream input() throws IOException {
            return channel.socket().getInputStream();
        }

        /**
         * Writes all of it. A stream would wait for ever for a peer that reads nothing more.
         *
         * @throws SocketTimeoutException if the peer takes nothing for so long
         */
        void write(ByteBuffer[] bytes, int timeoutMs) throws IOException {
            try (Selector selector = Selector.open()) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_WRITE);
                while (hasMore(bytes)) {
                    if (channel.write(bytes) == 0 && selector.select(timeoutMs) == 0) {
                        throw new SocketTimeoutException("the peer reads nothing");
                    }
                    selector.selectedKeys().clear();
                }
            }
            channel.configureBlocking(true);
        }

        private static boolean hasMore(ByteBuffer[] bytes) {
            for (ByteBuffer part : bytes) {
                if (part.hasRemaining()) {
                    return true;
                }
            }
            return false;
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final Map<String, Peer> idle = new HashMap<>();

    /**
     * A connection of one's own.
     *
     * @param fresh never one that was kept
     */
    Peer take(String host, int port, int timeoutMs, boolean fresh) throws IOException {
        synchronized (this) {
            Peer known = idle.remove(host + ":" + port);
            if (known != null) {
                if (!fresh) {
                    known.channel.socket().setSoTimeout(timeoutMs);
                    return new Peer(known.channel, true, known.db);
                }
                known.close();
            }
        }
        SocketChannel channel = SocketChannel.open();
        try {
            Socket socket = channel.socket();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMs);
            socket.connect(new InetSocketAddress(host, port), timeoutMs);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        return new Peer(channel, false, -1);
    }

    /** Keeps a connection for who comes next. */
    synchronized void giveBack(String host, int port, Peer peer) {
        peer.usedNanos = System.nanoTime();
        if (idle.size() >= MAX_KEPT) {
            Iterator<Peer> some = idle.values().iterator();
            some.next().close();
            some.remove();
        }
        Peer before = idle.put(host + ":" + port, peer);
        if (before != null) {
            before.close();
        }
    }

    /** Closes those that nobody has used for ten seconds. */
    synchronized void everySecond() {
        long now = System.nanoTime();
        for (Iterator<Peer> all = idle.values().iterator(); all.hasNext(); ) {
            Peer peer = all.next();
            if (now - peer.usedNanos > KEPT_NANOS) {
                peer.close();
                all.remove();
            }
        }
    }

    synchronized int kept() {
        return idle.size();
    }
}
