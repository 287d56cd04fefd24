package io.carnelian.replication.primary;

import io.carnelian.server.client.Client;
import io.carnelian.server.client.NoLink;
import io.carnelian.server.client.ReplicaLink;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection without a socket: what it was given lies in {@link #received} once its peer has read
 * it. The peer reads everything at once, or as much as {@link #window} allows.
 */
final class FakeLink extends NoLink implements ReplicaLink {
    private static final class Received extends ByteArrayOutputStream {
        byte[] range(int from, int to) {
            return Arrays.copyOfRange(buf, from, Math.min(to, count));
        }
    }

    private record Pending(ByteBuf bytes, Sent done, boolean ofCommandThread) {}

    private final String address;
    private final Consumer<Runnable> commandThread;
    private final ArrayDeque<Pending> queue = new ArrayDeque<>();
    private final Received received = new Received();
    private @Nullable Client client;
    private long window = Long.MAX_VALUE;
    private boolean closed;
    private int resumed;

    /** Bytes that the peer has sent, as far as a test says so. */
    long arrived;

    FakeLink(String address, Consumer<Runnable> commandThread) {
        this.address = address;
        this.commandThread = commandThread;
    }

    void attach(Client owner) {
        client = owner;
    }

    /** How many more bytes the peer will read. */
    synchronized void window(long bytes) {
        window = bytes;
        deliver();
    }

    /** What lies there from one byte to another. */
    synchronized byte[] received(int from, int to) {
        return received.range(from, to);
    }

    synchronized byte[] received() {
        return received.toByteArray();
    }

    synchronized String text() {
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    synchronized int receivedBytes() {
        return received.size();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    int resumed() {
        return resumed;
    }

    @Override
    public synchronized void write(ByteBuf bytes, Sent done) {
        takeOutput();
        queue.add(new Pending(bytes, done, true));
        if (closed) {
            deliver();
        }
    }

    @Override
    public synchronized void flush() {
        deliver();
    }

    @Override
    public synchronized void send(ByteBuf bytes, Sent done) {
        queue.add(new Pending(bytes, done, false));
        deliver();
    }

    /** Whole buffers only, but at least one byte of window lets a buffer through. */
    private void deliver() {
        while (!queue.isEmpty() && (closed || window > 0)) {
            Pending next = queue.remove();
            int length = next.bytes.readableBytes();
            boolean ok = !closed;
            if (ok) {
                byte[] copy = new byte[length];
                next.bytes.getBytes(next.bytes.readerIndex(), copy);
                received.writeBytes(copy);
                window = window == Long.MAX_VALUE ? window : window - length;
            }
            next.bytes.release();
            if (next.ofCommandThread) {
                commandThread.accept(() -> next.done.sent(length, ok));
            } else {
                next.done.sent(length, ok);
            }
        }
    }

    private void takeOutput() {
        Client owner = client;
        if (owner == null) {
            return;
        }
        for (ByteBuf b = owner.output().take(); b != null; b = owner.output().take()) {
            queue.add(new Pending(b, (bytes, ok) -> {}, false));
        }
    }

    @Override
    public synchronized void outputReady() {
        takeOutput();
        deliver();
    }

    @Override
    public synchronized void close(boolean afterOutput) {
        closed = true;
        deliver();
    }

    @Override
    public long arrivedBytes() {
        return arrived;
    }

    @Override
    public ReplicaLink replicaLink() {
        return this;
    }

    @Override
    public String peerAddress() {
        return address;
    }

    @Override
    public String localAddress() {
        return "127.0.0.1:6379";
    }

    @Override
    public void resume() {
        resumed++;
    }
}
