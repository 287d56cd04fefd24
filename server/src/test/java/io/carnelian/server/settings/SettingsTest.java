package io.carnelian.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.server.config.CommandLine;
import io.carnelian.server.config.Config;
import io.carnelian.server.config.ConfigFile;
import io.carnelian.server.config.ConfigFileError;
import io.carnelian.server.config.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private final Config config = new Config();
    private final ServerSettings settings = new ServerSettings(config);

    SettingsTest() {
        PendingSettings.addTo(config, settings);
    }

    private static List<String> resource(String name) {
        try (InputStream in =
                Objects.requireNonNull(SettingsTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable String set(String name, String value) {
        return config.set(List.of(name, value), Config.Access.ALL);
    }

    private String get(String name) {
        return Objects.requireNonNull(config.find(name)).text();
    }

    private void load(String... args) throws ConfigFileError {
        ConfigFile.load(
                config,
                settings.process.dir,
                CommandLine.parse(args),
                InputStream.nullInputStream());
    }

    @Test
    void defaultsAreThoseOfRedis() {
        Map<String, String> expected = new TreeMap<>();
        for (String line : resource("defaults-7.0.15.tsv")) {
            if (!line.startsWith("#")) {
                int tab = line.indexOf('\t');
                expected.put(line.substring(0, tab), line.substring(tab + 1));
            }
        }
        Map<String, String> ours = new TreeMap<>(config.get(List.of("*")));
        ours.keySet().retainAll(expected.keySet());
        assertThat(ours).isEqualTo(expected);
    }

    @Test
    void everyDirectiveOfAStockFileIsAccepted() throws Exception {
        ConfigFile.load(
                config,
                settings.process.dir,
                new CommandLine(CommandLine.Action.RUN, null, false, resource("stock-7.0.conf")),
                InputStream.nullInputStream());
        assertThat(get("bind")).isEqualTo("127.0.0.1 -::1");
        assertThat(get("client-output-buffer-limit"))
                .isEqualTo("normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
        assertThat(config.pendingInUse()).isEmpty();
    }

    @Test
    void whatIsNotAppliedYetIsNamed() throws Exception {
        load("--cluster-enabled", "yes", "--tls-port", "0", "--tls-cluster", "yes");
        assertThat(config.pendingInUse()).containsExactly("cluster-enabled", "tls-cluster");
    }

    @Test
    void everyRowWritesALineThatItReadsBack() throws Exception {
        for (Parameter row : config.rows()) {
            if (row.name().startsWith("list-max-ziplist")) {
                continue;
            }
            Object before = row.value();
            load(row.lines().stream().map(line -> "--" + line).toArray(String[]::new));
            assertThat(row.value()).as(row.name()).isEqualTo(before);
        }
    }

    @Test
    void smallSetsArePackedWhateverTheyAreCalled() {
        assertThat(settings.keyspace.packedSetEntries()).isEqualTo(64);
        assertThat(settings.keyspace.packedSetBytes()).isEqualTo(64);
        assertThat(settings.keyspace.listpackSetsShown()).isFalse();
        assertThat(set("set-max-listpack-entries", "7")).isNull();
        assertThat(set("set-max-listpack-value", "8")).isNull();
        assertThat(settings.keyspace.packedSetEntries()).isEqualTo(7);
        assertThat(settings.keyspace.packedSetBytes()).isEqualTo(8);
        assertThat(settings.keyspace.listpackSetsShown()).isTrue();
    }

    @Test
    void listsMayBeGivenWithoutAnything() throws Exception {
        ConfigFile.load(
                config,
                settings.process.dir,
                new CommandLine(
                        CommandLine.Action.RUN,
                        null,
                        false,
                        List.of("save", "bind", "latency-tracking-info-percentiles")),
                InputStream.nullInputStream());
        assertThat(get("save")).isEmpty();
        assertThat(get("bind")).isEmpty();
        assertThat(get("latency-tracking-info-percentiles")).isEmpty();
        assertThatThrownBy(() -> load("--replicaof")).hasMessageContaining("wrong number of");
    }

    @Test
    void aSetOfWordsWithoutAnyNamesThem() {
        assertThatThrownBy(() -> load("--shutdown-on-sigint"))
                .hasMessageContaining("'shutdown-on-sigint'")
                .hasMessageContaining("argument(s) must be one of the following");
    }

    @Test
    void savePointsOfAFileReplaceTheDefaults() throws Exception {
        load("--save", "1 2", "--save", "3", "4");
        assertThat(get("save")).isEqualTo("1 2 3 4");
        assertThat(set("save", "900 1  300 10")).isNull();
        assertThat(get("save")).isEqualTo("900 1 300 10");
        for (String bad : List.of("abc", "a b", "1 2 3", "0 1", "1 -1")) {
            assertThat(set("save", bad)).as(bad).endsWith(" - Invalid save parameters");
        }
        assertThat(set("save", "")).isNull();
        assertThat(get("save")).isEmpty();
    }

    @Test
    void outputLimitsChangeClassByClass() {
        assertThat(set("client-output-buffer-limit", "normal 1mb 2kb 3 replica 1 2 3")).isNull();
        assertThat(get("client-output-buffer-limit"))
                .isEqualTo("normal 1048576 2048 3 slave 1 2 3 pubsub 33554432 8388608 60");
        assertThat(settings.net.outputLimits.hardBytes[OutputLimits.NORMAL]).isEqualTo(1 << 20);
        assertThat(set("client-output-buffer-limit", "foo 1 2 3"))
                .endsWith(" - Invalid client class specified in buffer limit configuration.");
        assertThat(set("client-output-buffer-limit", "normal 1 2"))
                .endsWith(" - Wrong number of arguments in buffer limit configuration.");
        for (String bad : List.of("normal a 2 3", "normal 0 0 -1", "normal 0 0 1.5")) {
            assertThat(set("client-output-buffer-limit", bad))
                    .endsWith(
                            " - Error in hard, soft or soft_seconds setting in buffer limit"
                                    + " configuration.");
        }
        assertThat(set("client-output-buffer-limit", "")).isNull();
    }

    @Test
    void keyspaceEventsAreShownInRedissOrder() {
        for (String[] c :
                new String[][] {
                    {"KEA", "AKE"},
                    {"Elsg", "glsE"},
                    {"gKnE", "gnKE"},
                    {"KExnlshzte$gdm", "AKEmn"},
                    {"", ""}
                }) {
            assertThat(set("notify-keyspace-events", c[0])).isNull();
            assertThat(get("notify-keyspace-events")).isEqualTo(c[1]);
        }
        assertThat(set("notify-keyspace-events", "X"))
                .endsWith(" - Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }

    @Test
    void specialValuesAreCheckedInRedissWords() {
        String[][] cases = {
            {"oom-score-adj-values", "1 2", "wrong number of arguments"},
            {
                "oom-score-adj-values",
                "1 2 x",
                "Invalid oom-score-adj-values, elements must be between -2000 and 2000."
            },
            {
                "latency-tracking-info-percentiles",
                "1 x",
                "Invalid latency-tracking-info-percentiles parameters"
            },
            {
                "latency-tracking-info-percentiles",
                "1 200",
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
            },
            {"dbfilename", "a/b", "dbfilename can't be a path, just a filename"},
            {
                "shutdown-on-sigterm",
                "nosave save",
                "shutdown options SAVE and NOSAVE can't be used simultaneously"
            },
            {
                "proc-title-template",
                "{foo",
                "template format is invalid or contains unknown variables"
            },
            {"proc-title-template", "", "template format is invalid or contains unknown variables"},
            {
                "cluster-announce-hostname",
                "a b",
                "Hostnames may only contain alphanumeric characters, hyphens or dots"
            },
            {
                "bind",
                "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
                "Too many bind addresses specified."
            },
            {"dir", "/nonexist", "No such file or directory"},
        };
        for (String[] c : cases) {
            assertThat(set(c[0], c[1])).as(c[0]).endsWith(") - " + c[2]);
        }
        assertThat(set("latency-tracking-info-percentiles", "50.0 100.0 0 99.99999")).isNull();
        assertThat(get("latency-tracking-info-percentiles")).isEqualTo("50 100 0 99.99999");
        assertThat(set("proc-title-template", "{title} {unixsocket}")).isNull();
        assertThat(set("bind", "")).isNull();
        assertThat(get("bind")).isEmpty();
    }
}
