package io.carnelian.rdb.transfer;

import io.netty.buffer.ByteBuf;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * One MIGRATE on the wire: sends everything at once and reads an answer for each command. It knows
 * nothing of the keyspace and runs on any thread.
 *
 * <pre>
 *   AUTH ─ SELECT ─ RESTORE ─ RESTORE ...  ──►
 *                                          ◄── + + + -BUSYKEY ...     which keys were taken
 * </pre>
 *
 * A connection that was kept may have been closed by the peer meanwhile: if nothing has been
 * answered, it is tried once more on a new one.
 */
final class Migration implements Runnable {
    private static final int MAX_LINE = 16 * 1024;

    /** What is sent. */
    record Order(
            String host, int port, int timeoutMs, byte[] auth, byte[] select, long db, int keys) {}

    private final Order order;
    private final ByteBuf restores;
    private final PeerSockets sockets;

    /** Keys that the peer has taken, by their number. */
    final BitSet taken = new BitSet();

    /** The first error that the peer answered; empty if none. */
    String refusal = "";

    /** What went wrong with the connection, as the client is told; empty if nothing. */
    String failure = "";

    /**
     * @param restores the commands for the keys; released by who made it
     */
    Migration(Order order, ByteBuf restores, PeerSockets sockets) {
        this.order = order;
        this.restores = restores;
        this.sockets = sockets;
    }

    @Override
    public void run() {
        if (!attempt(false)) {
            var _ = attempt(true);
        }
    }

    /** False if it is worth another try. */
    private boolean attempt(boolean fresh) {
        failure = "";
        PeerSockets.Peer peer;
        try {
            peer = sockets.take(order.host, order.port, order.timeoutMs, fresh);
        } catch (ConnectException e) {
            // Redis connects without waiting: it finds out that it was refused when it writes.
            failure = "IOERR error or timeout writing to target instance";
            return true;
        } catch (IOException | RuntimeException e) {
            failure = "IOERR error or timeout connecting to the client";
            return true;
        }
        boolean writing = true;
        boolean answered = false;
        try {
            boolean select = peer.db != order.db;
            send(peer, select);
            writing = false;
            InputStream in = new BufferedInputStream(peer.input());
            String before = order.auth.length > 0 ? line(in) : "+";
            answered = true;
            String selected = select ? line(in) : "+";
            for (int i = 0; i < order.keys; i++) {
                judge(i, before, selected, line(in));
            }
            peer.db = refusal.isEmpty() ? order.db : -1;
            sockets.giveBack(order.host, order.port, peer);
            return true;
        } catch (IOException e) {
            // First of all: without it the answer is OK.
            failure =
                    "IOERR error or timeout "
                            + (writing ? "writing" : "reading")
                            + " to target instance";
            peer.close();
            boolean late = e instanceof SocketTimeoutException;
            return !peer.kept || fresh || answered || !taken.isEmpty() || late;
        }
    }

    private void judge(int key, String auth, String select, String answer) {
        String error = auth.startsWith("-") ? auth : select.startsWith("-") ? select : answer;
        if (!error.startsWith("-")) {
            taken.set(key);
        } else if (refusal.isEmpty()) {
            refusal = "ERR Target instance replied with error: " + error.substring(1);
        }
    }

    private void send(PeerSockets.Peer peer, boolean select) throws IOException {
        ByteBuffer[] bytes = {
            ByteBuffer.wrap(order.auth),
            ByteBuffer.wrap(select ? order.select : new byte[0]),
            restores.nioBuffer()
        };
        peer.write(bytes, order.timeoutMs);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
            if (line.length() > MAX_LINE) {
                throw new IOException("an answer without end");
            }
        }
        return line.toString();
    }

    /** A command in the protocol's form. */
    static byte[] command(byte[]... words) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ascii("*" + words.length + "\r\n"));
        for (byte[] word : words) {
            bytes.writeBytes(ascii("$" + word.length + "\r\n"));
            bytes.writeBytes(word);
            bytes.writeBytes(ascii("\r\n"));
        }
        return bytes.toByteArray();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
