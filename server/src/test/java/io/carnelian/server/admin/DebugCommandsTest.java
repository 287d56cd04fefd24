package io.carnelian.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DebugCommandsTest {
    @RegisterExtension final AdminFixture server = new AdminFixture();

    private String debug(String... args) {
        server.set("enable-debug-command", "yes");
        String[] whole = new String[args.length + 1];
        whole[0] = "DEBUG";
        System.arraycopy(args, 0, whole, 1, args.length);
        return server.run(whole);
    }

    @Test
    void itMustBeAllowed() {
        assertThat(server.run("DEBUG", "SLEEP", "0"))
                .startsWith("-ERR DEBUG command not allowed. If the enable");
        server.set("enable-debug-command", "local");
        assertThat(server.run("DEBUG", "SLEEP", "0")).isEqualTo("+OK|");
        assertThat(server.runAs(server.connect("10.0.0.1:1"), "DEBUG", "SLEEP", "0"))
                .startsWith("-ERR DEBUG");
    }

    @Test
    void unknownOrWronglyCalled() {
        for (String[] args :
                new String[][] {{"FOO"}, {"SLEEP"}, {"JMAP"}, {"POPULATE", "1", "a", "2", "3"}}) {
            assertThat(debug(args))
                    .isEqualTo(
                            "-ERR unknown subcommand or wrong number of arguments for '"
                                    + args[0]
                                    + "'. Try DEBUG HELP.|");
        }
        assertThat(debug("SLEEP", "abc")).isEqualTo("+OK|");
        assertThat(debug("ERROR", "FOO bar")).isEqualTo("-FOO bar|");
        assertThat(debug("LOG", "a test says hello")).isEqualTo("+OK|");
        assertThat(debug("HELP")).startsWith("*");
    }

    @Test
    void objectTellsOfAValue() {
        server.run("SET", "k", "12");
        server.run("SET", "s", "hello");
        assertThat(debug("OBJECT", "k"))
                .matches(
                        "\\+Value at:0x[0-9a-f]+ refcount:2147483647 "
                                + "encoding:int serializedlength:2 lru:\\d+"
                                + " lru_seconds_idle:\\d+\\|");
        assertThat(debug("OBJECT", "s"))
                .contains(" refcount:1 encoding:embstr serializedlength:6 ");
        server.run("SADD", "i", "1", "2");
        assertThat(debug("OBJECT", "i")).contains(" encoding:intset serializedlength:13 ");
        server.run("SADD", "i", "three");
        assertThat(debug("OBJECT", "i")).contains(" encoding:hashtable serializedlength:11 ");
        assertThat(debug("OBJECT", "nothing")).isEqualTo("-ERR no such key|");
    }

    @Test
    void objectTellsOfAKeyWhoseTimeIsOver() {
        server.run("SET", "k", "hello", "PX", "10");
        server.advance(100);
        assertThat(debug("OBJECT", "k")).contains(" encoding:embstr ");
        server.run("GET", "k");
        assertThat(debug("OBJECT", "k")).isEqualTo("-ERR no such key|");
    }

    /** As 7.0.15 prints the 24 bits of its clock, whatever the policy has put there. */
    @Test
    void objectTellsOfTheLastUse() {
        server.run("SET", "k", "v");
        server.advance(3000);
        assertThat(debug("OBJECT", "k")).contains(" lru:5501184 lru_seconds_idle:3|");
        server.server.keyspace().accessClock().useLfu(true);
        server.run("SET", "f", "v");
        long minutesAndUses = (1_700_000_003 / 60 & 0xFFFF) << 8 | 5;
        assertThat(debug("OBJECT", "f"))
                .contains(" lru:" + minutesAndUses + " ")
                .contains(" lru_seconds_idle:" + (5_501_187 + 0xFFFFFF - minutesAndUses) + "|");
    }

    @Test
    void textsTellTheirBytes() {
        server.run("SET", "key", "x".repeat(50));
        assertThat(debug("SDSLEN", "key"))
                .matches(
                        "\\+key_sds_len:3, key_sds_avail:0, key_zmalloc: 15,"
                                + " val_sds_len:50, val_sds_avail:\\d+, val_zmalloc: \\d+\\|");
        server.run("SET", "number", "12");
        assertThat(debug("SDSLEN", "number")).isEqualTo("-ERR Not an sds encoded string.|");
        server.run("SADD", "set", "a");
        assertThat(debug("SDSLEN", "set")).isEqualTo("-ERR Not an sds encoded string.|");
        assertThat(debug("SDSLEN", "nothing")).isEqualTo("-ERR no such key|");
    }

    @Test
    void packsAreShownEntryByEntry() {
        server.run("ZADD", "z", "1", "one", "2.5", "b");
        assertThat(debug("LISTPACK", "z"))
                .contains(
                        """
                        bytes: 22 entries: 4
                        entry 0 at 6 bytes: 5 text of 3
                        entry 1 at 11 bytes: 2 integer: 1
                        entry 2 at 13 bytes: 3 text of 1
                        entry 3 at 16 bytes: 5 text of 3
                        """);
        server.run("RPUSH", "l", "a");
        assertThat(debug("LISTPACK", "l")).isEqualTo("-ERR Not a listpack encoded object.|");
        assertThat(debug("LISTPACK", "nothing")).isEqualTo("-ERR no such key|");
    }

    @Test
    void listsTellTheirChunks() {
        server.run("RPUSH", "l", "a", "b");
        assertThat(debug("QUICKLIST", "l")).contains("elements: 2 chunks: 1 bytes: 13\n");
        assertThat(debug("QUICKLIST", "l")).doesNotContain("chunk 0");
        server.run("RPUSH", "l", "x".repeat(8000), "y".repeat(8000));
        assertThat(debug("QUICKLIST", "l", "1"))
                .contains("elements: 4 chunks: 2 ", "chunk 0 elements: ", "chunk 1 elements: ");
        server.run("SET", "s", "v");
        assertThat(debug("QUICKLIST", "s")).isEqualTo("-ERR Not a quicklist encoded object.|");
        assertThat(debug("QUICKLIST", "nothing")).isEqualTo("-ERR no such key|");
    }

    @Test
    void whatMeansNothingHereIsRefused() {
        String nothing = "-ERR There is nothing of that kind in this server|";
        assertThat(debug("STRUCTSIZE")).isEqualTo(nothing);
        assertThat(debug("MALLCTL", "arenas.narenas")).isEqualTo(nothing);
        assertThat(debug("CLUSTERLINK", "KILL", "all", "x"))
                .isEqualTo("-ERR Debug option only available for cluster mode enabled setup!|");
        assertThat(debug("REPLYBUFFER", "FOO", "1")).startsWith("-ERR unknown subcommand or");
    }

    @Test
    void digestsAreThoseOfRedis() {
        assertThat(debug("DIGEST")).isEqualTo("+" + "0".repeat(40) + "|");
        server.run("SET", "foo", "bar");
        assertThat(debug("DIGEST")).isEqualTo("+d2ab4820c1be0580ea28efbfe8bfa1dc05bb802a|");
        assertThat(debug("DIGEST-VALUE", "foo", "nosuch"))
                .isEqualTo("*2|+68467c70ae30376e7ce005bcc8827f5ba7fd67dc|+" + "0".repeat(40) + "|");
        server.run("SELECT", "3");
        server.run("SET", "a", "12");
        server.run("SELECT", "0");
        assertThat(debug("DIGEST")).isEqualTo("+0833e2647add24f55d9532892d8a41451accce3a|");
        server.run("SET", "foo", "bar", "PX", "1000000");
        assertThat(debug("DIGEST")).isEqualTo("+d09cb8487cd2885d305170ca5c1a9cff9837dc28|");
        assertThat(debug("DIGEST-VALUE", "foo"))
                .isEqualTo("*1|+8ec3828f7209dd3abdf6ee448de8b0c0bd53265f|");
        assertThat(debug("DIGEST-VALUE")).isEqualTo("*0|");
    }

    @Test
    void theSizeOfLongElementsIsTakenAsRedisTakesIt() {
        String wrong = "-ERR argument must be a memory value bigger than 1 and smaller than 4gb|";
        assertThat(debug("QUICKLIST-PACKED-THRESHOLD", "100b")).isEqualTo("+OK|");
        assertThat(debug("QUICKLIST-PACKED-THRESHOLD", "0")).isEqualTo("+OK|");
        assertThat(debug("QUICKLIST-PACKED-THRESHOLD", "4095mb")).isEqualTo("+OK|");
        assertThat(debug("QUICKLIST-PACKED-THRESHOLD", "4gb")).isEqualTo(wrong);
        assertThat(debug("QUICKLIST-PACKED-THRESHOLD", "-1")).isEqualTo(wrong);
        assertThat(debug("QUICKLIST-PACKED-THRESHOLD", "1x")).isEqualTo(wrong);
    }

    @Test
    void tablesOfADatabase() {
        server.run("SET", "k", "v");
        assertThat(debug("HTSTATS", "0")).contains("number of elements: 1\n");
        assertThat(debug("HTSTATS", "16")).isEqualTo("-ERR Out of range database|");
        assertThat(debug("HTSTATS-KEY", "nosuch")).isEqualTo("-ERR no such key|");
        assertThat(debug("HTSTATS-KEY", "k")).startsWith("-ERR The value stored at");
        server.run("SADD", "s", "a", "b");
        assertThat(debug("HTSTATS-KEY", "s")).contains("number of elements: 2\n");
    }

    @Test
    void populateAddsWhatIsMissing() {
        server.run("SET", "key:1", "mine");
        assertThat(debug("POPULATE", "3")).isEqualTo("+OK|");
        assertThat(server.run("GET", "key:1")).isEqualTo("$4|mine|");
        assertThat(server.run("GET", "key:2")).isEqualTo("$7|value:2|");
        assertThat(debug("POPULATE", "11", "big", "15")).isEqualTo("+OK|");
        assertThat(server.run("GET", "big:2")).isEqualTo("$15|value:2" + "\0".repeat(8) + "|");
        assertThat(server.run("GET", "big:10")).isEqualTo("$15|value:10" + "\0".repeat(7) + "|");
        assertThat(debug("POPULATE", "2", "sml", "3")).isEqualTo("+OK|");
        assertThat(server.run("GET", "sml:1")).isEqualTo("$3|val|");
        assertThat(debug("POPULATE", "-1"))
                .isEqualTo("-ERR value is out of range, must be positive|");
        assertThat(server.server.executor().stats().changes()).as("not propagated").isEqualTo(1);
    }

    @Test
    void protocolShowsEveryType() {
        String[][] cases = {
            {"string", "$11|Hello World|", "$11|Hello World|"},
            {"integer", ":12345|", ":12345|"},
            {"double", "$5|3.141|", ",3.141|"},
            {"null", "$-1|", "_|"},
            {"array", "*3|:0|:1|:2|", "*3|:0|:1|:2|"},
            {"set", "*3|:0|:1|:2|", "~3|:0|:1|:2|"},
            {"map", "*6|:0|:0|:1|:1|:2|:0|", "%3|:0|#f|:1|#t|:2|#f|"},
            {
                "attrib",
                "$39|Some real reply following the attribute|",
                "|1|$14|key-popularity|*2|$7|key:123|:90|$39|Some "
                        + "real reply following the attribute|"
            },
            {
                "push",
                "-ERR RESP2 is not supported by this command|",
                ">2|$16|server-cpu-usage|:42|$40|Some real reply following the push reply|"
            },
            {"verbatim", "$25|This is a verbatim\nstring|", "=29|txt:This is a verbatim\nstring|"},
            {"true", ":1|", "#t|"},
            {"false", ":0|", "#f|"},
            {
                "bignum",
                "$37|1234567999999999999999999999999999999|",
                "(1234567999999999999999999999999999999|"
            },
        };
        for (String[] c : cases) {
            server.run("HELLO", "2");
            assertThat(debug("PROTOCOL", c[0])).isEqualTo(c[1]);
            server.run("HELLO", "3");
            assertThat(debug("PROTOCOL", c[0])).isEqualTo(c[2]);
        }
        assertThat(debug("PROTOCOL", "foo"))
                .startsWith("-ERR Wrong protocol type name. Please use one");
    }

    @Test
    void switchesForTests() {
        debug("SET-ACTIVE-EXPIRE", "0");
        assertThat(server.switches.activeExpire).isFalse();
        debug("SET-ACTIVE-EXPIRE", "1");
        assertThat(server.switches.activeExpire).isTrue();
        debug("PAUSE-CRON", "1");
        assertThat(server.switches.cronPaused).isTrue();
        debug("PAUSE-CRON", "x");
        assertThat(server.switches.cronPaused).isFalse();
    }

    @Test
    void snapshotIsWalkedOnAnotherThread() throws Exception {
        debug("POPULATE", "1000");
        assertThat(debug("SNAPSHOT")).isEmpty();
        assertThat(server.client.waiting).isTrue();
        server.runPosted();
        assertThat(server.client.waiting).isFalse();
        assertThat(server.output(server.client))
                .matches(
                        "\\*10\\|\\$6\\|cut_us\\|:\\d+\\|\\$7\\|walk_ms\\|"
                                + ":\\d+\\|\\$4\\|keys\\|:1000\\|"
                                + "\\$11\\|value_bytes\\|:8890\\|\\$16\\|"
                                + "limbo_peak_bytes\\|:\\d+\\|");
        server.server.keyspace().handOver();
    }
}
