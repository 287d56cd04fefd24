package io.carnelian.server.feed;

import io.carnelian.server.client.Client;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The clients that asked for MONITOR. Each command is told to them after it ran, as {@code
 * +1700000000.123456 [0 127.0.0.1:50000] "SET" "k" "v"}.
 */
public final class Monitors {
    private static final HexFormat HEX = HexFormat.of();

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

    /** Tells the monitors of a command that just ran. */
    public void feed(MonitorLine line) {
        byte[] wire = line.wire();
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
                        HEX.toHexDigits(to.append("\\x"), b);
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
