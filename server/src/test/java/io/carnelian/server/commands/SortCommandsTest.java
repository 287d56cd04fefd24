package io.carnelian.server.commands;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SortCommandsTest {
    private static final String NOT_DOUBLE =
            "ERR One or more scores can't be converted into double";

    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private Outcome run(String... args) {
        return server.run(args);
    }

    @BeforeEach
    void fill() {
        run("RPUSH", "l", "3", "1", "2", "10");
        run("RPUSH", "w", "b", "a", "c", "A", "");
        for (String each : new String[] {"1", "2", "3", "10"}) {
            run("SET", "w_" + each, Integer.toString(20 - Integer.parseInt(each)));
            run("HSET", "h_" + each, "f", "v" + each, "g", Integer.toString(100 - each.charAt(0)));
        }
    }

    @Test
    void sortsByNumberAndByText() {
        run("SORT", "l").returns("[1, 2, 3, 10]").changesNothing();
        run("SORT", "l", "desc").returns("[10, 3, 2, 1]");
        run("SORT", "l", "ALPHA").returns("[1, 10, 2, 3]");
        run("SORT", "w").fails(NOT_DOUBLE);
        run("SORT", "w", "ALPHA").returns("[, A, a, b, c]");
        run("SORT", "w", "ALPHA", "DESC").returns("[c, b, a, A, ]");
        run("SADD", "s", "5", "4", "6");
        run("SORT", "s").returns("[4, 5, 6]");
        run("SORT_RO", "s", "DESC").returns("[6, 5, 4]");
        run("SORT", "none").returns("[]");
        run("SET", "text", "x");
        run("SORT", "text")
                .fails("WRONGTYPE Operation against a key holding the wrong kind of value");
        run("HSET", "hash", "a", "b");
        run("SORT", "hash")
                .fails("WRONGTYPE Operation against a key holding the wrong kind of value");
    }

    @Test
    void numbersAreReadAsByStrtod() {
        run("RPUSH", "f", "1.5", "inf", "-inf", "0x10", "1e3", " 7", "-0", "0", "", "1.50");
        run("SORT", "f").returns("[-inf, , -0, 0, 1.5, 1.50,  7, 0x10, 1e3, inf]");
        for (String bad : new String[] {"nan", "1 ", "1e400", "1e-400", "x", "1.5.2", " ", "0x"}) {
            run("DEL", "f");
            run("RPUSH", "f", bad, "1");
            run("SORT", "f").fails(NOT_DOUBLE);
        }
    }

    @Test
    void limitCutsThePart() {
        run("SORT", "l", "LIMIT", "1", "2").returns("[2, 3]");
        run("SORT", "l", "LIMIT", "-1", "2").returns("[1, 2]");
        run("SORT", "l", "LIMIT", "1", "-1").returns("[2, 3, 10]");
        run("SORT", "l", "LIMIT", "1", "0").returns("[]");
        run("SORT", "l", "LIMIT", "9", "3").returns("[]");
        run("SORT", "l", "LIMIT", "9223372036854775807", "9223372036854775807").returns("[]");
        run("SORT", "l", "LIMIT", "0", "1", "LIMIT", "1", "2").returns("[2, 3]");
        run("SORT", "l", "LIMIT", "x", "3").fails("ERR value is not an integer or out of range");
        run("SORT", "l", "LIMIT", "1").fails("ERR syntax error");
        run("SORT", "w", "LIMIT", "0", "0").fails(NOT_DOUBLE);
        run("SORT", "none", "FOO").fails("ERR syntax error");
    }

    @Test
    void otherKeysGiveTheWeightAndTheReply() {
        run("SORT", "l", "BY", "w_*").returns("[10, 3, 2, 1]");
        run("SORT", "l", "BY", "h_*->g", "DESC").returns("[10, 1, 2, 3]");
        run("SORT", "l", "BY", "h_*->f").fails(NOT_DOUBLE);
        run("SORT", "l", "BY", "h_*->f", "ALPHA").returns("[1, 10, 2, 3]");
        run("SORT", "w", "BY", "nope_*").returns("[, A, a, b, c]");
        run("SORT", "w", "BY", "nope_*", "ALPHA").returns("[b, a, c, A, ]");
        run("SORT", "l", "LIMIT", "0", "1", "GET", "#", "GET", "w_*", "GET", "h_*->f")
                .returns("[1, 19, v1]");
        run("SORT", "l", "LIMIT", "0", "1", "GET", "const", "GET", "h_*->", "GET", "w_*->x")
                .returns("[nil, nil, nil]");
        run("SORT", "l", "GET", "GET", "LIMIT", "0", "1").returns("[nil]");
    }

    @Test
    void unsortedKeepsTheOrder() {
        run("SORT", "l", "BY", "nosort").returns("[3, 1, 2, 10]");
        run("SORT", "l", "BY", "nosort", "DESC", "LIMIT", "1", "2").returns("[2, 1]");
        run("SORT", "l", "BY", "nosort", "LIMIT", "1", "2").returns("[1, 2]");
        run("SORT", "l", "BY", "w_*", "BY", "nosort").returns("[3, 1, 2, 10]");
        run("SADD", "s", "x", "y", "z", "10");
        run("SORT", "s", "BY", "nosort", "STORE", "d").returnsInteger(4);
        run("LRANGE", "d", "0", "-1").returns("[10, x, y, z]");
    }

    @Test
    void storesAList() {
        run("SORT", "l", "STORE", "d").returnsInteger(4).changes(4).propagates("SORT l STORE d");
        run("LRANGE", "d", "0", "-1").returns("[1, 2, 3, 10]");
        run("SORT", "l", "GET", "w_*", "GET", "no*", "STORE", "d").returnsInteger(8);
        run("LRANGE", "d", "0", "-1").returns("[19, , 18, , 17, , 10, ]");
        run("PEXPIRE", "d", "1000");
        run("SORT", "l", "DESC", "STORE", "d").returnsInteger(4);
        run("TTL", "d").returnsInteger(-1);
        run("SORT", "l", "STORE", "l").returnsInteger(4);
        run("LRANGE", "l", "0", "-1").returns("[1, 2, 3, 10]");
        run("SORT", "none", "STORE", "d").returnsInteger(0).propagates("SORT none STORE d");
        run("SORT", "none", "STORE", "d").returnsInteger(0).changesNothing();
        run("EXISTS", "d").returnsInteger(0);
        run("SORT_RO", "l", "STORE", "d").fails("ERR syntax error");
        run("SET", "text", "x");
        run("SORT", "l", "STORE", "text").returnsInteger(4);
        run("TYPE", "text").returns("+list");
    }

    @Test
    void manyElementsAreSortedAndStored() {
        int count = 5000;
        for (int i = 0; i < count; i++) {
            run("RPUSH", "many", Integer.toString(i * 7919 % count), "x" + i * 31 % count);
        }
        run("SORT", "many", "ALPHA", "STORE", "sorted").returnsInteger(2L * count);
        run("LRANGE", "sorted", "0", "2").returns("[0, 1, 10]");
        run("LRANGE", "sorted", "-2", "-1").returns("[x998, x999]");
        run("SORT", "many", "ALPHA", "LIMIT", "4999", "3").returns("[999, x0, x1]");
    }

    @Test
    void nothingChangesWhenMemoryRunsOut() {
        String element = "e".repeat(1000);
        for (int i = 0; i < 1000; i++) {
            run("RPUSH", "big", element + i);
        }
        run("SET", "d", "before");
        server.limitMemory(500_000);
        String refused = run("SORT", "big", "ALPHA", "STORE", "d").changesNothing().reply();
        org.assertj.core.api.Assertions.assertThat(refused).startsWith("-OOM");
        run("GET", "d").returns("before");
    }
}
