package io.carnelian.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.ops.bench.StreamOptions.Journal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class StreamOptionsTest {
    @Command
    private static final class Tool {
        @Mixin private StreamOptions stream = new StreamOptions();
    }

    private static StreamOptions parsed(String... arguments) {
        Tool tool = new Tool();
        var _ =
                new CommandLine(tool)
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .parseArgs(arguments);
        return tool.stream;
    }

    @Test
    void nothingIsMeasuredUnlessAskedFor() {
        assertThat(parsed().isPlain()).isTrue();
        assertThat(parsed("--appendonly", "no").isPlain()).isTrue();
        assertThat(parsed("--replica").isPlain()).isFalse();
        StreamOptions both = parsed("--appendonly", "everysec", "--replica");
        assertThat(both.described()).isEqualTo("; appendfsync everysec; one replica each");
        assertThat(both.syncsAlways()).isFalse();
        assertThat(parsed("--appendonly", "always").syncsAlways()).isTrue();
    }

    @Test
    void whatTheUserGivesStandsLast() {
        BenchServer.Spec spec =
                new BenchServer.Spec(
                        "ours", List.of("server"), List.of("--dir", "x"), Map.of(), "0");
        List<String> journal = StreamOptions.journalOptions(Journal.ALWAYS);
        assertThat(journal).containsSubsequence("--appendonly", "yes", "--appendfsync", "always");
        assertThat(spec.with(journal).options())
                .startsWith(journal.toArray(String[]::new))
                .endsWith("--dir", "x");
        assertThat(StreamOptions.journalOptions(Journal.NO)).isEmpty();
    }
}
