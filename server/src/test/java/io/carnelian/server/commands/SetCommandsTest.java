package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Seed;
import io.carnelian.server.table.Record;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replies, effects and encodings of sets are those of Redis 7.0. */
class SetCommandsTest {
    private static final String WRONG_TYPE =
            "WRONGTYPE Operation against a key holding the wrong kind of value";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private CommandsFixture.Outcome run(String... args) {
        return server.run(args);
    }

    @Test
    void sadd() {
        run("SADD", "s", "b", "a", "b").returnsInteger(2).changes(2).propagates("SADD s b a b");
        run("SADD", "s", "a").returnsInteger(0).changesNothing();
        run("SADD", "s", "", "\0\r\n").returnsInteger(2).changes(2);
        run("SCARD", "s").returnsInteger(4);
        run("TYPE", "s").returns("+set");
        run("SADD", "s").fails("ERR wrong number of arguments for 'sadd' command");
        run("SET", "x", "1");
        run("SADD", "x", "a").fails(WRONG_TYPE);
        run("GET", "s").fails(WRONG_TYPE);
    }

    @Test
    void integersArePackedUpToTheLimit() {
        run("SADD", "s", "3", "-70000", "1", "3").returnsInteger(3);
        run("OBJECT", "ENCODING", "s").returns("intset");
        run("SMEMBERS", "s").returns("[-70000, 1, 3]");
        run("SISMEMBER", "s", "1").returnsInteger(1);
        run("SISMEMBER", "s", "01").returnsInteger(0);
        run("SADD", "s", "9223372036854775807").returnsInteger(1);
        run("OBJECT", "ENCODING", "s").returns("intset");
        run("SREM", "s", "-70000", "8").returnsInteger(1);
        server.maxIntsetEntries = 4;
        run("SADD", "s", "5").returnsInteger(1);
        run("OBJECT", "ENCODING", "s").returns("intset");
        run("SADD", "s", "6").returnsInteger(1);
        run("OBJECT", "ENCODING", "s").returns("hashtable");
        run("SISMEMBER", "s", "9223372036854775807").returnsInteger(1);
        run("SCARD", "s").returnsInteger(5);
        run("SADD", "t", "1");
        run("SADD", "t", "one");
        run("OBJECT", "ENCODING", "t").returns("hashtable");
        server.maxIntsetEntries = 0;
        run("SADD", "u", "1");
        run("OBJECT", "ENCODING", "u").returns("hashtable");
    }

    /** As redis-server 7.2 has it. */
    @Test
    void smallSetsAreListpacksWhereTheLimitAllowsIt() {
        server.maxSetListpackEntries = 4;
        server.maxSetListpackBytes = 5;
        run("SADD", "s", "b", "7", "a", "b").returnsInteger(3);
        run("OBJECT", "ENCODING", "s").returns("listpack");
        run("SMEMBERS", "s").returns("[b, 7, a]");
        run("SMISMEMBER", "s", "7", "07", "a", "c").returns("[:1, :0, :1, :0]");
        run("SREM", "s", "7", "x").returnsInteger(1);
        run("SMEMBERS", "s").returns("[b, a]");
        run("SADD", "ints", "-300", "2", "1").returnsInteger(3);
        run("SADD", "ints", "x").returnsInteger(1);
        run("OBJECT", "ENCODING", "ints").returns("listpack");
        run("SMEMBERS", "ints").returns("[-300, 1, 2, x]");
        run("SADD", "ints", "1", "x").returnsInteger(0);
        run("SADD", "ints", "y").returnsInteger(1);
        run("OBJECT", "ENCODING", "ints").returns("hashtable");
        run("SCARD", "ints").returnsInteger(5);
        run("SADD", "s", "longer").returnsInteger(1);
        run("OBJECT", "ENCODING", "s").returns("hashtable");
        run("SADD", "wide", "1234567", "2");
        run("SADD", "wide", "x");
        run("OBJECT", "ENCODING", "wide").returns("hashtable");
        run("SADD", "a", "1", "x");
        run("COPY", "a", "c").returnsInteger(1);
        run("SUNIONSTORE", "d", "a", "c").returnsInteger(2);
        run("OBJECT", "ENCODING", "d").returns("listpack");
        run("SSCAN", "d", "0").returns("[0, [1, x]]");
        run("SPOP", "d", "2").returns("[1, x]");
        run("EXISTS", "d").returnsInteger(0);
        server.maxIntsetEntries = 0;
        run("SADD", "u", "1");
        run("OBJECT", "ENCODING", "u").returns("listpack");
    }

    /** As redis-server 7.0 calls them. */
    @Test
    void smallSetsMayBePackedUnderAnotherName() {
        server.maxSetListpackEntries = 3;
        server.listpackSetsShown = false;
        run("SADD", "s", "1");
        run("OBJECT", "ENCODING", "s").returns("intset");
        run("SADD", "s", "a");
        run("OBJECT", "ENCODING", "s").returns("hashtable");
        assertThat(encodingOfTheKey()).isEqualTo(Record.LISTPACK);
        run("SADD", "s", "b", "c");
        run("OBJECT", "ENCODING", "s").returns("hashtable");
        assertThat(encodingOfTheKey()).isEqualTo(Record.HASHTABLE);
    }

    private int encodingOfTheKey() {
        return Record.encoding(server.keyspace().db(0).randomKey());
    }

    @Test
    void srem() {
        run("SADD", "s", "a", "b", "c");
        run("SREM", "s", "a", "x").returnsInteger(1).changes(1).propagates("SREM s a x");
        run("SREM", "s", "x").returnsInteger(0).changesNothing();
        run("SREM", "none", "x").returnsInteger(0).changesNothing();
        run("SREM", "s", "b", "c", "d").returnsInteger(2);
        run("EXISTS", "s").returnsInteger(0);
    }

    @Test
    void smove() {
        run("SADD", "s", "a", "1");
        run("SMOVE", "s", "t", "1").returnsInteger(1).changes(2).propagates("SMOVE s t 1");
        run("OBJECT", "ENCODING", "t").returns("intset");
        run("SMOVE", "s", "t", "1").returnsInteger(0).changesNothing();
        run("SMOVE", "s", "s", "a").returnsInteger(1).changesNothing();
        run("SMOVE", "none", "t", "a").returnsInteger(0).changesNothing();
        run("SADD", "t", "a");
        run("SMOVE", "s", "t", "a").returnsInteger(1).changes(1);
        run("EXISTS", "s").returnsInteger(0);
        run("SET", "x", "1");
        run("SMOVE", "t", "x", "a").fails(WRONG_TYPE);
        run("SMOVE", "x", "t", "a").fails(WRONG_TYPE);
        run("SMOVE", "none", "x", "a").returnsInteger(0);
    }

    @Test
    void membership() {
        run("SADD", "s", "a", "2");
        run("SMISMEMBER", "s", "a", "b", "2").returns("[:1, :0, :1]");
        run("SMISMEMBER", "none", "a").returns("[:0]");
        run("SMEMBERS", "none").returns("[]");
        run("SCARD", "none").returnsInteger(0);
    }

    @Test
    void intersections() {
        run("SADD", "a", "1", "2", "3", "x");
        run("SADD", "b", "2", "3", "4", "x");
        run("SADD", "c", "3", "2");
        run("SINTER", "a", "b", "c").returns("[2, 3]");
        run("SINTER", "a", "none").returns("[]");
        run("SINTERCARD", "2", "a", "b").returnsInteger(3);
        run("SINTERCARD", "2", "a", "b", "LIMIT", "2").returnsInteger(2);
        run("SINTERCARD", "2", "a", "b", "LIMIT", "0").returnsInteger(3);
        run("SINTERCARD", "0", "a").fails("ERR numkeys should be greater than 0");
        run("SINTERCARD", "x", "a").fails("ERR numkeys should be greater than 0");
        run("SINTERCARD", "3", "a", "b")
                .fails("ERR Number of keys can't be greater than number of args");
        run("SINTERCARD", "1", "a", "LIMIT", "-1").fails("ERR LIMIT can't be negative");
        run("SINTERCARD", "1", "a", "b").fails("ERR syntax error");
        run("SINTERSTORE", "d", "a", "c")
                .returnsInteger(2)
                .changes(1)
                .propagates("SINTERSTORE d a c");
        run("OBJECT", "ENCODING", "d").returns("intset");
        run("SINTERSTORE", "d", "a", "none").returnsInteger(0).changes(1);
        run("EXISTS", "d").returnsInteger(0);
        run("SINTERSTORE", "d", "a", "none").returnsInteger(0).changesNothing();
        run("SET", "s", "1");
        run("SINTER", "none", "s").fails(WRONG_TYPE);
        run("SINTERSTORE", "s", "a", "b").returnsInteger(3);
        run("TYPE", "s").returns("+set");
    }

    @Test
    void unionsAndDifferences() {
        run("SADD", "a", "1", "2", "3");
        run("SADD", "b", "3", "4");
        run("SUNION", "a", "b", "none").returns("[1, 2, 3, 4]");
        run("SDIFF", "a", "b").returns("[1, 2]");
        run("SDIFF", "none", "a").returns("[]");
        run("SUNIONSTORE", "a", "a", "b").returnsInteger(4).changes(1);
        run("SMEMBERS", "a").returns("[1, 2, 3, 4]");
        run("SDIFFSTORE", "a", "a", "b").returnsInteger(2);
        run("SMEMBERS", "a").returns("[1, 2]");
        run("SDIFFSTORE", "a", "a", "a").returnsInteger(0);
        run("EXISTS", "a").returnsInteger(0);
        run("SADD", "t", "x");
        run("EXPIRE", "b", "100");
        run("SUNIONSTORE", "b", "t").returnsInteger(1);
        run("TTL", "b").returnsInteger(-1);
    }

    @Test
    void spop() {
        run("SADD", "s", "a");
        run("SPOP", "s").returns("a").changes(1).propagates("SREM s a");
        run("EXISTS", "s").returnsInteger(0);
        run("SPOP", "s").returnsNull().changesNothing();
        run("SPOP", "s", "2").returns("[]").changesNothing();
        run("SADD", "s", "1", "2", "3");
        run("SPOP", "s", "0").returns("[]").changesNothing();
        var two = run("SPOP", "s", "2").changes(2);
        String members = two.reply().substring(1, two.reply().length() - 1).replace(",", "");
        two.propagates("SREM s " + members);
        run("SPOP", "s", "5").changes(1).propagates("DEL s");
        run("SPOP", "s", "-1").fails("ERR value is out of range, must be positive");
        run("SPOP", "s", "x").fails("ERR value is out of range, must be positive");
        run("SPOP", "s", "1", "2").fails("ERR syntax error");
    }

    @Test
    void srandmember() {
        run("SRANDMEMBER", "s").returnsNull();
        run("SRANDMEMBER", "s", "3").returns("[]");
        run("SADD", "s", "1", "2", "3");
        run("SRANDMEMBER", "s", "0").returns("[]");
        run("SRANDMEMBER", "s", "9").returns("[1, 2, 3]");
        assertThat(run("SRANDMEMBER", "s", "-5").reply().split(",")).hasSize(5);
        run("SRANDMEMBER", "s", "1", "2").fails("ERR syntax error");
        run("SRANDMEMBER", "s", "-9223372036854775808")
                .fails(
                        "ERR value is out of range, value must between -9223372036854775807 and"
                                + " 9223372036854775807");
    }

    /** Sets of both kinds, samples that are drawn and sifted: all members equally often. */
    @Test
    void samplesAreFairAndDistinct() {
        for (String prefix : List.of("", "m")) {
            for (int i = 0; i < 20; i++) {
                run("SADD", "s" + prefix, prefix + i);
            }
            for (int count : new int[] {3, 15}) {
                Map<String, Integer> seen = new HashMap<>();
                int rounds = 3000;
                for (int i = 0; i < rounds; i++) {
                    List<String> sample = list("SRANDMEMBER", "s" + prefix, "" + count);
                    assertThat(sample).doesNotHaveDuplicates().hasSize(count);
                    sample.forEach(each -> seen.merge(each, 1, Integer::sum));
                }
                double expected = rounds * count / 20.0;
                double chiSquare = 0;
                for (int i = 0; i < 20; i++) {
                    double off = seen.getOrDefault(prefix + i, 0) - expected;
                    chiSquare += off * off / expected;
                }
                // 19 degrees of freedom: 60 is beyond one in a million.
                assertThat(chiSquare).isLessThan(60);
            }
        }
    }

    @Test
    void sscan() {
        run("SSCAN", "none", "0").returns("[0, []]");
        run("SSCAN", "none", "x").fails("ERR invalid cursor");
        run("SADD", "i", "1", "2", "12");
        run("SSCAN", "i", "0").returns("[0, [1, 2, 12]]");
        run("SSCAN", "i", "0", "MATCH", "1*").returns("[0, [1, 12]]");
        run("SSCAN", "i", "0", "COUNT", "0").fails("ERR syntax error");
        run("SSCAN", "i", "0", "TYPE", "set").fails("ERR syntax error");
        TreeSet<String> all = new TreeSet<>();
        for (int i = 0; i < 1000; i++) {
            run("SADD", "s", "m" + i);
        }
        String cursor = "0";
        do {
            String page = run("SSCAN", "s", cursor, "COUNT", "50").reply();
            cursor = page.substring(1, page.indexOf(','));
            String members = page.substring(page.indexOf('[', 1) + 1, page.length() - 2);
            if (!members.isEmpty()) { // as a page may be
                all.addAll(List.of(members.split(", ")));
            }
        } while (!cursor.equals("0"));
        assertThat(all).hasSize(1000);
    }

    @Test
    void keyCommandsWorkOnBigSets() {
        List<String> add = new ArrayList<>(List.of("SADD", "s"));
        for (int i = 0; i < 3000; i++) {
            add.add("member:" + i);
        }
        run(add.toArray(new String[0])).returnsInteger(3000);
        run("COPY", "s", "c").returnsInteger(1);
        run("SREM", "s", "member:7").returnsInteger(1);
        run("SCARD", "c").returnsInteger(3000);
        run("SISMEMBER", "c", "member:7").returnsInteger(1);
        run("RENAME", "c", "d").returns("+OK");
        run("EXPIRE", "d", "100").returnsInteger(1);
        run("PERSIST", "d").returnsInteger(1);
        run("SCARD", "d").returnsInteger(3000);
        run("MOVE", "d", "1").returnsInteger(1);
        run("SELECT", "1");
        run("SCARD", "d").returnsInteger(3000);
        run("SET", "d", "x").returns("+OK");
        run("SELECT", "0");
        run("SUNIONSTORE", "s", "s").returnsInteger(2999);
        run("PEXPIRE", "s", "10");
        server.advance(11);
        run("EXISTS", "s").returnsInteger(0);
    }

    @Test
    void outOfMemoryLeavesTheSetWhole() {
        SplittableRandom random = new SplittableRandom(Seed.of(SetCommandsTest.class));
        TreeSet<String> model = new TreeSet<>();
        for (int round = 0; round < 200; round++) {
            server.limitMemory(random.nextInt(3) * 65_536L);
            for (int i = 0; i < 50; i++) {
                String member = "member:" + random.nextInt(5000);
                if (run("SADD", "s", member).reply().startsWith(":")) {
                    model.add(member);
                }
            }
        }
        server.limitMemory(1 << 28);
        run("SCARD", "s").returnsInteger(model.size());
        assertThat(new TreeSet<>(list("SMEMBERS", "s"))).isEqualTo(model);
    }

    private List<String> list(String... args) {
        String reply = run(args).reply();
        return List.of(reply.substring(1, reply.length() - 1).split(", "));
    }
}
