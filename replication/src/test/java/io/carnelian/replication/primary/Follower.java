package io.carnelian.replication.primary;

import io.carnelian.rdb.format.ArrayBlob;
import io.carnelian.rdb.format.RdbEntries;
import io.carnelian.rdb.format.RdbReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A replica as far as a test needs one: reads what a primary sent, payload and stream, and knows
 * the data set and the position that follow from it.
 */
final class Follower {
    private final Map<String, String> data = new TreeMap<>();
    private final byte[] wire;
    private int at;
    private int db;
    private long position;
    private String replid = "";

    /**
     * @param wire everything from the answer to PSYNC on
     */
    Follower(byte[] wire) {
        this.wire = wire;
    }

    Map<String, String> data() {
        return data;
    }

    long position() {
        return position;
    }

    String replid() {
        return replid;
    }

    /** {@code +FULLRESYNC}, the payload in either form, then the stream up to the end. */
    Follower readAll() throws IOException {
        String[] answer = line().split(" ");
        if (!answer[0].equals("+FULLRESYNC")) {
            throw new IOException("unexpected " + answer[0]);
        }
        replid = answer[1];
        position = Long.parseLong(answer[2]);
        String header = line();
        while (header.isEmpty()) {
            header = line();
        }
        if (header.startsWith("$EOF:")) {
            int end = indexOf(header.substring(5).getBytes(StandardCharsets.ISO_8859_1));
            load(end);
            at = end + 40;
        } else {
            int end = at + Integer.parseInt(header.substring(1));
            load(end);
            at = end;
        }
        return readStream();
    }

    private void load(int end) throws IOException {
        var payload = new ByteArrayInputStream(wire, at, end - at);
        RdbReader reader = new RdbReader(payload, 4096, true);
        ArrayBlob key = new ArrayBlob(1 << 20);
        ArrayBlob value = new ArrayBlob(1 << 20);
        var entries = new RdbEntries(reader, new RdbEntries.Listener() {}, 16, key);
        entries.begin();
        while (entries.next()) {
            reader.readString(value);
            String name = entries.db() + " " + key.text();
            data.put(name, value.text() + " @" + entries.expireAtMs());
        }
        if (reader.offset() != end - at) {
            throw new IOException("payload of " + (end - at) + ", read " + reader.offset());
        }
        db = 0;
    }

    Follower readStream() {
        while (at < wire.length) {
            int begin = at;
            String[] words = new String[Integer.parseInt(line().substring(1))];
            for (int i = 0; i < words.length; i++) {
                int length = Integer.parseInt(line().substring(1));
                words[i] = new String(wire, at, length, StandardCharsets.ISO_8859_1);
                at += length + 2;
            }
            apply(words);
            position += at - begin;
        }
        return this;
    }

    private void apply(String[] words) {
        switch (words[0]) {
            case "SELECT" -> db = Integer.parseInt(words[1]);
            case "set" -> data.put(db + " " + words[1], words[2] + " @-1");
            case "setat" -> data.put(db + " " + words[1], words[2] + " @" + words[3]);
            case "del" -> data.remove(db + " " + words[1]);
            case "PING", "REPLCONF" -> {}
            default -> throw new IllegalStateException(Arrays.toString(words));
        }
    }

    private String line() {
        int end = at;
        while (wire[end] != '\n') {
            end++;
        }
        int length = end > at && wire[end - 1] == '\r' ? end - 1 - at : end - at;
        String line = new String(wire, at, length, StandardCharsets.ISO_8859_1);
        at = end + 1;
        return line;
    }

    private int indexOf(byte[] mark) throws IOException {
        for (int i = at; i + mark.length <= wire.length; i++) {
            if (Arrays.equals(wire, i, i + mark.length, mark, 0, mark.length)) {
                return i;
            }
        }
        throw new IOException("no end mark");
    }
}
