package io.carnelian.server.feed;

import io.carnelian.server.client.Client;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The clients that asked for MONITOR. Each command is told to them before it runs, as {@code
 * +1700000000.123456 [0 127.0.0.1:50000] "SET" "k" "v"}.
 */
public final class Monitors {
    private final List<Client> clients = new ArrayList<>();

    public void add(Client client) {
        if (!client.monitor) {
            client.monitor = true;
            clients.add(client);
        }
    }

    public void remove(Client client) {
        client.monitor = false;
        clients.remove(client);
    }

    public boolean isEmpty() {
        return clients.isEmpty();
    }

    public int size() {
        return clients.size();
    }

    /**
     * Tells the monitors of a command.
     *
     * @param nowMicros wall-clock time in microseconds since 1970
     * @param source {@code addr} of the client, or {@code lua}
     */
    public void feed(
            long nowMicros,
            int db,
            String source,
            long[] argAddress,
            int[] argLength,
            int first,
            int argc) {
        StringBuilder line = new StringBuilder(64 + 16 * argc);
        line.append('+').append(nowMicros / 1_000_000).append('.');
        String micros = Long.toString(nowMicros % 1_000_000);
        line.append("000000", 0, 6 - micros.length()).append(micros);
        line.append(" [").append(db).append(' ').append(source).append(']');
        for (int i = first; i < first + argc; i++) {
            byte[] bytes = new byte[argLength[i]];
            Memory.copyOut(argAddress[i], bytes, 0, bytes.length);
            line.append(' ');
            quote(line, bytes);
        }
        line.append("\r\n");
        byte[] wire = Reply.ascii(line.toString());
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            client.output().bytes(wire);
            client.link().outputReady();
        }
    }

    /** Appends bytes between quotes, with Redis's escapes: {@code \\ \" \n \r \t \a \b \xHH}. */
    public static void quote(StringBuilder to, byte[] bytes) {
        to.append('"');
        for (byte b : bytes) {
            switch (b) {
                case '\\', '"' -> to.append('\\').append((char) b);
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                case 7 -> to.append("\\a");
                case '\b' -> to.append("\\b");
                default -> {
                    if (b >= 32 && b < 127) {
                        to.append((char) b);
                    } else {
                        to.append(String.format("\\x%02x", b & 0xFF));
                    }
                }
            }
        }
        to.append('"');
    }

    /** The quoted form as a string. */
    public static String quoted(String latin1) {
        StringBuilder to = new StringBuilder();
        quote(to, latin1.getBytes(StandardCharsets.ISO_8859_1));
        return to.toString();
    }
}
