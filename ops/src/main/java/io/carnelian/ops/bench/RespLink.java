package io.carnelian.ops.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A blocking RESP2 connection, just enough for a measuring tool: one command, one reply, and INFO
 * as a map. Replies come back as {@link Long}, {@link String} (ISO 8859-1, one char a byte), {@link
 * List} or {@link ErrorReply}; a null reply is the string {@link #NIL}.
 */
public final class RespLink implements Closeable {
    /** Stands for a null bulk string or null array. */
    public static final String NIL = "(nil)";

    private static final int CONNECT_TIMEOUT_MS = 2_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    /** An error reply, without its leading minus sign. */
    public record ErrorReply(String text) {}

    /** Connects to a port of this machine. */
    public RespLink(int port, int readTimeoutMs) throws IOException {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), readTimeoutMs);
    }

    /**
     * Connects.
     *
     * @param readTimeoutMs how long a reply may take; 0: any time
     */
    public RespLink(InetSocketAddress address, int readTimeoutMs) throws IOException {
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(readTimeoutMs);
        socket.connect(address, CONNECT_TIMEOUT_MS);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        out = socket.getOutputStream();
    }

    /** Sends one command and waits for its reply. */
    public Object call(String... arguments) throws IOException {
        out.write(encode(arguments));
        return readReply();
    }

    /** As {@link #call}, but an error reply is thrown. */
    public Object require(String... arguments) throws IOException {
        Object reply = call(arguments);
        if (reply instanceof ErrorReply error) {
            throw new IOException(String.join(" ", arguments) + ": " + error.text());
        }
        return reply;
    }

    /** The fields of INFO, or of one of its sections; empty if the server refuses. */
    public Map<String, String> info(String section) throws IOException {
        Map<String, String> fields = new HashMap<>();
        if (call("INFO", section) instanceof String text) {
            for (String line : text.lines().toList()) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.charAt(0) != '#') {
                    fields.put(line.substring(0, colon), line.substring(colon + 1));
                }
            }
        }
        return fields;
    }

    /** One numeric field of INFO, or -1 if it is not there. */
    public long infoLong(String section, String field) throws IOException {
        String value = info(section).get(field);
        return value == null ? -1 : Long.parseLong(value);
    }

    /** Writes bytes that are already encoded; the caller reads as many replies as it asked for. */
    public void send(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
    }

    public Object readReply() throws IOException {
        int type = readByte();
        String line = readLine();
        return switch (type) {
            case '+' -> line;
            case '-' -> new ErrorReply(line);
            case ':' -> Long.valueOf(line);
            case '$' -> readBulk(Integer.parseInt(line));
            case '*' -> readArray(Integer.parseInt(line));
            default -> throw new IOException("not a RESP2 reply: " + (char) type + line);
        };
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    public static byte[] encode(String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ascii("*" + arguments.length + "\r\n"));
        for (String argument : arguments) {
            byte[] raw = argument.getBytes(StandardCharsets.ISO_8859_1);
            bytes.writeBytes(ascii("$" + raw.length + "\r\n"));
            bytes.writeBytes(raw);
            bytes.writeBytes(ascii("\r\n"));
        }
        return bytes.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private String readBulk(int length) throws IOException {
        if (length < 0) {
            return NIL;
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("connection closed inside a bulk string");
        }
        readByte();
        readByte();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private Object readArray(int count) throws IOException {
        if (count < 0) {
            return NIL;
        }
        List<Object> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            elements.add(readReply());
        }
        return elements;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = readByte(); b != '\r'; b = readByte()) {
            line.append((char) b);
        }
        readByte();
        return line.toString();
    }

    private int readByte() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException("connection closed by the server");
        }
        return b;
    }
}
