package io.carnelian.rdb.transfer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
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
        final Socket socket;
        final boolean kept;
        long db;
        private long usedNanos;

        private Peer(Socket socket, boolean kept, long db) {
            this.socket = socket;
            this.kept = kept;
            this.db = db;
        }

        void close() {
            try {
                socket.close();
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
                    known.socket.setSoTimeout(timeoutMs);
                    return new Peer(known.socket, true, known.db);
                }
                known.close();
            }
        }
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMs);
            socket.connect(new InetSocketAddress(host, port), timeoutMs);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return new Peer(socket, false, -1);
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
