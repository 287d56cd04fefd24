package io.carnelian.ops.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection through a relay: a lane each way. Who connects while nothing passes gets no
 * answer, and is reset when something does: his handshake would have been lost.
 */
final class Crossing {
    private static final int CONNECT_TIMEOUT_MS = 2_000;

    private final Relay relay;
    private final Socket near;
    private final Socket far = new Socket();
    private final String peer;
    private final List<Thread> threads = new ArrayList<>();
    private int lanesEnded;
    private boolean ended;

    Crossing(Relay relay, Socket near) {
        this.relay = relay;
        this.near = near;
        this.peer = near.getInetAddress().getHostAddress();
    }

    /** The address that it comes from. */
    String peer() {
        return peer;
    }

    Crossing start() {
        if (relay.opened(this)) {
            run(this::open);
        } else {
            reset();
        }
        return this;
    }

    private synchronized void run(Runnable task) {
        if (!ended) {
            threads.add(Thread.ofVirtual().start(task));
        }
    }

    private void open() {
        try {
            if (relay.treatment(peer).isDark()) {
                relay.awaitLight(peer);
                reset();
                return;
            }
            far.setTcpNoDelay(true);
            far.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.target()),
                    CONNECT_TIMEOUT_MS);
        } catch (IOException | InterruptedException e) {
            reset();
            return;
        }
        lane(new Lane(this, near, far, true));
        lane(new Lane(this, far, near, false));
    }

    private void lane(Lane lane) {
        run(lane::read);
        run(lane::write);
    }

    Flow awaitFlow(boolean toTarget) throws InterruptedException {
        return relay.awaitFlow(peer, toTarget);
    }

    /** One side has said all, and the other has it. */
    synchronized void laneEnded() {
        if (++lanesEnded == 2) {
            end();
        }
    }

    /** Ends it for both sides, whatever is under way. */
    synchronized void reset() {
        if (!ended) {
            linger(near);
            linger(far);
            end();
        }
    }

    /** Closing then sends RST in place of FIN. */
    private static void linger(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException closedAlready) {
            return;
        }
    }

    private void end() {
        ended = true;
        close(near);
        close(far);
        threads.forEach(Thread::interrupt);
        relay.ended(this);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException closedAlready) {
            return;
        }
    }
}
