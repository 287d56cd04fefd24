package io.carnelian.integration.differential;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that a client can read of a server's data: in every database each key's type,
 * encoding, value and expiry. The connection must speak RESP2 and is left in database 0.
 */
final class KeyspaceDump {
    private static final int DATABASES = 16;
    private static final long EXPIRY_TOLERANCE_MS = 2_000;

    private final Map<String, Entry> entries = new TreeMap<>();

    /** What is known of one key; the expiry is PEXPIRETIME's, -1 for none. */
    private record Entry(
            String type, String encoding, Reply value, List<String> members, long expiryMs) {
        boolean same(Entry other) {
            boolean near = Math.abs(expiryMs - other.expiryMs) <= EXPIRY_TOLERANCE_MS;
            return type.equals(other.type)
                    && Comparison.sameEncoding(other.encoding, encoding)
                    && value.equals(other.value)
                    && members.equals(other.members)
                    && (expiryMs == other.expiryMs || (near && expiryMs > 0));
        }
    }

    private KeyspaceDump() {}

    static KeyspaceDump of(RespConnection connection) throws IOException {
        KeyspaceDump dump = new KeyspaceDump();
        for (int db = 0; db < DATABASES; db++) {
            connection.call("SELECT", Integer.toString(db));
            for (Reply key : connection.call("KEYS", "*").elements()) {
                dump.add(connection, db, key.bytes());
            }
        }
        connection.call("SELECT", "0");
        return dump;
    }

    int size() {
        return entries.size();
    }

    /** A line for each key that differs from the expected dump. */
    List<String> differencesFrom(KeyspaceDump expected) {
        List<String> lines = new ArrayList<>();
        expected.entries.forEach((key, entry) -> {
            Entry ours = entries.get(key);
            if (ours == null) {
                lines.add("missing key " + key + ": expected " + entry);
            } else if (!ours.same(entry)) {
                lines.add("key " + key + ": expected " + entry + ", got " + ours);
            }
        });
        entries.forEach((key, entry) -> {
            if (!expected.entries.containsKey(key)) {
                lines.add("extra key " + key + ": " + entry);
            }
        });
        return lines;
    }

    private void add(RespConnection connection, int db, byte[] key) throws IOException {
        for (List<byte[]> command :
                List.of(
                        List.of(Bytes.of("TYPE"), key),
                        List.of(Bytes.of("OBJECT"), Bytes.of("ENCODING"), key),
                        List.of(Bytes.of("GET"), key),
                        List.of(Bytes.of("SMEMBERS"), key),
                        List.of(Bytes.of("HGETALL"), key),
                        List.of(Bytes.of("LRANGE"), key, Bytes.of("0"), Bytes.of("-1")),
                        List.of(
                                Bytes.of("ZRANGE"),
                                key,
                                Bytes.of("0"),
                                Bytes.of("-1"),
                                Bytes.of("WITHSCORES")),
                        List.of(Bytes.of("PEXPIRETIME"), key))) {
            connection.send(RespConnection.encode(command));
        }
        String type = connection.readReply().text();
        String encoding = connection.readReply().text();
        Reply value = connection.readReply();
        List<String> members = new ArrayList<>();
        connection.readReply().elements().forEach(member -> members.add(member.text()));
        List<Reply> pairs = connection.readReply().elements();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            members.add(pairs.get(i).text() + " = " + pairs.get(i + 1).text());
        }
        Collections.sort(members);
        for (int i = 0; i < 2; i++) {
            Reply elements = connection.readReply();
            if (!elements.isError()) {
                value = elements;
            }
        }
        long expiryMs = connection.readReply().integer();
        if (expiryMs != -2) { // expired since KEYS
            Entry entry = new Entry(type, encoding, value, members, expiryMs);
            entries.put(db + ":" + Bytes.quote(key), entry);
        }
    }
}
