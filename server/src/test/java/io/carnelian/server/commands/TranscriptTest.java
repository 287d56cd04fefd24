package io.carnelian.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies, effects and counted changes are those that redis-server 7.0.15 gave. */
class TranscriptTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"set", "string-ranges", "counters", "lcs", "keys", "expire", "databases"})
    void answersAsRedisServerDid(String name) throws Exception {
        Transcript transcript = Transcript.read(file(name));
        try (CommandsFixture server = new CommandsFixture()) {
            int line = 0;
            for (Transcript.Step step : transcript.steps()) {
                line++;
                if (step.isDirective()) {
                    obey(server, step.words());
                } else if (step.isCommand()) {
                    check(server, step, name + ", step " + line + ": " + step.line());
                }
            }
            assertThat(line).isGreaterThan(10);
        }
    }

    private static void obey(CommandsFixture server, String[] directive) {
        switch (directive[0]) {
            case "advance" -> server.advance(Long.parseLong(directive[1]));
            case "list" -> server.plantList(directive[1]);
            default -> throw new IllegalArgumentException(directive[0]);
        }
    }

    private static void check(CommandsFixture server, Transcript.Step step, String what) {
        String line = Transcript.withTimes(step.line(), server.nowMs());
        CommandsFixture.Outcome outcome = server.run(RespText.words(line.substring(2)));
        List<String> effects =
                step.effects().stream().map(e -> Transcript.withTimes(e, server.nowMs())).toList();
        assertThat(outcome.reply()).as(what).isEqualTo(step.reply());
        assertThat(outcome.effects()).as(what).isEqualTo(effects);
        assertThat(outcome.changes()).as(what).isEqualTo(step.changes());
    }

    private static Path file(String name) throws URISyntaxException {
        URL url = TranscriptTest.class.getResource(name + ".transcript");
        return Path.of(Objects.requireNonNull(url, name).toURI());
    }
}
