package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import io.carnelian.server.memory.Memory;
import io.carnelian.server.store.Keyspace;
import io.carnelian.server.store.Snapshot;
import io.carnelian.server.table.Record;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the transcripts cannot show: many keys, roles, policies, snapshots. */
class KeyCommandsTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private Outcome run(String... args) {
        return server.run(args);
    }

    @Test
    void scansEveryKeyOnceWhenNothingChanges() {
        fill(10_000);
        Set<String> seen = new HashSet<>();
        String cursor = "0";
        do {
            String[] page = page(run("SCAN", cursor, "COUNT", "100"));
            cursor = page[0];
            for (int i = 1; i < page.length; i++) {
                assertThat(seen.add(page[i])).as(page[i]).isTrue();
            }
        } while (!cursor.equals("0"));
        assertThat(seen).hasSize(10_000);
    }

    @Test
    void scansDeleteExpiredKeysAndPropagateThat() {
        fill(100);
        for (int i = 0; i < 50; i++) {
            run("PEXPIRE", "key:" + i, "100");
        }
        server.advance(101);
        run("DBSIZE").returnsInteger(100);
        assertThat(page(run("KEYS", "*"))).hasSize(50);
        Outcome scan = run("SCAN", "0", "COUNT", "1000");
        assertThat(page(scan)).hasSize(1 + 50);
        assertThat(scan.effects()).hasSize(50).allMatch(e -> e.startsWith("DEL key:"));
        run("DBSIZE").returnsInteger(50);
    }

    @Test
    void randomkeyDeletesTheExpiredOnesItMeets() {
        run("RANDOMKEY").returnsNull();
        fill(3);
        for (int i = 0; i < 3; i++) {
            run("PEXPIRE", "key:" + i, "100");
        }
        server.advance(101);
        Outcome outcome = run("RANDOMKEY").returnsNull();
        assertThat(outcome.effects()).hasSize(3).allMatch(e -> e.startsWith("DEL key:"));
        fill(1);
        run("RANDOMKEY").returns("key:0");
    }

    /** More than one window of keys. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 32, 33, 100})
    void takesManyKeys(int count) {
        List<String> pairs = new ArrayList<>(List.of("MSET"));
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add("key:" + i);
            pairs.addAll(List.of("key:" + i, "value:" + i));
        }
        run(pairs.toArray(new String[0])).returns("+OK").changes(count);
        run(with("EXISTS", keys)).returnsInteger(count);
        assertThat(page(run(with("MGET", keys))))
                .hasSize(count)
                .startsWith("value:0")
                .endsWith("value:" + (count - 1));
        pairs.set(0, "MSETNX");
        run(pairs.toArray(new String[0])).returnsInteger(0);
        run(with("DEL", keys)).returnsInteger(count).changes(count);
        run(pairs.toArray(new String[0])).returnsInteger(1);
        run("GET", "key:" + (count - 1)).returns("value:" + (count - 1));
    }

    private static String[] with(String command, List<String> args) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(args);
        return words.toArray(new String[0]);
    }

    @Test
    void findsKeysByPattern() {
        run("MSET", "", "0", "one", "1", "two", "2", "three", "3", "four", "4");
        assertThat(page(run("KEYS", "*"))).hasSize(5);
        assertThat(page(run("KEYS", "t*"))).containsExactlyInAnyOrder("two", "three");
        assertThat(page(run("KEYS", "**"))).hasSize(4);
        assertThat(page(run("SCAN", "0", "MATCH", "t[^h]*"))).containsExactly("0", "two");
    }

    @Test
    void letsAReplicaKeepExpiredKeysHidden() {
        run("SET", "k", "v");
        server.keyspace().expiredKeys(Keyspace.EXPIRED_HIDE);
        run("EXPIRE", "k", "-1").returnsInteger(1).propagates("PEXPIREAT k 1699999999000");
        run("EXISTS", "k").returnsInteger(0).changesNothing();
        run("DBSIZE").returnsInteger(1);
        server.keyspace().expiredKeys(Keyspace.EXPIRED_DELETE);
        run("EXISTS", "k").returnsInteger(0).propagates("DEL k");
        run("DBSIZE").returnsInteger(0);
    }

    @Test
    void unlinksExpiredKeysIfToldSo() {
        server.server().effects().setLazyExpire(true);
        run("SET", "k", "v");
        run("EXPIRE", "k", "-1").returnsInteger(1).propagates("UNLINK k");
        run("SET", "k", "v");
        run("GETEX", "k", "PXAT", "1").returns("v").propagates("UNLINK k");
        run("SET", "k", "v", "PX", "10");
        server.advance(11);
        run("GET", "k").returnsNull().propagates("UNLINK k");
        run("SET", "k", "v");
        run("GETDEL", "k").returns("v").propagates("DEL k");
    }

    @Test
    void unlinksWhatACommandDeletesIfToldSo() {
        server.server().effects().setLazyUserDel(true);
        run("SET", "k", "v");
        run("GETDEL", "k").returns("v").propagates("UNLINK k");
        run("SET", "k", "v");
        run("DEL", "k").returnsInteger(1).propagates("DEL k");
        run("SET", "k", "v");
        run("EXPIRE", "k", "-1").returnsInteger(1).propagates("DEL k");
    }

    @Test
    void tellsEffectsInTheirDatabase() {
        run("SET", "k", "v", "PX", "10");
        run("SELECT", "3").returns("+OK").changesNothing();
        run("SET", "k", "w").propagates("[3] SET k w");
        server.advance(11);
        run("COPY", "k", "k", "DB", "0")
                .returnsInteger(1)
                .propagates("MULTI", "DEL k", "[3] COPY k k DB 0", "EXEC");
        run("SWAPDB", "0", "3").propagates("[3] SWAPDB 0 3");
        run("GET", "k").returns("w");
    }

    @Test
    void remembersTheLastUse() {
        run("SET", "k", "v");
        server.advance(5_000);
        for (String command : List.of("EXISTS", "TYPE", "TTL", "PTTL", "EXPIRETIME")) {
            run(command, "k");
        }
        run("OBJECT", "ENCODING", "k");
        run("KEYS", "*");
        run("SCAN", "0");
        run("OBJECT", "IDLETIME", "k").returnsInteger(5);
        run("TOUCH", "k").returnsInteger(1);
        run("OBJECT", "IDLETIME", "k").returnsInteger(0);
        server.advance(5_000);
        run("SET", "k", "v", "NX").returnsNull();
        run("OBJECT", "IDLETIME", "k").returnsInteger(0);
    }

    @Test
    void tellsFrequencyOnlyUnderAnLfuPolicy() {
        server.keyspace().accessClock().useLfu(true);
        run("SET", "k", "v");
        run("OBJECT", "FREQ", "k").returnsInteger(5);
        run("OBJECT", "IDLETIME", "k")
                .fails(
                        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please"
                                + " note that when switching between policies at runtime LRU and"
                                + " LFU data will take some time to adjust.");
        server.keyspace().accessClock().useLfu(false);
    }

    @Test
    void sharesAsManyIntegersAsConfigured() {
        server.sharedIntegers = 0;
        run("SET", "k", "1");
        run("OBJECT", "REFCOUNT", "k").returnsInteger(1);
    }

    /** Every way to write that this package has, against a snapshot that must not see it. */
    @Test
    void writesNothingIntoASnapshot() {
        String[] keys = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
        for (String key : keys) {
            run("SET", key, "12345", "EX", "100");
        }
        Map<String, String> before = new TreeMap<>();
        Snapshot snapshot = server.keyspace().cut();
        snapshot.walk(0, record -> before.put(key(record), content(record)));
        run("INCR", "a").returnsInteger(12_346);
        run("APPEND", "b", "6").returnsInteger(6);
        run("SETRANGE", "c", "1", "x").returnsInteger(5);
        run("EXPIRE", "d", "1").returnsInteger(1);
        run("PERSIST", "e").returnsInteger(1);
        run("RENAME", "f", "g").returns("+OK");
        run("INCRBYFLOAT", "h", "0.5").returns("12345.5");
        run("MOVE", "i", "1").returnsInteger(1);
        run("APPEND", "b", "7").returnsInteger(7);
        run("SETRANGE", "c", "2", "y").returnsInteger(5);
        run("GET", "c").returns("1xy45");
        run("FLUSHALL").returns("+OK");
        Map<String, String> after = new TreeMap<>();
        snapshot.walk(0, record -> after.put(key(record), content(record)));
        assertThat(after).isEqualTo(before).hasSize(keys.length);
        server.keyspace().end(snapshot);
    }

    private static String key(long record) {
        return text(Record.keyAddress(record), Record.keyLength(record));
    }

    private static String content(long record) {
        String value = text(Record.valueAddress(record), Record.valueLength(record));
        return Record.encoding(record) + " " + value + " " + Record.expireAt(record);
    }

    private static String text(long address, int length) {
        byte[] bytes = new byte[length];
        Memory.copyOut(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void fill(int keys) {
        for (int i = 0; i < keys; i++) {
            run("SET", "key:" + i, "v");
        }
    }

    /** The strings of a reply, nested or not, in their order. */
    private static String[] page(Outcome outcome) {
        String text = outcome.reply().replace("[", "").replace("]", "");
        return text.isEmpty() ? new String[0] : text.split(", ", -1);
    }
}
