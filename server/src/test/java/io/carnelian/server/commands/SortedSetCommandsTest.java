package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Memory;
import io.carnelian.server.memory.Seed;
import io.carnelian.server.table.Record;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies, effects and encodings of sorted sets are those of Redis 7.0, in both encodings. */
class SortedSetCommandsTest {
    private static final String WRONG_TYPE =
            "WRONGTYPE Operation against a key holding the wrong kind of value";
    private static final String NOT_INTEGER = "ERR value is not an integer or out of range";
    private static final String NOT_FLOAT = "ERR value is not a valid float";
    private static final String BAD_BOUND = "ERR min or max is not a float";
    private static final String BAD_TEXT = "ERR min or max not valid string range item";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private CommandsFixture.Outcome run(String... args) {
        return server.run(args);
    }

    private void encode(String encoding) {
        server.maxSortedSetEntries = encoding.equals("listpack") ? 128 : 0;
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void zadd(String encoding) {
        encode(encoding);
        run("ZADD", "z", "2", "b", "1", "a", "1.5", "c", "2", "b")
                .returnsInteger(3)
                .changes(3)
                .propagates("ZADD z 2 b 1 a 1.5 c 2 b");
        run("OBJECT", "ENCODING", "z").returns(encoding);
        run("ZRANGE", "z", "0", "-1", "WITHSCORES").returns("[a, 1, c, 1.5, b, 2]");
        run("ZADD", "z", "2", "b").returnsInteger(0).changesNothing();
        run("ZADD", "z", "3", "a", "4", "d").returnsInteger(1).changes(2);
        run("ZADD", "z", "CH", "4", "a", "4", "d").returnsInteger(1);
        run("ZRANGE", "z", "0", "-1").returns("[c, b, a, d]");
        run("ZCARD", "z").returnsInteger(4);
        run("TYPE", "z").returns("+zset");
        run("SET", "s", "1");
        run("ZADD", "s", "1", "a").fails(WRONG_TYPE);
        run("GET", "z").fails(WRONG_TYPE);
        run("ZADD", "z", "1").fails("ERR wrong number of arguments for 'zadd' command");
        run("ZADD", "z", "1", "a", "2").fails("ERR syntax error");
        run("ZADD", "z", "1", "a", "x", "b").fails(NOT_FLOAT);
        run("ZADD", "z", "nan", "b").fails(NOT_FLOAT);
        run("ZSCORE", "z", "a").returns("4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void zaddUnderConditions(String encoding) {
        encode(encoding);
        run("ZADD", "z", "XX", "1", "a").returnsInteger(0).changesNothing();
        run("EXISTS", "z").returnsInteger(0);
        run("ZADD", "z", "NX", "1", "a", "2", "b").returnsInteger(2);
        run("ZADD", "z", "NX", "9", "a", "3", "c").returnsInteger(1).changes(1);
        run("ZADD", "z", "XX", "8", "a", "4", "d").returnsInteger(0).changes(1);
        run("ZADD", "z", "GT", "CH", "7", "a", "9", "b", "1", "e").returnsInteger(2);
        run("ZADD", "z", "LT", "CH", "7", "a", "10", "b").returnsInteger(1);
        run("ZRANGE", "z", "0", "-1", "WITHSCORES").returns("[e, 1, c, 3, a, 7, b, 9]");
        run("ZADD", "z", "INCR", "1.5", "a").returns("8.5").changes(1);
        run("ZADD", "z", "INCR", "NX", "1", "a").returnsNull().changesNothing();
        run("ZADD", "z", "INCR", "LT", "1", "a").returnsNull();
        run("ZADD", "z", "INCR", "0", "a").returns("8.5").changesNothing();
        run("ZADD", "none", "INCR", "XX", "1", "a").returnsNull();
        run("ZADD", "z", "NX", "XX", "1", "a")
                .fails("ERR XX and NX options at the same time are not compatible");
        run("ZADD", "z", "GT", "LT", "1", "a")
                .fails("ERR GT, LT, and/or NX options at the same time are not compatible");
        run("ZADD", "z", "GT", "NX", "1", "a")
                .fails("ERR GT, LT, and/or NX options at the same time are not compatible");
        run("ZADD", "z", "INCR", "1", "a", "2", "b")
                .fails("ERR INCR option supports a single increment-element pair");
        run("ZADD", "z", "nx", "ch", "incr").fails("ERR syntax error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void scoresOfAllKinds(String encoding) {
        encode(encoding);
        run("ZADD", "z", "+inf", "p", "-Infinity", "n", "0x10", "h", ".5", "f", "5.", "t")
                .returnsInteger(5);
        run("ZADD", "z", "1e400", "x").fails(NOT_FLOAT);
        run("ZADD", "z", " 1", "x").fails(NOT_FLOAT);
        run("ZADD", "z", "", "x").fails(NOT_FLOAT);
        run("ZADD", "z", "0.1", "g", "1e300", "big", "9007199254740993", "odd");
        run("ZMSCORE", "z", "p", "n", "h", "f", "t", "g", "big", "odd", "none")
                .returns(
                        "[inf, -inf, 16, 0.5, 5, 0.10000000000000001, 1.0000000000000001e+300,"
                                + " 9007199254740992, nil]");
        run("ZINCRBY", "z", "-inf", "p").fails("ERR resulting score is not a number (NaN)");
        run("ZINCRBY", "z", "x", "p").fails(NOT_FLOAT);
        run("ZINCRBY", "z", "2", "new").returns("2");
        run("ZINCRBY", "z", "-2.25", "new").returns("-0.25");
        run("ZADD", "y", "-0", "zero");
        run("ZSCORE", "y", "zero").returns(encoding.equals("listpack") ? "0" : "-0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void removal(String encoding) {
        encode(encoding);
        run("ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d", "5", "e");
        run("ZREM", "z", "b", "none", "b").returnsInteger(1).changes(1);
        run("ZREMRANGEBYRANK", "z", "-1", "-1").returnsInteger(1).changes(1);
        run("ZREMRANGEBYSCORE", "z", "(1", "3").returnsInteger(1);
        run("ZRANGE", "z", "0", "-1").returns("[a, d]");
        run("ZREMRANGEBYRANK", "z", "5", "9").returnsInteger(0).changesNothing();
        run("ZREM", "z", "a", "d", "x").returnsInteger(2);
        run("EXISTS", "z").returnsInteger(0);
        run("ZADD", "z", "0", "a", "0", "b", "0", "c");
        run("ZREMRANGEBYLEX", "z", "[b", "+").returnsInteger(2);
        run("ZREMRANGEBYLEX", "z", "-", "+").returnsInteger(1);
        run("EXISTS", "z").returnsInteger(0);
        run("ZREMRANGEBYRANK", "z", "a", "1").fails(NOT_INTEGER);
        run("ZREMRANGEBYSCORE", "z", "a", "1").fails(BAD_BOUND);
        run("ZREMRANGEBYLEX", "z", "a", "1").fails(BAD_TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void ranges(String encoding) {
        encode(encoding);
        run("ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d");
        run("ZRANGE", "z", "1", "2").returns("[b, c]");
        run("ZRANGE", "z", "-2", "100").returns("[c, d]");
        run("ZRANGE", "z", "3", "1").returns("[]");
        run("ZRANGE", "z", "0", "1", "REV", "WITHSCORES").returns("[d, 4, c, 3]");
        run("ZREVRANGE", "z", "-1", "-1").returns("[a]");
        run("ZRANGE", "z", "(1", "3", "BYSCORE").returns("[b, c]");
        run("ZRANGE", "z", "inf", "(2", "BYSCORE", "REV", "LIMIT", "1", "5").returns("[c]");
        run("ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "1", "2").returns("[b, c]");
        run("ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "1", "-1").returns("[b, c, d]");
        run("ZRANGEBYSCORE", "z", "-inf", "+inf", "LIMIT", "-1", "2").returns("[]");
        run("ZREVRANGEBYSCORE", "z", "3", "2", "WITHSCORES").returns("[c, 3, b, 2]");
        run("ZCOUNT", "z", "(1", "(4").returnsInteger(2);
        run("ZCOUNT", "z", "4", "1").returnsInteger(0);
        run("ZCOUNT", "z", "x", "1").fails(BAD_BOUND);
        run("ZRANGE", "z", "0", "-1", "LIMIT", "0", "1")
                .fails(
                        "ERR syntax error, LIMIT is only supported in combination with either"
                                + " BYSCORE or BYLEX");
        run("ZRANGE", "z", "-", "+", "BYLEX", "WITHSCORES")
                .fails("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
        run("ZRANGE", "z", "0", "1", "BYLEX", "BYSCORE").fails("ERR syntax error");
        run("ZRANGE", "z", "a", "1").fails(NOT_INTEGER);
        run("ZRANGE", "none", "0", "-1").returns("[]");
        run("ZRANGESTORE", "t", "z", "1", "2").returnsInteger(2).changes(1);
        run("ZRANGE", "t", "0", "-1", "WITHSCORES").returns("[b, 2, c, 3]");
        run("ZRANGESTORE", "t", "none", "1", "2")
                .returnsInteger(0)
                .propagates("ZRANGESTORE t none 1 2");
        run("EXISTS", "t").returnsInteger(0);
        run("ZRANGESTORE", "z", "z", "0", "0", "REV").returnsInteger(1);
        run("ZRANGE", "z", "0", "-1").returns("[d]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void rangesOfTexts(String encoding) {
        encode(encoding);
        run("ZADD", "z", "0", "a", "0", "ab", "0", "b", "0", "12", "0", "");
        run("ZRANGEBYLEX", "z", "-", "+").returns("[, 12, a, ab, b]");
        run("ZRANGEBYLEX", "z", "[a", "(b").returns("[a, ab]");
        run("ZREVRANGEBYLEX", "z", "+", "(a", "LIMIT", "0", "1").returns("[b]");
        run("ZRANGE", "z", "[b", "[", "BYLEX", "REV").returns("[b, ab, a, 12, ]");
        run("ZLEXCOUNT", "z", "(", "[ab").returnsInteger(3);
        run("ZLEXCOUNT", "z", "+", "-").returnsInteger(0);
        run("ZLEXCOUNT", "z", "a", "[b").fails(BAD_TEXT);
        run("ZLEXCOUNT", "z", "-x", "[b").fails(BAD_TEXT);
        run("ZLEXCOUNT", "z", "", "[b").fails(BAD_TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void ranks(String encoding) {
        encode(encoding);
        run("ZADD", "z", "1", "a", "1", "b", "2.5", "c");
        run("ZRANK", "z", "b").returnsInteger(1);
        run("ZREVRANK", "z", "a").returnsInteger(2);
        run("ZRANK", "z", "c", "WITHSCORE").returns("[:2, 2.5]");
        run("ZREVRANK", "z", "c", "withscore").returns("[:0, 2.5]");
        run("ZRANK", "z", "x").returnsNull();
        run("ZRANK", "none", "x", "WITHSCORE").returnsNull();
        run("ZRANK", "z", "x", "WITH").fails("ERR syntax error");
        run("ZRANK", "z", "x", "WITHSCORE", "x")
                .fails("ERR wrong number of arguments for 'zrank' command");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void pops(String encoding) {
        encode(encoding);
        run("ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d", "5", "e");
        run("ZPOPMIN", "z").returns("[a, 1]").changes(1).propagates("ZPOPMIN z");
        run("ZPOPMAX", "z", "2").returns("[e, 5, d, 4]").propagates("ZPOPMAX z 2");
        run("ZPOPMIN", "z", "0").returns("[]").changesNothing();
        run("ZPOPMIN", "z", "-1").fails("ERR value is out of range, must be positive");
        run("ZPOPMIN", "z", "1", "2").fails("ERR syntax error");
        run("ZMPOP", "2", "none", "z", "MAX", "COUNT", "1")
                .returns("[z, [[c, 3]]]")
                .propagates("ZPOPMAX z 1");
        run("ZMPOP", "1", "z", "MIN", "COUNT", "10")
                .returns("[z, [[b, 2]]]")
                .propagates("ZPOPMIN z 1");
        run("EXISTS", "z").returnsInteger(0);
        run("ZMPOP", "1", "z", "MIN").returnsNull();
        run("ZPOPMAX", "z").returns("[]");
        run("ZMPOP", "0", "z", "MIN").fails("ERR numkeys should be greater than 0");
        run("ZMPOP", "1", "z", "MIN", "COUNT", "0").fails("ERR count should be greater than 0");
        run("ZMPOP", "2", "z", "MIN").fails("ERR syntax error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void algebra(String encoding) {
        encode(encoding);
        run("ZADD", "a", "1", "x", "2", "y");
        run("ZADD", "b", "10", "y", "20", "z");
        run("SADD", "s", "y", "q");
        run("ZUNION", "2", "a", "b", "WITHSCORES").returns("[x, 1, y, 12, z, 20]");
        run("ZUNION", "2", "a", "b", "WEIGHTS", "2", "-1", "AGGREGATE", "MIN", "WITHSCORES")
                .returns("[z, -20, y, -10, x, 2]");
        run("ZINTER", "3", "a", "b", "s", "WITHSCORES").returns("[y, 13]");
        run("ZINTER", "2", "a", "b", "AGGREGATE", "MAX", "WITHSCORES").returns("[y, 10]");
        run("ZDIFF", "2", "a", "s", "WITHSCORES").returns("[x, 1]");
        run("ZINTERCARD", "2", "a", "b").returnsInteger(1);
        run("ZINTERCARD", "2", "a", "a", "LIMIT", "1").returnsInteger(1);
        run("ZINTERCARD", "2", "a", "none").returnsInteger(0);
        run("ZUNIONSTORE", "d", "2", "a", "b").returnsInteger(3).changes(1);
        run("OBJECT", "ENCODING", "d").returns(encoding);
        run("ZINTERSTORE", "d", "2", "a", "none").returnsInteger(0).changes(1);
        run("EXISTS", "d").returnsInteger(0);
        run("ZDIFFSTORE", "a", "2", "a", "b").returnsInteger(1);
        run("ZRANGE", "a", "0", "-1").returns("[x]");
        run("ZUNION", "1", "a", "WEIGHTS", "x").fails("ERR weight value is not a float");
        run("ZDIFF", "1", "a", "WEIGHTS", "1").fails("ERR syntax error");
        run("ZUNION", "0", "a").fails("ERR at least 1 input key is needed for 'zunion' command");
        run("ZUNION", "3", "a").fails("ERR syntax error");
        run("SET", "str", "x");
        run("ZUNIONSTORE", "d", "1", "str").fails(WRONG_TYPE);
    }

    @Test
    void infinitiesMeetAsZero() {
        run("ZADD", "a", "inf", "x");
        run("ZADD", "b", "-inf", "x");
        run("ZUNION", "2", "a", "b", "WITHSCORES").returns("[x, 0]");
        run("ZINTER", "2", "a", "b", "WITHSCORES").returns("[x, 0]");
        run("ZUNION", "1", "a", "WEIGHTS", "0", "WITHSCORES").returns("[x, 0]");
    }

    @Test
    void aNegativeZeroLivesWhereNoListpackIs() {
        run("ZADD", "a", "0", "x", "1", "y");
        run("ZUNION", "1", "a", "WEIGHTS", "-1", "WITHSCORES").returns("[y, -1, x, -0]");
        run("ZUNIONSTORE", "d", "1", "a", "WEIGHTS", "-1").returnsInteger(2);
        run("ZSCORE", "d", "x").returns("0");
        run("OBJECT", "ENCODING", "d").returns("listpack");
        server.maxSortedSetBytes = 0;
        run("ZUNIONSTORE", "d", "1", "a", "WEIGHTS", "-1").returnsInteger(2);
        run("ZSCORE", "d", "x").returns("-0");
        run("OBJECT", "ENCODING", "d").returns("skiplist");
    }

    /** The bytes are those of DUMP of redis-server 7.0.15, without its header and end. */
    @Test
    void packsAsRedisDoes() {
        run("ZADD", "z", "1", "a", "1.5", "12", "-3", "bb", "1e17", "c", "1e300", "d", "0.1", "e");
        run("ZADD", "z", "inf", "f", "-inf", "g", "4611686018427387904", "h", "5e18", "i");
        run("ZADD", "z", "-0", "j", "70000", "k");
        StringBuilder hex = new StringBuilder();
        server.keyspace()
                .db(0)
                .forEach(record -> {
                    byte[] bytes = new byte[Record.valueLength(record)];
                    Memory.copyOut(Record.valueAddress(record), bytes, 0, bytes.length);
                    hex.append(HexFormat.of().formatHex(bytes));
                });
        assertThat(hex.toString())
                .isEqualTo(
                        "900000001800816702842d696e660582626203dffd02816a0200018165029330"
                                + "2e31303030303030303030303030303030311481610201010c0183312e350481"
                                + "6b02f270110104816302f400008a5d7845630109816802f40000000000000040"
                                + "098169028535652b31380681640297312e303030303030303030303030303030"
                                + "31652b3330301881660283696e6604ff");
    }

    @Test
    void thresholdsAreLive() {
        server.maxSortedSetEntries = 2;
        run("ZADD", "z", "1", "a", "2", "b");
        run("OBJECT", "ENCODING", "z").returns("listpack");
        run("ZADD", "z", "3", "b");
        run("OBJECT", "ENCODING", "z").returns("listpack");
        run("ZADD", "z", "3", "c");
        run("OBJECT", "ENCODING", "z").returns("skiplist");
        server.maxSortedSetBytes = 3;
        run("ZADD", "y", "1", "long");
        run("OBJECT", "ENCODING", "y").returns("skiplist");
        run("ZRANGE", "z", "0", "-1", "WITHSCORES").returns("[a, 1, b, 3, c, 3]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listpack", "skiplist"})
    void everyRandomMemberIsAsLikely(String encoding) {
        encode(encoding);
        Seed.of(SortedSetCommandsTest.class);
        for (int i = 0; i < 20; i++) {
            run("ZADD", "z", Integer.toString(i / 3), "m" + i);
        }
        for (String count : new String[] {"3", "12", "-3"}) {
            Map<String, Integer> seen = new HashMap<>();
            int draws = 0;
            for (int i = 0; i < 2000; i++) {
                String reply = run("ZRANDMEMBER", "z", count).reply();
                for (String member : reply.substring(1, reply.length() - 1).split(", ")) {
                    seen.merge(member, 1, Integer::sum);
                    draws++;
                }
            }
            double expected = draws / 20.0;
            double chiSquare = 0;
            for (int i = 0; i < 20; i++) {
                double off = seen.getOrDefault("m" + i, 0) - expected;
                chiSquare += off * off / expected;
            }
            // 19 degrees of freedom: beyond 60 once in two million times.
            assertThat(chiSquare).isLessThan(60);
        }
        run("ZRANDMEMBER", "none").returnsNull();
        run("ZRANDMEMBER", "none", "3").returns("[]");
        run("ZRANDMEMBER", "z", "1", "x").fails("ERR syntax error");
        run("ZRANDMEMBER", "z", "9223372036854775807", "WITHSCORES")
                .fails("ERR value is out of range");
    }

    @Test
    void zscan() {
        run("ZADD", "z", "1.5", "a", "2", "b");
        run("ZSCAN", "z", "0").returns("[0, [a, 1.5, b, 2]]");
        run("ZSCAN", "z", "0", "MATCH", "b*").returns("[0, [b, 2]]");
        run("ZSCAN", "none", "0").returns("[0, []]");
        run("ZADD", "x", "1e17", "a", "1e19", "b");
        run("ZSCAN", "x", "0").returns("[0, [a, 100000000000000000, b, 1e+19]]");
        run("ZRANGE", "x", "0", "0", "WITHSCORES").returns("[a, 1e+17]");
        server.maxSortedSetEntries = 0;
        for (int i = 0; i < 1000; i++) {
            run("ZADD", "y", Integer.toString(i), "m" + i);
        }
        Map<String, String> seen = new HashMap<>();
        String cursor = "0";
        do {
            String page = run("ZSCAN", "y", cursor, "COUNT", "50").reply();
            cursor = page.substring(1, page.indexOf(','));
            String pairs = page.substring(page.indexOf('[', 1) + 1, page.length() - 2);
            String[] words = pairs.split(", ");
            for (int i = 0; i + 1 < words.length; i += 2) {
                seen.put(words[i], words[i + 1]);
            }
        } while (!cursor.equals("0"));
        assertThat(seen).hasSize(1000).containsEntry("m77", "77");
    }

    @Test
    void resp3HasDoublesAndPairs() {
        run("ZADD", "z", "1.5", "a", "2", "b");
        server.client().resp3 = true;
        run("ZSCORE", "z", "a").returns(",1.5");
        run("ZRANGE", "z", "0", "-1", "WITHSCORES").returns("[[a, ,1.5], [b, ,2]]");
        run("ZUNION", "1", "z", "WITHSCORES").returns("[[a, ,1.5], [b, ,2]]");
        run("ZINCRBY", "z", "1", "a").returns(",2.5");
        assertThat(run("ZRANDMEMBER", "z", "-1", "WITHSCORES").reply()).startsWith("[[");
        run("ZPOPMIN", "z").returns("[b, ,2]");
        run("ZPOPMAX", "z", "1").returns("[[a, ,2.5]]");
    }

    @Test
    void ofManyMembers() {
        for (int i = 0; i < 5000; i++) {
            run("ZADD", "z", Integer.toString(i * 7919 % 5000), "m" + i);
        }
        run("ZRANGE", "z", "2919", "2919", "WITHSCORES").returns("[m1, 2919]");
        run("ZRANK", "z", "m1").returnsInteger(2919);
        run("ZCOUNT", "z", "(100", "200").returnsInteger(100);
        run("ZREMRANGEBYSCORE", "z", "100", "4899").returnsInteger(4800);
        run("ZCARD", "z").returnsInteger(200);
        run("COPY", "z", "y").returnsInteger(1);
        run("ZPOPMAX", "z", "100").changes(100);
        run("ZREVRANGE", "z", "0", "0", "WITHSCORES").returns("[m221, 99]");
        run("ZCARD", "y").returnsInteger(200);
        run("ZCOUNT", "z", "0", "99").returnsInteger(100);
        run("DEL", "z").returnsInteger(1);
    }
}
