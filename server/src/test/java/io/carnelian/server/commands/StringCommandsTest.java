package io.carnelian.server.commands;

import io.carnelian.server.commands.CommandsFixture.Outcome;
import io.carnelian.server.memory.Seed;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the transcripts cannot show: settings, RESP3, limits. */
class StringCommandsTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    private Outcome run(String... args) {
        return server.run(args);
    }

    @Test
    void setsAndGets() {
        run("SET", "k", "v").returns("+OK").changes(1).propagates("SET k v");
        run("GET", "k").returns("v").changesNothing();
        run("GET", "nokey").returnsNull();
        run("GET").fails("ERR wrong number of arguments for 'get' command");
    }

    @Test
    void keepsAnyBytes() {
        String bytes = "\0\r\n\u00ff$-1\r\n";
        run("SET", bytes, bytes).returns("+OK");
        run("STRLEN", bytes).returnsInteger(bytes.length());
        run("GET", bytes).returns("\\x00\\x0d\\x0a\\xff$-1\\x0d\\x0a");
    }

    @Test
    void propagatesExpiryAsATimeOnTheClock() {
        run("SET", "k", "v", "EX", "10").propagates("SET k v PXAT 1700000010000");
        run("PTTL", "k").returnsInteger(10_000);
        server.advance(2_499);
        run("PTTL", "k").returnsInteger(7_501);
        run("TTL", "k").returnsInteger(8);
        server.advance(2);
        run("TTL", "k").returnsInteger(7);
        run("GETEX", "k", "EX", "10").returns("v").propagates("PEXPIREAT k 1700000012501");
    }

    @Test
    void repliesNullAsResp3Does() {
        server.client().resp3 = true;
        run("GET", "nokey").returnsNull();
        run("MGET", "nokey").returns("[nil]");
        run("SET", "k", "v", "XX").returnsNull();
        run("MSET", "a", "abc", "b", "bc").returns("+OK");
        run("LCS", "a", "b", "IDX").returns("{matches: [[[:1, :2], [:0, :1]]], len: :2}");
    }

    @Test
    void keepsStringsWithinProtoMaxBulkLen() {
        String tooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
        server.maxBulkBytes = 10;
        run("APPEND", "k", "01234567890").returnsInteger(11);
        run("APPEND", "k", "").fails(tooLong);
        run("SET", "k", "01234567").returns("+OK");
        run("APPEND", "k", "89").returnsInteger(10);
        run("APPEND", "k", "x").fails(tooLong);
        run("SETRANGE", "k", "9", "x").returnsInteger(10);
        run("SETRANGE", "k", "9", "xx").fails(tooLong);
        run("SETRANGE", "k", "10", "x").fails(tooLong);
        run("SETRANGE", "k", "10", "").returnsInteger(10);
        run("SETRANGE", "nokey", "9", "x").returnsInteger(10);
    }

    /** Redis keeps a table of 32-bit lengths; we need a bit for a cell, but refuse as it does. */
    @Test
    void refusesAnLcsTableBeyondProtoMaxBulkLen() {
        server.maxBulkBytes = 4L * 512 * 512;
        run("SET", "a", "x".repeat(511)).returns("+OK");
        run("SET", "b", "x".repeat(511)).returns("+OK");
        run("LCS", "a", "b", "LEN").returnsInteger(511);
        run("APPEND", "b", "x").returnsInteger(512);
        run("LCS", "a", "b", "LEN")
                .fails(
                        "ERR Insufficient memory, transient memory for LCS exceeds"
                                + " proto-max-bulk-len");
    }

    @Test
    void appendsInAmortisedConstantTime() {
        StringBuilder model = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            String part = Integer.toString(i);
            model.append(part);
            run("APPEND", "k", part).returnsInteger(model.length());
        }
        run("GET", "k").returns(model.toString());
        run("GETRANGE", "k", "-8", "-1").returns("19981999");
    }

    /** One reply, not the old value and then an error; and the old value stays. */
    @Test
    void changesNothingWhenMemoryIsUsedUp() {
        String outOfMemory =
                "OOM out of memory: the server could not allocate room for this command, nothing"
                        + " was changed";
        String large = "x".repeat(1 << 20);
        run("SET", "k", "old", "EX", "10").returns("+OK");
        server.limitMemory(0);
        run("SET", "k", large, "GET").fails(outOfMemory);
        run("GETSET", "k", large).fails(outOfMemory);
        run("SETRANGE", "nokey", "1000000", "x").fails(outOfMemory);
        run("SETRANGE", "k", "1000000", "x").fails(outOfMemory);
        run("APPEND", "k", large).fails(outOfMemory);
        run("MSET", "k", large).fails(outOfMemory);
        run("GET", "k").returns("old");
        run("TTL", "k").returnsInteger(10);
        run("DBSIZE").returnsInteger(1);
        server.limitMemory(16 << 20);
        run("SET", "k", large, "GET").returns("old");
    }

    /** MSET is not all or nothing then; replicas hear of the part that was done. */
    @Test
    void saysWhatWasDoneWhenMemoryIsUsedUpHalfway() {
        String partly =
                "OOM out of memory: the server could not allocate room for all of this command,"
                        + " only its first arguments were done";
        String large = "x".repeat(1 << 20);
        run("SET", "warm", "up").returns("+OK");
        server.limitMemory(0);
        run("MSET", "a", "1", "b", "2", "c", large, "d", "4")
                .returns("-" + partly)
                .propagates("MSET a 1 b 2");
        run("MSETNX", "e", "5", "f", large).returns("-" + partly).propagates("MSETNX e 5");
        run("DBSIZE").returnsInteger(4);
        run("GET", "b").returns("2");
        server.limitMemory(16 << 20);
    }

    /** With a page limit just above what is used, whatever happens the data stays whole. */
    @Test
    void servesOnAtTheLimit() {
        Random random = new Random(Seed.of(StringCommandsTest.class));
        Map<String, String> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            if (i % 500 == 0) {
                server.limitMemory((long) random.nextInt(3) << 16);
            }
            String key = "key:" + random.nextInt(300);
            String value = "v".repeat(random.nextInt(5000));
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (run("SET", key, value).reply().equals("+OK")) {
                        model.put(key, value);
                    }
                }
                case 1 -> {
                    if (run("APPEND", key, "more").reply().startsWith(":")) {
                        model.merge(key, "more", String::concat);
                    }
                }
                case 2 -> {
                    run("DEL", key);
                    model.remove(key);
                }
                default -> run("GET", key).returns(model.getOrDefault(key, "nil"));
            }
        }
        run("DBSIZE").returnsInteger(model.size());
        model.forEach((key, value) -> run("GET", key).returns(value));
        server.limitMemory(16 << 20);
    }

    @Test
    void countsHitsAndMisses() {
        run("SET", "k", "1");
        long hits = server.keyspace().hits();
        long misses = server.keyspace().misses();
        run("MGET", "k", "nokey");
        run("STRLEN", "k");
        run("SET", "k", "2", "GET");
        run("INCR", "k");
        run("APPEND", "nokey2", "x");
        run("SET", "k", "v", "NX");
        run("DEL", "k", "nokey");
        assertThatCounts(hits + 3, misses + 1);
    }

    private void assertThatCounts(long hits, long misses) {
        org.assertj.core.api.Assertions.assertThat(server.keyspace().hits()).isEqualTo(hits);
        org.assertj.core.api.Assertions.assertThat(server.keyspace().misses()).isEqualTo(misses);
    }

    @Test
    void longTextIsNoFloat() {
        server.run("INCRBYFLOAT", "k", "0".repeat(5118) + "1").returns("1");
        server.run("INCRBYFLOAT", "k", "0".repeat(5119) + "1")
                .fails("ERR value is not a valid float");
        server.run("SET", "long", "0".repeat(5119) + "1");
        server.run("INCRBYFLOAT", "long", "1").fails("ERR value is not a valid float");
    }
}
