package io.carnelian.integration;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A raw connection to a server under test. It knows of RESP only where a reply ends, so that tests
 * can compare replies byte for byte; {@link Reply} looks inside where a test needs to. A client
 * library would hide what these tests are about.
 */
public final class RespConnection implements Closeable {
    private static final int READ_TIMEOUT_MS = 20_000;
    private static final int BUFFER_BYTES = 1 << 16;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;

    private RespConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Connects to a port of this machine; reads fail after 20 s without a byte. */
    public static RespConnection open(int port) throws IOException {
        return open(port, READ_TIMEOUT_MS);
    }

    /** The same for a server that may freeze: reads fail after that many milliseconds. */
    public static RespConnection open(int port, int readTimeoutMs) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(readTimeoutMs);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new RespConnection(socket);
    }

    /** Encodes a command as a RESP array of bulk strings. */
    public static byte[] encode(List<byte[]> arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ascii("*" + arguments.size() + "\r\n"));
        for (byte[] argument : arguments) {
            bytes.writeBytes(ascii("$" + argument.length + "\r\n"));
            bytes.writeBytes(argument);
            bytes.writeBytes(ascii("\r\n"));
        }
        return bytes.toByteArray();
    }

    /** Encodes a command given as text. */
    public static byte[] encode(String... arguments) {
        return encode(List.of(arguments).stream().map(RespConnection::ascii).toList());
    }

    /** Sends bytes as they are. */
    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /** Sends a part of some bytes. */
    public void send(byte[] bytes, int from, int to) throws IOException {
        out.write(bytes, from, to - from);
    }

    /** Sends a command and returns its reply. */
    public Reply call(String... arguments) throws IOException {
        send(encode(arguments));
        return readReply();
    }

    /** Reads one whole reply. */
    public Reply readReply() throws IOException {
        return Reply.parse(readRaw());
    }

    /** Reads the bytes of one whole reply: header, payload, nested replies. */
    public byte[] readRaw() throws IOException {
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        copyReply(raw);
        return raw.toByteArray();
    }

    /** Says that nothing more will be sent; the server still answers what it has. */
    public void finishSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Everything that the server sends until it closes or resets the connection. */
    public byte[] readToEnd() throws IOException {
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        try {
            while (true) {
                int count = fill();
                raw.write(buffer, position, count);
                position = limit;
            }
        } catch (EOFException | SocketException end) {
            // A server that closes with bytes unread resets the connection.
            return raw.toByteArray();
        }
    }

    /** Whether anything has arrived that was not read yet. */
    public boolean hasArrived() throws IOException {
        return position < limit || in.available() > 0;
    }

    /** Takes what has arrived, without waiting; returns the number of bytes. */
    public int discardArrived() throws IOException {
        int count = limit - position;
        position = limit;
        while (in.available() > 0) {
            count += in.read(buffer);
        }
        return count;
    }

    /** The fields of INFO, or of one section of it. */
    public Map<String, String> info(String section) throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (String line : call("INFO", section).text().lines().toList()) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.charAt(0) != '#') {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return fields;
    }

    /** One number out of INFO; fails if the field is missing. */
    public long infoLong(String section, String field) throws IOException {
        String value = info(section).get(field);
        if (value == null) {
            throw new IOException("INFO " + section + " has no " + field);
        }
        return Long.parseLong(value);
    }

    /** Closes with a reset, which leaves no TIME_WAIT behind: fuzzing opens thousands. */
    public void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void copyReply(ByteArrayOutputStream raw) throws IOException {
        int type = readByte();
        raw.write(type);
        long length = copyLine(raw, type);
        switch (type) {
            case '+', '-', ':', '_', '#', ',', '(' -> {}
            case '$', '=', '!' -> copyBytes(raw, length < 0 ? 0 : length + 2);
            case '*', '~', '>' -> copyReplies(raw, length);
            case '%' -> copyReplies(raw, 2 * length);
            case '|' -> copyReplies(raw, 2 * length + 1);
            default -> throw new IOException("not a RESP type: " + Bytes.quote(raw.toByteArray()));
        }
    }

    private void copyReplies(ByteArrayOutputStream raw, long count) throws IOException {
        for (long i = 0; i < count; i++) {
            copyReply(raw);
        }
    }

    /** Copies a header line; returns its number if the type has one. */
    private long copyLine(ByteArrayOutputStream raw, int type) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = readByte(); b != '\r'; b = readByte()) {
            raw.write(b);
            line.append((char) b);
        }
        raw.write('\r');
        raw.write(readByte());
        return "$*~>%|=!".indexOf(type) < 0 ? 0 : Long.parseLong(line, 0, line.length(), 10);
    }

    private void copyBytes(ByteArrayOutputStream raw, long count) throws IOException {
        for (long left = count; left > 0; ) {
            int available = fill();
            int part = (int) Math.min(left, available);
            raw.write(buffer, position, part);
            position += part;
            left -= part;
        }
    }

    private int readByte() throws IOException {
        fill();
        return buffer[position++] & 0xff;
    }

    private int fill() throws IOException {
        if (position == limit) {
            limit = in.read(buffer);
            position = 0;
            if (limit < 0) {
                limit = 0;
                throw new EOFException("connection closed by the server");
            }
        }
        return limit - position;
    }
}
