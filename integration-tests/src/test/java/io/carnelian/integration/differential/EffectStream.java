package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.RespConnection;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a server tells its replicas: attaches with SYNC, passes over the snapshot, and reads the
 * commands behind it. PING is left out: when one comes is a matter of time.
 */
final class EffectStream implements Closeable {
    private static final int READ_TIMEOUT_MS = 20_000;

    private final Socket socket;
    private final InputStream in;

    EffectStream(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(READ_TIMEOUT_MS);
        in = new BufferedInputStream(socket.getInputStream());
        socket.getOutputStream().write(RespConnection.encode("SYNC"));
        String header = line();
        while (header.isEmpty()) {
            header = line();
        }
        if (!header.startsWith("$") || header.startsWith("$EOF:")) {
            throw new IOException("no snapshot of known length: " + header);
        }
        in.skipNBytes(Long.parseLong(header.substring(1)));
    }

    /** The effects up to a SET of this key, which is left out, each as its arguments. */
    List<List<byte[]>> upTo(String marker) throws IOException {
        List<List<byte[]>> effects = new ArrayList<>();
        while (true) {
            List<byte[]> effect = next();
            if (effect.size() > 1 && Arrays.equals(effect.get(1), Bytes.of(marker))) {
                return effects;
            }
            if (!is(effect, "PING")) {
                effects.add(effect);
            }
        }
    }

    static boolean is(List<byte[]> effect, String name) {
        return new String(effect.getFirst(), StandardCharsets.ISO_8859_1).equalsIgnoreCase(name);
    }

    private List<byte[]> next() throws IOException {
        String header = line();
        if (!header.startsWith("*")) {
            throw new IOException("not a command: " + header);
        }
        int count = Integer.parseInt(header.substring(1));
        List<byte[]> arguments = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            arguments.add(in.readNBytes(Integer.parseInt(line().substring(1))));
            in.skipNBytes(2);
        }
        return arguments;
    }

    private String line() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the stream ended");
            }
            if (b != '\r') {
                text.append((char) b);
            }
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
