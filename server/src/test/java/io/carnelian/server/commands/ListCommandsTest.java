package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import io.carnelian.server.quicklist.Quicklist;
import io.carnelian.server.store.Key;
import io.carnelian.server.table.Record;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ListCommandsTest {
    private static final String WRONG_TYPE =
            "WRONGTYPE Operation against a key holding the wrong kind of value";
    private static final String NOT_INTEGER = "ERR value is not an integer or out of range";
    private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private Outcome run(String... args) {
        return server.run(args);
    }

    private void holds(String key, String... elements) {
        run("LRANGE", key, "0", "-1").returns(List.of(elements).toString());
    }

    @Test
    void pushesAtBothEnds() {
        run("LPUSH", "k", "a").returnsInteger(1).changes(1).propagates("LPUSH k a");
        run("RPUSH", "k", "b", "12").returnsInteger(3).changes(2).propagates("RPUSH k b 12");
        run("LPUSH", "k", "c", "").returnsInteger(5);
        holds("k", "", "c", "a", "b", "12");
        run("LPUSHX", "k", "d").returnsInteger(6).propagates("LPUSHX k d");
        run("RPUSHX", "k", "e", "f").returnsInteger(8);
        holds("k", "d", "", "c", "a", "b", "12", "e", "f");
        run("LPUSHX", "none", "d").returnsInteger(0).changesNothing();
        run("RPUSHX", "none", "d").returnsInteger(0).changesNothing();
        run("LLEN", "k").returnsInteger(8);
        run("LLEN", "none").returnsInteger(0);
        run("TYPE", "k").returns("+list");
        run("OBJECT", "ENCODING", "k").returns("quicklist");
        run("GET", "k").fails(WRONG_TYPE);
        run("SET", "s", "v");
        for (String command : new String[] {"LPUSH", "RPUSH", "LPUSHX", "RPUSHX"}) {
            run(command, "s", "a").fails(WRONG_TYPE);
        }
        run("LLEN", "s").fails(WRONG_TYPE);
    }

    @Test
    void popsFromBothEnds() {
        run("RPUSH", "k", "a", "b", "c", "d", "e");
        run("LPOP", "k").returns("a").changes(1).propagates("LPOP k");
        run("RPOP", "k").returns("e").propagates("RPOP k");
        run("RPOP", "k", "2").returns("[d, c]").changes(2).propagates("RPOP k 2");
        run("LPOP", "k", "0").returns("[]").changesNothing();
        run("LPOP", "k", "99").returns("[b]").changes(1);
        run("EXISTS", "k").returnsInteger(0);
        run("LPOP", "k").returnsNull().changesNothing();
        run("LPOP", "k", "2").returnsNull().changesNothing();
        run("RPUSH", "k", "a");
        run("LPOP", "k", "-1").fails(NOT_POSITIVE);
        run("LPOP", "k", "x").fails(NOT_POSITIVE);
        run("LPOP", "k", "1", "2").fails("ERR wrong number of arguments for 'lpop' command");
        run("SET", "s", "v");
        run("RPOP", "s").fails(WRONG_TYPE);
    }

    @Test
    void readsByPosition() {
        run("RPUSH", "k", "a", "b", "c");
        run("LINDEX", "k", "0").returns("a");
        run("LINDEX", "k", "-1").returns("c");
        run("LINDEX", "k", "3").returnsNull();
        run("LINDEX", "k", "-4").returnsNull();
        run("LINDEX", "k", "x").fails(NOT_INTEGER);
        run("LINDEX", "none", "x").returnsNull();
        run("LRANGE", "k", "1", "1").returns("[b]");
        run("LRANGE", "k", "-2", "100").returns("[b, c]");
        run("LRANGE", "k", "-100", "0").returns("[a]");
        run("LRANGE", "k", "2", "1").returns("[]");
        run("LRANGE", "k", "3", "5").returns("[]");
        run("LRANGE", "none", "0", "-1").returns("[]");
        run("LRANGE", "k", "0", "x").fails(NOT_INTEGER);
        String most = Long.toString(Long.MAX_VALUE);
        run("LRANGE", "k", Long.toString(Long.MIN_VALUE), most).returns("[a, b, c]");
    }

    @Test
    void changesByPositionAndByPivot() {
        run("RPUSH", "k", "a", "b", "c");
        run("LSET", "k", "1", "longer than before").returns("+OK").changes(1);
        run("LSET", "k", "-1", "7").returns("+OK").propagates("LSET k -1 7");
        holds("k", "a", "longer than before", "7");
        run("LSET", "k", "3", "x").fails("ERR index out of range");
        run("LSET", "k", "y", "x").fails(NOT_INTEGER);
        run("LSET", "none", "y", "x").fails("ERR no such key");
        run("LINSERT", "k", "before", "a", "first").returnsInteger(4).changes(1);
        run("LINSERT", "k", "AFTER", "7", "last").returnsInteger(5);
        run("LINSERT", "k", "AFTER", "7", "mid").propagates("LINSERT k AFTER 7 mid");
        holds("k", "first", "a", "longer than before", "7", "mid", "last");
        run("LINSERT", "k", "AFTER", "nothing", "x").returnsInteger(-1).changesNothing();
        run("LINSERT", "none", "AFTER", "a", "x").returnsInteger(0).changesNothing();
        run("LINSERT", "none", "BESIDE", "a", "x").fails("ERR syntax error");
    }

    @Test
    void removesByValue() {
        run("RPUSH", "k", "a", "1", "a", "b", "a", "1", "a");
        run("LREM", "k", "-2", "a").returnsInteger(2).changes(2).propagates("LREM k -2 a");
        holds("k", "a", "1", "a", "b", "1");
        run("LREM", "k", "1", "a").returnsInteger(1);
        run("LREM", "k", "0", "1").returnsInteger(2);
        holds("k", "a", "b");
        run("LREM", "k", "0", "nothing").returnsInteger(0).changesNothing();
        run("LREM", "k", "x", "a").fails(NOT_INTEGER);
        run("LREM", "none", "0", "a").returnsInteger(0);
        run("RPUSH", "k", "a");
        run("LREM", "k", Long.toString(Long.MIN_VALUE), "a").returnsInteger(2);
        run("LREM", "k", "5", "b").returnsInteger(1);
        run("EXISTS", "k").returnsInteger(0);
    }

    @Test
    void trims() {
        run("RPUSH", "k", "a", "b", "c", "d", "e");
        run("LTRIM", "k", "1", "-2").returns("+OK").changes(2).propagates("LTRIM k 1 -2");
        holds("k", "b", "c", "d");
        run("LTRIM", "k", "0", "-1").returns("+OK").changesNothing();
        run("LTRIM", "k", "x", "-1").fails(NOT_INTEGER);
        run("LTRIM", "k", "2", "1").returns("+OK").changes(3);
        run("EXISTS", "k").returnsInteger(0);
        run("LTRIM", "k", "2", "1").returns("+OK").changesNothing();
    }

    @Test
    void findsPositions() {
        run("RPUSH", "k", "a", "b", "c", "1", "2", "3", "c", "c");
        run("LPOS", "k", "c").returnsInteger(2);
        run("LPOS", "k", "c", "RANK", "2").returnsInteger(6);
        run("LPOS", "k", "c", "RANK", "-1").returnsInteger(7);
        run("LPOS", "k", "c", "COUNT", "2").returns("[:2, :6]");
        run("LPOS", "k", "c", "COUNT", "0", "RANK", "-2").returns("[:6, :2]");
        run("LPOS", "k", "c", "MAXLEN", "2").returnsNull();
        run("LPOS", "k", "c", "COUNT", "1", "MAXLEN", "2").returns("[]");
        run("LPOS", "k", "2").returnsInteger(4);
        run("LPOS", "k", "x").returnsNull();
        run("LPOS", "none", "x").returnsNull();
        run("LPOS", "none", "x", "COUNT", "0").returns("[]");
        run("LPOS", "k", "x", "COUNT", "-1").fails("ERR COUNT can't be negative");
        run("LPOS", "k", "x", "MAXLEN", "-1").fails("ERR MAXLEN can't be negative");
        run("LPOS", "k", "x", "RANK").fails("ERR syntax error");
        run("LPOS", "none", "x", "RANK", "0")
                .fails(
                        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the"
                                + " second ... or use negative to start from the end of the list");
    }

    @Test
    void movesElements() {
        run("RPUSH", "a", "1", "two", "3");
        run("LMOVE", "a", "b", "LEFT", "right")
                .returns("1")
                .changes(1)
                .propagates("LMOVE a b LEFT right");
        run("RPOPLPUSH", "a", "b").returns("3").propagates("RPOPLPUSH a b");
        holds("b", "3", "1");
        run("LMOVE", "a", "b", "RIGHT", "LEFT").returns("two");
        run("EXISTS", "a").returnsInteger(0);
        holds("b", "two", "3", "1");
        run("LMOVE", "b", "b", "LEFT", "RIGHT").returns("two");
        holds("b", "3", "1", "two");
        run("LMOVE", "b", "b", "LEFT", "LEFT").returns("3");
        holds("b", "3", "1", "two");
        run("RPOPLPUSH", "b", "b").returns("two");
        holds("b", "two", "3", "1");
        run("RPOPLPUSH", "none", "b").returnsNull().changesNothing();
        run("LMOVE", "b", "b", "UP", "LEFT").fails("ERR syntax error");
        run("SET", "s", "v");
        run("LMOVE", "b", "s", "LEFT", "LEFT").fails(WRONG_TYPE);
        run("LMOVE", "s", "b", "LEFT", "LEFT").fails(WRONG_TYPE);
        run("LMOVE", "none", "s", "LEFT", "LEFT").returnsNull();
        run("RPUSH", "one", "x");
        run("RPOPLPUSH", "one", "one").returns("x");
        holds("one", "x");
    }

    @Test
    void popsFromTheFirstOfSeveral() {
        run("RPUSH", "b", "1", "2", "3");
        run("LMPOP", "2", "a", "b", "LEFT").returns("[b, [1]]").changes(1).propagates("LPOP b 1");
        run("LMPOP", "2", "a", "b", "RIGHT", "COUNT", "9")
                .returns("[b, [3, 2]]")
                .changes(2)
                .propagates("RPOP b 2");
        run("LMPOP", "2", "a", "b", "LEFT").returnsNull().changesNothing();
        run("LMPOP", "0", "a", "LEFT").fails("ERR numkeys should be greater than 0");
        run("LMPOP", "2", "a", "LEFT").fails("ERR syntax error");
        run("LMPOP", "1", "a", "LEFT", "COUNT", "0").fails("ERR count should be greater than 0");
        run("LMPOP", "1", "a", "LEFT", "COUNT", "1", "x").fails("ERR syntax error");
        run("LMPOP", "1", "a", "LEFT", "COUNT", "x", "1")
                .fails("ERR count should be greater than 0");
        run("SET", "s", "v");
        run("LMPOP", "2", "a", "s", "LEFT").fails(WRONG_TYPE);
    }

    @Test
    void longListsAreCopiedRenamedMovedAndOverwritten() {
        List<String> model = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            model.add("element " + i);
            run("RPUSH", "k", "element " + i);
        }
        run("COPY", "k", "copy").returnsInteger(1);
        run("RENAME", "k", "renamed").returns("+OK");
        run("MOVE", "copy", "2").returnsInteger(1);
        run("PEXPIRE", "renamed", "100000").returnsInteger(1);
        run("PERSIST", "renamed").returnsInteger(1);
        run("LTRIM", "renamed", "10", "-1");
        run("LRANGE", "renamed", "0", "-1").returns(model.subList(10, 3_000).toString());
        run("SELECT", "2");
        run("LRANGE", "copy", "0", "-1").returns(model.toString());
        run("COPY", "copy", "other", "REPLACE").returnsInteger(1);
        run("COPY", "copy", "other", "REPLACE").returnsInteger(1);
        run("SET", "other", "a string").returns("+OK");
        run("SELECT", "0");
        run("PEXPIRE", "renamed", "5");
        server.advance(10);
        run("EXISTS", "renamed").returnsInteger(0);
    }

    @Test
    void anElementMayBeBiggerThanAChunk() {
        String big = "x".repeat(100_000);
        run("RPUSH", "k", big).returnsInteger(1);
        run("RPUSH", "k", "a").returnsInteger(2);
        run("LPUSH", "k", big).returnsInteger(3);
        run("LSET", "k", "2", big).returns("+OK");
        run("LSET", "k", "0", "small").returns("+OK");
        run("LINSERT", "k", "AFTER", "small", big).returnsInteger(4);
        holds("k", "small", big, big, big);
        run("LREM", "k", "-2", big).returnsInteger(2);
        run("LPOP", "k").returns("small");
        run("RPOPLPUSH", "k", "k").returns(big);
        holds("k", big);
    }

    @Test
    void whatALongListTakesIsGivenBack() {
        for (int i = 0; i < 2_000; i++) {
            run("RPUSH", "k", "element " + i);
        }
        long whole = server.keyspace().slabs().usedBytes();
        run("LTRIM", "k", "0", "9");
        long rest = server.keyspace().slabs().usedBytes();
        assertThat(whole - rest).isGreaterThan(25_000);
        run("LLEN", "k").returnsInteger(10);
        for (int i = 0; i < 2_000; i++) {
            run("RPUSH", "k", "element " + i);
        }
        run("DEL", "k").returnsInteger(1);
        int slices = 0;
        while (server.keyspace().releaseSome(1) > 0) {
            slices++;
        }
        assertThat(slices).as("nodes, freed one by one").isGreaterThan(3);
    }

    /** The chunks of the list at a key, which must be a long one. */
    private long chunks(String name) {
        ByteBuf key = CommandsFixture.input(name);
        Key at = new Key().set(key.memoryAddress(), name.length());
        long record = server.keyspace().db(0).peek(at);
        key.release();
        assertThat(Record.encoding(record)).isEqualTo(Record.QUICKLIST);
        return Quicklist.chunks(Record.valueAddress(record));
    }

    @Test
    void whatLremLeavesIsClosedUp() {
        server.listMaxListpackSize = 10;
        for (int i = 0; i < 2000; i++) {
            run("RPUSH", "k", i % 20 == 0 ? "keep" + i : "drop");
        }
        assertThat(chunks("k")).isEqualTo(200);
        run("LREM", "k", "0", "drop").returnsInteger(1900);
        assertThat(chunks("k")).isLessThanOrEqualTo(20);
        run("LLEN", "k").returnsInteger(100);
        run("LINDEX", "k", "57").returns("keep1140");
        run("LINDEX", "k", "-1").returns("keep1980");
        run("LRANGE", "k", "0", "2").returns("[keep0, keep20, keep40]");
    }

    @Test
    void ltrimTakesWholePagesAtOnce() {
        server.listMaxListpackSize = 2;
        long empty = server.keyspace().slabs().usedBytes();
        for (int i = 0; i < 4000; i++) {
            run("RPUSH", "k", "e" + i);
        }
        assertThat(server.keyspace().slabs().usedBytes()).isGreaterThan(empty + 50_000);
        run("LTRIM", "k", "1", "-1500").returns("+OK").changes(1500);
        run("LLEN", "k").returnsInteger(2500);
        run("LTRIM", "k", "2000", "2009");
        run("LRANGE", "k", "0", "-1")
                .returns("[e2001, e2002, e2003, e2004, e2005, e2006, e2007, e2008, e2009, e2010]");
        while (server.keyspace().releaseSome(100) > 0) {}
        assertThat(server.keyspace().slabs().usedBytes()).isLessThan(empty + 10_000);
    }
}
