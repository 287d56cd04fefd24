package io.carnelian.replication.primary;

import io.carnelian.server.client.Client;
import io.carnelian.server.net.Dialer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** A connection from one node to another: what it brings comes in pieces, when a test says so. */
final class FakeWire implements Dialer.Wire {
    private final Node peer;
    private final Client client;
    private final Dialer.Listener listener;
    private final Random random;
    private int delivered;
    private boolean connected;
    private boolean reads = true;
    private boolean closing;
    private boolean ended;

    FakeWire(Node peer, Dialer.Listener listener, Random random) {
        this.peer = peer;
        this.client = peer.connect();
        this.listener = listener;
        this.random = random;
    }

    /** Lets something happen. Returns false when nothing was left to. */
    boolean step() {
        if (ended) {
            return false;
        }
        if (!connected) {
            connected = true;
            listener.connected();
            return true;
        }
        int all = peer.link(client).receivedBytes();
        if (reads && !closing && delivered < all) {
            int to = Math.min(all, delivered + 1 + random.nextInt(40_000));
            ByteBuf bytes = Unpooled.directBuffer();
            bytes.writeBytes(peer.link(client).received(delivered, to));
            delivered = to;
            listener.received(bytes);
            return true;
        }
        if (closing || peer.link(client).isClosed()) {
            ended = true;
            peer.disconnect(client);
            listener.closed("ended");
            return true;
        }
        return false;
    }

    boolean isEnded() {
        return ended;
    }

    @Override
    public void send(byte[] bytes) {
        if (closing || ended || bytes[0] == '\n') {
            return;
        }
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n");
        String[] words = new String[Integer.parseInt(lines[0].substring(1))];
        for (int i = 0; i < words.length; i++) {
            words[i] = lines[2 + 2 * i];
        }
        peer.run(client, words);
    }

    @Override
    public void reads(boolean on) {
        reads = on;
    }

    @Override
    public void close() {
        closing = true;
    }

    @Override
    public String peerAddress() {
        return "127.0.0.1:1";
    }

    @Override
    public String localAddress() {
        return "127.0.0.1:2";
    }

    @Override
    public int fileDescriptor() {
        return -1;
    }
}
