package io.carnelian.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConfigTest {
    private final Config config = new Config();
    private final Amount hz =
            config.add(Amount.of("hz", 0, 10, 0, Integer.MAX_VALUE).clamped(1, 500));
    private final Amount port = config.add(Amount.of("port", 0, 6379, 0, 65535));
    private final Amount memory = config.add(Amount.bytes("maxmemory", 0, 0, 0));
    private final Amount backlog = config.add(Amount.bytes("repl-backlog-size", 0, 1 << 20, 1));
    private final Amount clients =
            config.add(
                    new Amount(
                            "maxmemory-clients",
                            0,
                            Amount.Unit.BYTES_OR_PERCENT,
                            0,
                            0,
                            Long.MAX_VALUE));
    private final Toggle append = config.add(new Toggle("appendonly", 0, false));
    private final Amount priority =
            config.add(Amount.of("replica-priority|slave-priority", 0, 100, 0, 1000));
    private final Choice policy = config.add(Choice.of("policy", 0, "no", "lru", "lfu", "no"));
    private final Choice sigterm =
            config.add(Choice.setOf("on-sigterm", 0, "default", "save", "now", "force"));

    ConfigTest() {
        config.add(new Toggle("daemonize", Parameter.IMMUTABLE, false));
        config.add(new Text("dbfilename", Parameter.PROTECTED, "dump.rdb"));
        config.add(Amount.of("watchdog-period", Parameter.HIDDEN, 0, 0, 1000));
    }

    private @Nullable String set(String... pairs) {
        return config.set(List.of(pairs), Config.Access.UNPROTECTED);
    }

    private static String failed(String name, String why) {
        return "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why;
    }

    @Test
    void setChangesValues() {
        assertThat(set("hz", "20", "appendonly", "YES", "policy", "LRU")).isNull();
        assertThat(hz.value).isEqualTo(20);
        assertThat(append.on).isTrue();
        assertThat(policy.text()).isEqualTo("lru");
        assertThat(policy.is("lru")).isTrue();
    }

    @Test
    void setSaysInRedissWordsWhatIsWrong() {
        assertThat(set("foo", "bar"))
                .isEqualTo("ERR Unknown option or number of arguments for CONFIG SET - 'foo'");
        assertThat(set("port", "abc"))
                .isEqualTo(failed("port", "argument couldn't be parsed into an integer"));
        assertThat(set("port", "99999"))
                .isEqualTo(failed("port", "argument must be between 0 and 65535 inclusive"));
        assertThat(set("port", "1", "PORT", "2")).isEqualTo(failed("PORT", "duplicate parameter"));
        assertThat(set("daemonize", "no"))
                .isEqualTo(failed("daemonize", "can't set immutable config"));
        assertThat(set("daemonize", "no", "foo", "1"))
                .isEqualTo(failed("daemonize", "can't set immutable config"));
        assertThat(set("dbfilename", "x"))
                .isEqualTo(failed("dbfilename", "can't set protected config"));
        assertThat(set("appendonly", "maybe"))
                .isEqualTo(failed("appendonly", "argument must be 'yes' or 'no'"));
        assertThat(set("policy", "x"))
                .isEqualTo(
                        failed("policy", "argument(s) must be one of the following: lru, lfu, no"));
        assertThat(set("slave-priority", "x"))
                .isEqualTo(failed("slave-priority", "argument couldn't be parsed into an integer"));
    }

    @Test
    void protectedParametersCanBeSetWhereThatIsAllowed() {
        assertThat(config.set(List.of("dbfilename", "x"), Config.Access.ALL)).isNull();
    }

    @Test
    void integersAreReadStrictly() {
        for (String bad :
                List.of(
                        "",
                        "010",
                        "+10",
                        " 10",
                        "10 ",
                        "10x",
                        "-0",
                        "1.5",
                        "99999999999999999999")) {
            assertThat(set("hz", bad))
                    .as(bad)
                    .isEqualTo(failed("hz", "argument couldn't be parsed into an integer"));
        }
        assertThat(set("hz", "-1"))
                .isEqualTo(failed("hz", "argument must be between 0 and 2147483647 inclusive"));
    }

    @Test
    void valuesMayBeClamped() {
        assertThat(set("hz", "100000")).isNull();
        assertThat(hz.value).isEqualTo(500);
        assertThat(set("hz", "0")).isNull();
        assertThat(hz.value).isEqualTo(1);
    }

    @Test
    void memoryHasUnits() {
        String[][] cases = {
            {"10", "10"},
            {"1b", "1"},
            {"1k", "1000"},
            {"10KB", "10240"},
            {"2m", "2000000"},
            {"1mb", "1048576"},
            {"3g", "3000000000"},
            {"1gb", "1073741824"},
            {"", "0"},
            {"100000000000000000000", "9223372036854775807"}
        };
        for (String[] c : cases) {
            assertThat(set("maxmemory", c[0])).as(c[0]).isNull();
            assertThat(memory.text()).as(c[0]).isEqualTo(c[1]);
        }
        for (String bad : List.of("-1", " 10", "1 k", "1.5gb", "1tb", "1x", "k1")) {
            assertThat(set("maxmemory", bad))
                    .isEqualTo(failed("maxmemory", "argument must be a memory value"));
        }
        assertThat(set("repl-backlog-size", "0"))
                .isEqualTo(
                        failed(
                                "repl-backlog-size",
                                "argument must be between 1 and 9223372036854775807 inclusive"));
        assertThat(backlog.value).isEqualTo(1 << 20);
    }

    @Test
    void memoryMayBeAPercentage() {
        assertThat(set("maxmemory-clients", "10%")).isNull();
        assertThat(clients.text()).isEqualTo("10%");
        assertThat(clients.value).isEqualTo(-10);
        assertThat(set("maxmemory-clients", "200%"))
                .isEqualTo(
                        failed(
                                "maxmemory-clients",
                                "percentage argument must be less or equal to 100"));
        assertThat(set("maxmemory-clients", "-5%"))
                .isEqualTo(
                        failed("maxmemory-clients", "argument must be a memory or percent value"));
        assertThat(set("maxmemory-clients", "0%")).isNull();
        assertThat(clients.text()).isEqualTo("0");
    }

    @Test
    void aSetOfWordsLosesItsDefaultAndKeepsItsOrder() {
        assertThat(set("on-sigterm", "force now save")).isNull();
        assertThat(sigterm.text()).isEqualTo("save now force");
        assertThat(set("on-sigterm", "default save")).isNull();
        assertThat(sigterm.text()).isEqualTo("save");
        assertThat(set("on-sigterm", ""))
                .contains("must be one of the following: default, save, now, force");
        assertThat(set("on-sigterm", "default")).isNull();
        assertThat(sigterm.text()).isEqualTo("default");
        assertThat(sigterm.is("default")).isTrue();
    }

    @Test
    void nothingIsSetWhenOneValueIsWrong() {
        assertThat(set("maxmemory", "5", "hz", "abc"))
                .isEqualTo(failed("hz", "argument couldn't be parsed into an integer"));
        assertThat(memory.value).isZero();
    }

    @Test
    void changesAreAppliedOnceAndTakenBackWhenOneIsRefused() throws Exception {
        List<String> log = new ArrayList<>();
        Parameter.Apply shared = () -> log.add("port=" + port.value + " hz=" + hz.value);
        port.onApply(shared);
        hz.onApply(shared);
        memory.onApply(() -> {
            if (memory.value == 77) {
                throw new BadValue("too little");
            }
        });
        assertThat(set("port", "1", "hz", "2", "maxmemory", "77"))
                .isEqualTo(failed("maxmemory", "too little"));
        assertThat(log).containsExactly("port=1 hz=2", "port=6379 hz=10");
        assertThat(memory.value).isZero();

        log.clear();
        assertThat(set("port", "6379", "maxmemory", "1")).isNull();
        assertThat(log).as("an equal value is no change").isEmpty();
    }

    @Test
    void getTakesNamesAndGlobs() {
        assertThat(config.get(List.of("HZ", "p[o]rt", "nothing")))
                .containsExactly(entry("HZ", "10"), entry("port", "6379"));
        assertThat(config.get(List.of("*priority", "slave-priority")))
                .containsExactly(entry("replica-priority", "100"), entry("slave-priority", "100"));
        assertThat(config.get(List.of("watchdog*"))).isEmpty();
        assertThat(config.get(List.of("watchdog-period")))
                .containsExactly(entry("watchdog-period", "0"));
        assertThat(priority.isDefault()).isTrue();
    }

    @Test
    void whileLoadingSomeAreRefused() {
        config.add(new Toggle("activerehashing", Parameter.DENY_LOADING, true));
        config.loadingWhile(() -> true);
        assertThat(set("activerehashing", "no"))
                .isEqualTo("LOADING Redis is loading the dataset in memory");
        assertThat(set("nothing", "1")).startsWith("ERR Unknown option");
        config.loadingWhile(() -> false);
        assertThat(set("activerehashing", "no")).isNull();
    }
}
