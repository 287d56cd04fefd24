package io.carnelian.integration.replica;

import io.carnelian.integration.Bytes;
import io.carnelian.integration.Reply;
import io.carnelian.integration.RespConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Compares the data of a replica with its primary's: the primary is scanned, and the value and the
 * expiry of each key, in milliseconds, are asked of both, pipelined. With equal sizes that proves
 * the key sets equal. All types but streams.
 */
public final class SameData {
    private static final String[] DATABASES = {"0", "1"};
    private static final String ELEMENTS = "elements";
    private static final int PAGE = 1_000;
    private static final int MOST_SHOWN = 20;

    private final RespConnection primary;
    private final RespConnection replica;
    private final List<String> differences = new ArrayList<>();
    private long keys;

    private SameData(RespConnection primary, RespConnection replica) {
        this.primary = primary;
        this.replica = replica;
    }

    /** What differs, a line each, at most 20; empty if nothing does. */
    public static List<String> differences(RespConnection primary, RespConnection replica)
            throws IOException {
        SameData comparison = new SameData(primary, replica);
        for (String db : DATABASES) {
            primary.call("SELECT", db);
            replica.call("SELECT", db);
            comparison.compareDatabase(db);
        }
        return comparison.differences;
    }

    private void compareDatabase(String db) throws IOException {
        String cursor = "0";
        keys = 0;
        do {
            Reply page = primary.call("SCAN", cursor, "COUNT", Integer.toString(PAGE));
            cursor = page.elements().getFirst().text();
            comparePage(db, page.elements().get(1).elements());
        } while (!cursor.equals("0") && differences.size() < MOST_SHOWN);
        long ours = primary.call("DBSIZE").integer();
        if (keys < ours && differences.isEmpty()) {
            differences.add("db " + db + ": SCAN gave " + keys + " keys of " + ours);
        }
    }

    private void comparePage(String db, List<Reply> page) throws IOException {
        ByteArrayOutputStream questions = new ByteArrayOutputStream();
        for (Reply key : page) {
            questions.writeBytes(RespConnection.encode(List.of(Bytes.of("GET"), key.bytes())));
            questions.writeBytes(RespConnection.encode(List.of(Bytes.of("SMEMBERS"), key.bytes())));
            questions.writeBytes(RespConnection.encode(List.of(Bytes.of("HGETALL"), key.bytes())));
            questions.writeBytes(
                    RespConnection.encode(
                            List.of(
                                    Bytes.of("LRANGE"),
                                    key.bytes(),
                                    Bytes.of("0"),
                                    Bytes.of("-1"))));
            questions.writeBytes(
                    RespConnection.encode(
                            List.of(
                                    Bytes.of("ZRANGE"),
                                    key.bytes(),
                                    Bytes.of("0"),
                                    Bytes.of("-1"),
                                    Bytes.of("WITHSCORES"))));
            questions.writeBytes(
                    RespConnection.encode(List.of(Bytes.of("PEXPIRETIME"), key.bytes())));
        }
        primary.send(questions.toByteArray());
        replica.send(questions.toByteArray());
        for (Reply key : page) {
            keys++;
            compare(db, key, "value");
            compare(db, key, "members");
            compare(db, key, "fields");
            compare(db, key, ELEMENTS);
            compare(db, key, ELEMENTS);
            compare(db, key, "expiry");
        }
    }

    /** A set's members, a set of one for any other reply. */
    private static Set<String> members(byte[] raw) {
        Reply reply = Reply.parse(raw);
        Set<String> members = new HashSet<>();
        reply.elements().forEach(each -> members.add(each.text()));
        if (raw[0] != '*' || members.isEmpty()) {
            members.add(Bytes.quote(raw));
        }
        return members;
    }

    private void compare(String db, Reply key, String what) throws IOException {
        byte[] expected = primary.readRaw();
        byte[] actual = replica.readRaw();
        if (!Arrays.equals(expected, actual)
                && (what.equals(ELEMENTS) || !members(expected).equals(members(actual)))
                && differences.size() < MOST_SHOWN) {
            differences.add(
                    String.format(
                            "db %s, %s of %s: primary %s, replica %s",
                            db, what, key, Bytes.quote(expected), Bytes.quote(actual)));
        }
    }
}
