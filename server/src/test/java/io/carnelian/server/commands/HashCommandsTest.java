package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replies, effects and encodings of hashes are those of Redis 7.0. */
class HashCommandsTest {
    private static final String WRONG_TYPE =
            "WRONGTYPE Operation against a key holding the wrong kind of value";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private CommandsFixture.Outcome run(String... args) {
        return server.run(args);
    }

    @Test
    void hset() {
        run("HSET", "h", "a", "1", "b", "x", "a", "2")
                .returnsInteger(2)
                .changes(3)
                .propagates("HSET h a 1 b x a 2");
        run("HGETALL", "h").returns("[a, 2, b, x]");
        run("HSET", "h", "b", "yy", "c", "").returnsInteger(1).changes(2);
        run("HMSET", "h", "c", "3").returns("+OK").propagates("HMSET h c 3");
        run("HGETALL", "h").returns("[a, 2, b, yy, c, 3]");
        run("HSET", "h", "a").fails("ERR wrong number of arguments for 'hset' command");
        run("HSET", "h", "a", "1", "b").fails("ERR wrong number of arguments for 'hset' command");
        run("HMSET", "h", "a", "1", "b").fails("ERR wrong number of arguments for 'hmset' command");
        run("TYPE", "h").returns("+hash");
        run("SET", "s", "1");
        run("HSET", "s", "a", "1").fails(WRONG_TYPE);
        run("HGET", "s", "a").fails(WRONG_TYPE);
    }

    @Test
    void hashesArePackedUpToTheLimits() {
        server.maxHashEntries = 3;
        server.maxHashBytes = 5;
        run("HSET", "h", "a", "12345", "b", "2", "c", "3");
        run("OBJECT", "ENCODING", "h").returns("listpack");
        run("HSET", "h", "c", "33");
        run("OBJECT", "ENCODING", "h").returns("listpack");
        run("HSET", "h", "d", "4").returnsInteger(1);
        run("OBJECT", "ENCODING", "h").returns("hashtable");
        run("HMGET", "h", "a", "b", "c", "d", "e").returns("[12345, 2, 33, 4, nil]");
        run("HSET", "h", "c", "a much longer value than before").returnsInteger(0);
        run("HSET", "h", "c", "short").returnsInteger(0);
        run("HGET", "h", "c").returns("short");
        run("HSET", "long", "a", "123456");
        run("OBJECT", "ENCODING", "long").returns("hashtable");
        run("HSET", "long2", "abcdef", "1");
        run("OBJECT", "ENCODING", "long2").returns("hashtable");
    }

    @Test
    void hsetnx() {
        run("HSETNX", "h", "a", "1").returnsInteger(1).propagates("HSETNX h a 1");
        run("HSETNX", "h", "a", "2").returnsInteger(0).changesNothing();
        run("HGET", "h", "a").returns("1");
    }

    @Test
    void hdel() {
        for (int limit : new int[] {512, 1}) {
            server.maxHashEntries = limit;
            run("HSET", "h", "a", "1", "b", "2", "c", "3");
            run("HDEL", "h", "x", "b").returnsInteger(1).changes(1).propagates("HDEL h x b");
            run("HDEL", "h", "b").returnsInteger(0).changesNothing();
            run("HEXISTS", "h", "b").returnsInteger(0);
            run("HDEL", "h", "a", "c", "d").returnsInteger(2).changes(2);
            run("EXISTS", "h").returnsInteger(0);
        }
        run("HDEL", "none", "a").returnsInteger(0).changesNothing();
    }

    @Test
    void hincrby() {
        run("HINCRBY", "h", "n", "5").returnsInteger(5).propagates("HINCRBY h n 5");
        run("HINCRBY", "h", "n", "-7").returnsInteger(-2);
        run("HINCRBY", "h", "n", "x").fails("ERR value is not an integer or out of range");
        run("HSET", "h", "s", " 1", "m", "9223372036854775807");
        run("HINCRBY", "h", "s", "1").fails("ERR hash value is not an integer");
        run("HINCRBY", "h", "m", "1").fails("ERR increment or decrement would overflow");
        run("HINCRBYFLOAT", "h", "n", "2.5").returns("0.5").propagates("HSET h n 0.5");
        run("HINCRBYFLOAT", "h", "s", "1").fails("ERR hash value is not a float");
        run("HINCRBYFLOAT", "h", "n", "x").fails("ERR value is not a valid float");
        run("HINCRBYFLOAT", "h", "n", "inf").fails("ERR value is NaN or Infinity");
        run("HINCRBYFLOAT", "new", "n", "1.5").returns("1.5");
    }

    @Test
    void reads() {
        run("HSET", "h", "a", "hello", "n", "-12345");
        run("HSTRLEN", "h", "a").returnsInteger(5);
        run("HSTRLEN", "h", "n").returnsInteger(6);
        run("HSTRLEN", "h", "x").returnsInteger(0);
        run("HLEN", "h").returnsInteger(2);
        run("HKEYS", "h").returns("[a, n]");
        run("HVALS", "h").returns("[hello, -12345]");
        run("HGET", "h", "x").returnsNull();
        run("HGETALL", "none").returns("[]");
        run("HMGET", "none", "a").returns("[nil]");
        run("HSCAN", "h", "0", "MATCH", "n*").returns("[0, [n, -12345]]");
        run("HSCAN", "none", "0").returns("[0, []]");
    }

    @Test
    void hrandfield() {
        run("HRANDFIELD", "none").returnsNull();
        run("HRANDFIELD", "none", "3", "WITHVALUES").returns("[]");
        run("HSET", "h", "a", "1");
        run("HRANDFIELD", "h").returns("a");
        run("HRANDFIELD", "h", "5", "withvalues").returns("[a, 1]");
        run("HRANDFIELD", "h", "-2").returns("[a, a]");
        run("HRANDFIELD", "h", "x").fails("ERR value is not an integer or out of range");
        run("HRANDFIELD", "h", "1", "x").fails("ERR syntax error");
        run("HRANDFIELD", "h", "-5000000000000000000", "WITHVALUES")
                .fails("ERR value is out of range");
    }

    /** Hashes of both kinds, samples that are drawn and sifted: all fields equally often. */
    @Test
    void samplesAreFairAndDistinct() {
        for (int limit : new int[] {512, 1}) {
            server.maxHashEntries = limit;
            for (int i = 0; i < 20; i++) {
                run("HSET", "h" + limit, "f" + i, "v");
            }
            for (int count : new int[] {3, 15}) {
                Map<String, Integer> seen = new HashMap<>();
                int rounds = 3000;
                for (int i = 0; i < rounds; i++) {
                    List<String> sample = list("HRANDFIELD", "h" + limit, "" + count);
                    assertThat(sample).doesNotHaveDuplicates().hasSize(count);
                    sample.forEach(each -> seen.merge(each, 1, Integer::sum));
                }
                double expected = rounds * count / 20.0;
                double chiSquare = 0;
                for (int i = 0; i < 20; i++) {
                    double off = seen.getOrDefault("f" + i, 0) - expected;
                    chiSquare += off * off / expected;
                }
                // 19 degrees of freedom: 60 is beyond one in a million.
                assertThat(chiSquare).isLessThan(60);
            }
        }
    }

    @Test
    void bigHashes() {
        for (int i = 0; i < 2000; i++) {
            run("HSET", "h", "field:" + i, "value:" + i).returnsInteger(1);
        }
        run("HLEN", "h").returnsInteger(2000);
        run("COPY", "h", "c").returnsInteger(1);
        run("HSET", "h", "field:5", "other");
        run("HGET", "c", "field:5").returns("value:5");
        TreeSet<String> fields = new TreeSet<>();
        String cursor = "0";
        do {
            String page = run("HSCAN", "h", cursor, "COUNT", "50").reply();
            cursor = page.substring(1, page.indexOf(','));
            String pairs = page.substring(page.indexOf('[', 1) + 1, page.length() - 2);
            String[] words = pairs.split(", ");
            for (int i = 0; i + 1 < words.length; i += 2) { // a page may be empty
                fields.add(words[i]);
            }
        } while (!cursor.equals("0"));
        assertThat(fields).hasSize(2000);
        run("RENAME", "c", "h").returns("+OK");
        run("HGET", "h", "field:5").returns("value:5");
    }

    private List<String> list(String... args) {
        String reply = run(args).reply();
        return List.of(reply.substring(1, reply.length() - 1).split(", "));
    }
}
