package io.carnelian.ops.bench.stall;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Answers whatever comes with {@code +OK}, on a thread of this process: what a probe waits here is
 * the machine's own doing, and no server on it can be quieter. Serves one connection.
 */
final class EchoServer implements Closeable {
    private static final byte[] REPLY = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_REQUEST_BYTES = 4096;

    /** What each request begins with, and has nowhere else. */
    private static final byte REQUEST = '*';

    private final ServerSocket listener;

    EchoServer() throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("echo").start(this::serve);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void serve() {
        byte[] request = new byte[MAX_REQUEST_BYTES];
        try (Socket client = listener.accept()) {
            client.setTcpNoDelay(true);
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            for (int n = in.read(request); n > 0; n = in.read(request)) {
                for (int i = 0; i < n; i++) {
                    if (request[i] == REQUEST) {
                        out.write(REPLY);
                    }
                }
            }
        } catch (IOException e) {
            if (!listener.isClosed()) {
                throw new IllegalStateException("the echo ended: " + e, e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
