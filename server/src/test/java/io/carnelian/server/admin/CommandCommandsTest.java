package io.carnelian.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.command.Categories;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CommandCommandsTest {
    private static final String GET_SPEC =
            "*1|*6|$5|flags|*2|+RO|+access|$12|begin_search|*4|$4|"
                    + "type|$5|index|$4|spec|*2|$5|index|:1|"
                    + "$9|find_keys|*4|$4|type|$5|range|$4|spec|*6|$7|"
                    + "lastkey|:0|$7|keystep|:1|$5|limit|:0|";

    @RegisterExtension final AdminFixture server = new AdminFixture();

    @Test
    void infoIsThatOfRedis() {
        assertThat(server.run("COMMAND", "INFO", "foo", "get"))
                .isEqualTo(
                        "*2|$-1|*10|$3|get|:2|*2|+readonly|+fast|:1|:1|"
                                + ":1|*3|+@read|+@string|+@fast|*0|"
                                + GET_SPEC
                                + "*0|");
        assertThat(server.run("COMMAND", "INFO", "ping"))
                .isEqualTo(
                        "*1|*10|$4|ping|:-1|*1|+fast|:0|:0|:0|*2|+@fast|"
                                + "+@connection|*2|$25|request_policy:"
                                + "all_shards|$29|response_policy:all_succeeded|*0|*0|");
        assertThat(server.run("COMMAND", "INFO", "rename"))
                .contains(
                        "*2|*6|$5|flags|*3|+RW|+access|+delete|",
                        "|*2|+OW|+update|",
                        "$5|index|:2|");
        assertThat(server.run("COMMAND", "INFO", "config|get"))
                .startsWith("*1|*10|$10|config|get|:-3|");
        server.run("HELLO", "3");
        assertThat(server.run("COMMAND", "INFO", "get"))
                .startsWith(
                        "*1|*10|$3|get|:2|~2|+readonly|+fast|:1|:1|:1|~3|"
                                + "+@read|+@string|+@fast|~0|~1|%3|");
    }

    /** What was made in advance must be what would be made now. */
    @Test
    void preparedRepliesAreTheSame() {
        for (String version : List.of("2", "3")) {
            server.run("HELLO", version);
            String infos = server.run("COMMAND");
            String docs = server.run("COMMAND", "DOCS");
            String none = server.run("COMMAND", "INFO");
            server.prepareCommandReplies();
            assertThat(server.run("COMMAND")).isEqualTo(infos);
            assertThat(server.run("COMMAND", "INFO")).isEqualTo(none).isEqualTo(infos);
            assertThat(server.run("COMMAND", "DOCS")).isEqualTo(docs).contains("getset");
            assertThat(server.run("COMMAND", "DOCS", "get")).hasSizeLessThan(docs.length() / 10);
        }
    }

    @Test
    void docsSayWhatIsDeprecated() {
        assertThat(server.run("COMMAND", "DOCS", "getset"))
                .contains("|$9|doc_flags|*1|+deprecated|$16|deprecated_since|$5|6.2.0|")
                .contains("|$11|replaced_by|$30|`SET` with the `!GET` argument|");
        assertThat(server.run("COMMAND", "DOCS", "get")).doesNotContain("doc_flags");
    }

    @Test
    void countListAndAll() {
        int commands = server.server.commands().size();
        assertThat(server.run("COMMAND", "COUNT")).isEqualTo(":" + commands + "|");
        int withSubcommands = server.server.commands().withSubcommands().size();
        assertThat(server.run("COMMAND", "LIST"))
                .startsWith("*" + withSubcommands + "|")
                .contains("|config|get|");
        assertThat(server.run("COMMAND")).startsWith("*" + commands + "|*10|");
        assertThat(server.run("COMMAND", "INFO")).isEqualTo(server.run("COMMAND"));
        assertThat(server.run("COMMAND", "LIST", "FILTERBY", "PATTERN", "CONFIG|r*"))
                .isEqualTo("*2|$16|config|resetstat|$14|config|rewrite|");
        assertThat(server.run("COMMAND", "LIST", "FILTERBY", "aclcat", "dangerous"))
                .contains("|$4|info|");
        assertThat(server.run("COMMAND", "LIST", "FILTERBY", "aclcat", "foo")).isEqualTo("*0|");
        assertThat(server.run("COMMAND", "LIST", "FILTERBY", "module", "foo")).isEqualTo("*0|");
        assertThat(server.run("COMMAND", "LIST", "FILTERBY", "foo", "bar"))
                .isEqualTo("-ERR syntax error|");
        assertThat(server.run("COMMAND", "FOO"))
                .isEqualTo("-ERR unknown subcommand 'FOO'. Try COMMAND HELP.|");
    }

    @Test
    void getKeysFindsThem() {
        assertThat(server.run("COMMAND", "GETKEYS", "get", "a")).isEqualTo("*1|$1|a|");
        assertThat(server.run("COMMAND", "GETKEYS", "mset", "a", "b", "c", "d"))
                .isEqualTo("*2|$1|a|$1|c|");
        assertThat(server.run("COMMAND", "GETKEYS", "mset", "a", "b", "c"))
                .isEqualTo("*2|$1|a|$1|c|");
        assertThat(server.run("COMMAND", "GETKEYS", "blmpop", "0", "2", "a", "b", "LEFT"))
                .isEqualTo("*2|$1|a|$1|b|");
        assertThat(server.run("COMMAND", "GETKEYS", "blpop", "a", "b", "0"))
                .isEqualTo("*2|$1|a|$1|b|");
        String[] sort = {
            "COMMAND", "GETKEYSANDFLAGS", "sort", "a", "BY", "store", "STORE", "x", "STORE", "d"
        };
        assertThat(server.run(sort)).isEqualTo("*2|*2|$1|a|*2|+RO|+access|*2|$1|d|*2|+OW|+update|");
        assertThat(server.run("COMMAND", "GETKEYS", "foo", "b"))
                .isEqualTo("-ERR Invalid command specified|");
        assertThat(server.run("COMMAND", "GETKEYS", "ping", "a"))
                .isEqualTo("-ERR The command has no key arguments|");
        assertThat(server.run("COMMAND", "GETKEYS", "config", "get", "x"))
                .isEqualTo("-ERR The command has no key arguments|");
        assertThat(server.run("COMMAND", "GETKEYS", "get", "a", "b"))
                .isEqualTo("-ERR Invalid number of arguments specified for command|");
        assertThat(server.run("COMMAND", "GETKEYSANDFLAGS", "set", "a", "b", "EX", "1"))
                .isEqualTo("*1|*2|$1|a|*2|+OW|+update|");
        assertThat(server.run("COMMAND", "GETKEYSANDFLAGS", "set", "a", "b", "GET"))
                .isEqualTo("*1|*2|$1|a|*3|+RW|+access|+update|");
        assertThat(server.run("COMMAND", "GETKEYSANDFLAGS", "del", "a", "b"))
                .isEqualTo("*2|*2|$1|a|*2|+RM|+delete|*2|$1|b|*2|+RM|+delete|");
        assertThat(server.run("COMMAND", "GETKEYSANDFLAGS", "rename", "a", "b"))
                .isEqualTo("*2|*2|$1|a|*3|+RW|+access|+delete|*2|$1|b|*2|+OW|+update|");
    }

    @Test
    void docsListSummaryAndArguments() {
        assertThat(server.run("COMMAND", "DOCS", "foo")).isEqualTo("*0|");
        assertThat(server.run("COMMAND", "DOCS", "get"))
                .isEqualTo(
                        "*2|$3|get|*10|$7|summary|$28|Returns the string "
                                + "at a key.|$5|since|$5|1.0.0|$5|group|"
                                + "$6|string|$10|complexity|$4|O(1)|$9|"
                                + "arguments|*1|*6|$4|name|$3|key|$4|type|"
                                + "$3|key|$14|key_spec_index|:0|");
        assertThat(server.run("COMMAND", "DOCS", "setex"))
                .contains(
                        "$4|name|$7|seconds|$4|type|$7|integer|",
                        "$4|name|$5|value|$4|type|$6|string|");
        assertThat(server.run("COMMAND", "DOCS", "set"))
                .contains(
                        // [GET], and one of [<EX seconds|…>]
                        "*10|$4|name|$3|get|$4|type|$10|pure-token|$5|token|$3|GET|"
                                + "$5|since|$5|6.2.0|$5|flags|*1|+optional|",
                        "|$4|name|$10|expiration|$4|type|$5|oneof|",
                        "|$4|name|$7|seconds|$4|type|$7|integer|$5|token|$2|EX|");
        assertThat(server.run("COMMAND", "DOCS", "mset"))
                .contains(
                        "*8|$4|name|$9|key_value|$4|type|$5|block|$5|flags|"
                                + "*1|+multiple|$9|arguments|*2|");
        assertThat(server.run("COMMAND", "DOCS", "config"))
                .contains("$11|subcommands|*10|$10|config|get|*10|");
    }

    @Test
    void everyCommandIsDocumented() {
        CommandDocs docs = new CommandDocs();
        for (Command command : server.server.commands().withSubcommands()) {
            assertThat(docs.find(command.fullName())).as(command.fullName()).isNotNull();
        }
    }

    /** MIGRATE itself is in another module. */
    @Test
    void keysBehindAWordAreFound() {
        int flags = Flags.WRITE | Flags.MOVABLE_KEYS;
        server.server.commands().add("migrate", -6, flags, new Keys(3, 3, 1), 0, call -> {});
        assertThat(migrateKeys("h", "1", "k", "0", "5")).isEqualTo("*1|$1|k|");
        assertThat(migrateKeys("h", "1", "", "0", "5", "COPY", "keys", "a", "b"))
                .isEqualTo("*2|$1|a|$1|b|");
        assertThat(migrateKeys("h", "1", "", "0", "5", "AUTH", "KEYS", "KEYS", "a"))
                .isEqualTo("*1|$1|a|");
        assertThat(migrateKeys("h", "1", "", "0", "5", "AUTH2", "KEYS", "x", "KEYS", "q"))
                .isEqualTo("*1|$1|q|");
        assertThat(migrateKeys("h", "1", "", "0", "5", "KEYS")).isEqualTo("*1|$0||");
        assertThat(migrateKeys("h", "1", "k", "0", "5", "KEYS", "a"))
                .isEqualTo("-ERR Invalid arguments specified for command|");
    }

    private String migrateKeys(String... words) {
        String[] all = new String[3 + words.length];
        all[0] = "COMMAND";
        all[1] = "GETKEYS";
        all[2] = "migrate";
        System.arraycopy(words, 0, all, 3, words.length);
        return server.run(all);
    }

    /** Arity, flags and key positions as a recording of redis-server 7.0.15 has them. */
    @Test
    void rowsAreThoseOfRedis() throws Exception {
        Map<String, String> expected = new HashMap<>();
        try (var in =
                getClass().getResourceAsStream("/io/carnelian/server/commands/command-info.tsv")) {
            String text =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            text.lines().forEach(line -> expected.put(line.split("\t")[0], line));
        }
        List<String> newer = List.of("client|setinfo", "client|no-touch", "cluster|myshardid");
        for (Command command : server.server.commands().withSubcommands()) {
            if (!newer.contains(command.fullName())) {
                assertThat(row(command)).isEqualTo(expected.get(command.fullName()));
            }
        }
    }

    private static String row(Command command) {
        TreeSet<String> flags = new TreeSet<>();
        for (int bit = 0; bit < Flags.count(); bit++) {
            if ((command.flags() & ~Flags.MAY_REPLICATE & 1 << bit) != 0) {
                flags.add(Flags.name(bit));
            }
        }
        TreeSet<String> categories = new TreeSet<>();
        for (int bit = 0; bit < Categories.count(); bit++) {
            if ((command.categories() & 1 << bit) != 0) {
                categories.add(Categories.name(bit));
            }
        }
        Keys keys = command.keys();
        return String.join(
                "\t",
                command.fullName(),
                Integer.toString(command.arity()),
                String.join(",", flags),
                keys.first() + "," + keys.last() + "," + keys.step(),
                String.join(",", categories));
    }
}
