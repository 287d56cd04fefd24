package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.command.Categories;
import io.carnelian.server.command.Command;
import io.carnelian.server.command.Flags;
import io.carnelian.server.command.Keys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Arity, flags, key positions and ACL categories are those that COMMAND gives in Redis 7.0.15; the
 * arity of ZRANK and ZREVRANK is that of 7.2, which gave them an option.
 */
class CommandInfoTest {
    @RegisterExtension final CommandsFixture server = new CommandsFixture();

    @Test
    void rowsAreThoseOfRedis() throws IOException {
        Map<String, String> expected = recorded();
        int checked = 0;
        for (Command command : server.server().commands().withSubcommands()) {
            String row = row(command);
            assertThat(row).isEqualTo(expected.get(command.fullName()));
            checked++;
        }
        assertThat(checked).isGreaterThan(50);
    }

    private static String row(Command command) {
        TreeSet<String> flags = new TreeSet<>();
        int shown = command.flags() & ~Flags.MAY_REPLICATE; // which COMMAND does not tell
        for (int bit = 0; bit < Flags.count(); bit++) {
            if ((shown >>> bit & 1) != 0) {
                flags.add(Flags.name(bit));
            }
        }
        TreeSet<String> categories = new TreeSet<>();
        for (int bit = 0; bit < Categories.count(); bit++) {
            if ((command.categories() >>> bit & 1) != 0) {
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

    private static Map<String, String> recorded() throws IOException {
        var in =
                Objects.requireNonNull(
                        CommandInfoTest.class.getResourceAsStream("command-info.tsv"));
        Map<String, String> rows = new TreeMap<>();
        try (var reader =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                rows.put(line.substring(0, Math.max(0, line.indexOf('\t'))), line);
            }
        }
        return rows;
    }
}
