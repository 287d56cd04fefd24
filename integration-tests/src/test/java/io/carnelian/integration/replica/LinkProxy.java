package io.carnelian.integration.replica;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** A port that stands for another one: what comes from there passes at a limited rate. */
public final class LinkProxy implements AutoCloseable {
    private static final int PIECE_BYTES = 16 * 1024;

    private final int target;
    private final long bytesPerSecond;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    LinkProxy(int target, long bytesPerSecond) throws IOException {
        this(InetAddress.getLoopbackAddress(), target, bytesPerSecond);
    }

    /** Listens at an address of this machine for a port of this machine. */
    public LinkProxy(InetAddress at, int target, long bytesPerSecond) throws IOException {
        this.target = target;
        this.bytesPerSecond = bytesPerSecond;
        this.listener = new ServerSocket(0, 50, at);
        Thread.ofPlatform().daemon().name("proxy").start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Ends every connection. */
    public void cut() throws IOException {
        // One by one: somebody may be back already.
        Iterator<Socket> all = sockets.iterator();
        while (all.hasNext()) {
            all.next().close();
            all.remove();
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket near = listener.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(near);
                sockets.add(far);
                Thread.ofPlatform().daemon().start(() -> pass(near, far, Long.MAX_VALUE));
                Thread.ofPlatform().daemon().start(() -> pass(far, near, bytesPerSecond));
            } catch (IOException refused) {
                // Closed, or the other side is not there: the next connection may do better.
            }
        }
    }

    private static void pass(Socket from, Socket to, long perSecond) {
        byte[] piece = new byte[PIECE_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                out.write(piece, 0, n);
                if (perSecond < Long.MAX_VALUE) {
                    LockSupport.parkNanos(n * 1_000_000_000L / perSecond);
                }
            }
        } catch (IOException ended) {
            // That is how a connection ends here.
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        cut();
    }
}
