package io.carnelian.ops.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A port of the loopback that stands for another one. What passes is treated by who connects, which
 * is told by the address that he comes from.
 *
 * <p>Any thread may change a treatment; it holds for what is under way, too. The monitor of the
 * relay guards all of it.
 */
public final class Relay implements AutoCloseable {
    private static final int BACKLOG = 128;

    private final int target;
    private final ServerSocket listener;
    private final Map<String, Treatment> treatments = new HashMap<>();
    private final Set<Crossing> crossings = new HashSet<>();
    private Treatment others = Treatment.OPEN;
    private boolean closed;

    /**
     * Listens at a free port.
     *
     * @param target the port that it stands for
     */
    public Relay(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("relay").start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    int target() {
        return target;
    }

    /** From now on the connections from one address are treated so. */
    public void treat(String address, Treatment treatment) {
        synchronized (this) {
            treatments.put(address, treatment);
        }
        apply();
    }

    /** From now on those from addresses that were not named are treated so. */
    public void treatOthers(Treatment treatment) {
        synchronized (this) {
            others = treatment;
        }
        apply();
    }

    /** Everything passes again. */
    public void heal() {
        synchronized (this) {
            treatments.clear();
            others = Treatment.OPEN;
        }
        apply();
    }

    /** A crossing has a monitor of its own, so it is not called with this one held. */
    private void apply() {
        List<Crossing> refused = new ArrayList<>();
        synchronized (this) {
            for (Crossing crossing : crossings) {
                if (closed || treatment(crossing.peer()).refused()) {
                    refused.add(crossing);
                }
            }
            notifyAll();
        }
        refused.forEach(Crossing::reset);
    }

    synchronized Treatment treatment(String peer) {
        return treatments.getOrDefault(peer, others);
    }

    /** Waits until bytes pass that way, and says how. */
    synchronized Flow awaitFlow(String peer, boolean toTarget) throws InterruptedException {
        while (true) {
            Treatment treatment = treatment(peer);
            Flow flow = toTarget ? treatment.toTarget() : treatment.fromTarget();
            if (!flow.silent()) {
                return flow;
            }
            wait();
        }
    }

    /** Waits until somebody who connects is answered again. */
    synchronized void awaitLight(String peer) throws InterruptedException {
        while (treatment(peer).isDark()) {
            wait();
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket near = listener.accept();
                near.setTcpNoDelay(true);
                var _ = new Crossing(this, near).start();
            } catch (IOException e) {
                if (listener.isClosed()) {
                    return;
                }
            }
        }
    }

    /** A connection is there; false: it must end at once. */
    synchronized boolean opened(Crossing crossing) {
        return !closed && !treatment(crossing.peer()).refused() && crossings.add(crossing);
    }

    synchronized void ended(Crossing crossing) {
        crossings.remove(crossing);
    }

    /** Connections that are there now. */
    synchronized int crossings() {
        return crossings.size();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        synchronized (this) {
            closed = true;
        }
        apply();
    }
}
