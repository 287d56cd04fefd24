package io.carnelian.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    @TempDir private Path temp = Path.of("");

    private final Config config = new Config();
    private final WorkingDir dir = config.add(new WorkingDir());
    private final Amount port = config.add(Amount.of("port", 0, 6379, 0, 65535));
    private final Text pass = config.add(new Text("requirepass", 0, ""));
    private final TextList bind = config.add(new TextList("bind", 0, List.of("*"), words -> words));
    private final List<List<String>> renamed = new ArrayList<>();

    ConfigFileTest() {
        config.directive("rename-command", 2, 2, renamed::add);
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(temp.resolve(name), text, StandardCharsets.ISO_8859_1);
    }

    private void load(String... args) throws ConfigFileError {
        load(InputStream.nullInputStream(), args);
    }

    private void load(InputStream stdin, String... args) throws ConfigFileError {
        ConfigFile.load(config, dir, CommandLine.parse(args), stdin);
    }

    private static String block(String where, String line, String why) {
        return "\n*** FATAL CONFIG FILE ERROR (Carnelian 0.1.0) ***\n"
                + "Reading the configuration file, at line "
                + where
                + "\n>>> '"
                + line
                + "'\n"
                + why
                + "\n";
    }

    private void failsWith(String expected, String... args) {
        assertThatThrownBy(() -> load(args))
                .isInstanceOfSatisfying(
                        ConfigFileError.class, e -> assertThat(e.text()).isEqualTo(expected));
    }

    @Test
    void laterWinsOverEarlier() throws Exception {
        Path conf =
                file("a.conf", "# comment\n\n  PORT 1\r\nrequirepass \"a b\"\nbind 127.0.0.1 -::1");
        InputStream stdin =
                new ByteArrayInputStream(
                        "port 2\nrequirepass in\n".getBytes(StandardCharsets.US_ASCII));
        load(stdin, conf.toString(), "--port", "3", "-");
        assertThat(port.value).isEqualTo(3);
        assertThat(pass.value).isEqualTo("in");
        assertThat(bind.values).containsExactly("127.0.0.1", "-::1");
        assertThat(config.file()).isEqualTo(conf);
    }

    @Test
    void optionsAreLines() {
        assertThat(options("--port", "1", "--save", "1 2", "--save", "3", "4"))
                .containsExactly("port \"1\"", "save \"1 2\"", "save \"3\" \"4\"");
        assertThat(options("--port 1", "--loglevel", "debug"))
                .containsExactly("port 1", "loglevel \"debug\"");
        assertThat(options("--requirepass", "--x", "--port", "1"))
                .containsExactly("requirepass \"--x\"", "port \"1\"");
        assertThat(options("--save", "--port", "1")).containsExactly("save \"\"", "port \"1\"");
        assertThat(options("--port", "1", "--save")).containsExactly("port \"1\"", "save \"\"");
        assertThat(options("--port", "1", "--unknown")).containsExactly("port \"1\"", "unknown");
        assertThat(options("-x")).containsExactly("\"-x\"");
        assertThat(options("x.conf", "y")).containsExactly("\"y\"");
    }

    private static List<String> options(String... args) {
        return CommandLine.parse(args).optionLines();
    }

    @Test
    void flagsThatPrintAndEnd() {
        assertThat(CommandLine.parse(new String[] {"-v"}).action())
                .isEqualTo(CommandLine.Action.VERSION);
        assertThat(CommandLine.parse(new String[] {"--help"}).action())
                .isEqualTo(CommandLine.Action.HELP);
        assertThat(CommandLine.parse(new String[] {"--test-memory", "1"}).action())
                .isEqualTo(CommandLine.Action.TEST_MEMORY);
        assertThat(CommandLine.parse(new String[] {}).action()).isEqualTo(CommandLine.Action.RUN);
        assertThat(CommandLine.parse(new String[] {"-"}).stdin()).isTrue();
    }

    @Test
    void aWrongLineIsNamed() throws Exception {
        String conf = file("a.conf", "port 1\nfoo bar\n").toString();
        failsWith(
                block("2 (" + conf + ")", "foo bar", "Bad directive or wrong number of arguments"),
                conf);
        conf = file("a.conf", "port \"78\n").toString();
        failsWith(
                block("1 (" + conf + ")", "port \"78", "Unbalanced quotes in configuration line"),
                conf);
        conf = file("a.conf", "port 1 2\n").toString();
        failsWith(block("1 (" + conf + ")", "port 1 2", "wrong number of arguments"), conf);
        conf = file("a.conf", "\n\nport\n").toString();
        failsWith(block("3 (" + conf + ")", "port", "wrong number of arguments"), conf);
        conf = file("a.conf", "rename-command get\n").toString();
        failsWith(
                block(
                        "1 (" + conf + ")",
                        "rename-command get",
                        "Bad directive or wrong number of arguments"),
                conf);
    }

    @Test
    void aWrongOptionIsNamed() {
        failsWith(
                block(
                        "2 (command line)",
                        "port \"abc\"",
                        "argument couldn't be parsed into an integer"),
                "--port",
                "abc");
        failsWith(
                block("3 (command line)", "unknown", "Bad directive or wrong number of arguments"),
                "--port",
                "1",
                "--unknown");
    }

    @Test
    void aMissingFileIsALineOfTheLog() {
        Path missing = temp.resolve("none.conf");
        assertThatThrownBy(() -> load(missing.toString()))
                .isInstanceOfSatisfying(
                        ConfigFileError.class,
                        e -> {
                            assertThat(e.isBlock()).isFalse();
                            assertThat(e.text())
                                    .isEqualTo(
                                            "Fatal error, can't open config file '"
                                                    + missing
                                                    + "': No such file or directory");
                        });
    }

    @Test
    void includesAreReadInPlace() throws Exception {
        file("one.conf", "port 11\n");
        file("two.conf", "port 12\nrequirepass two\n");
        Path conf =
                file(
                        "main.inc",
                        "dir " + temp + "\ninclude *.conf\nrequirepass main\ninclude none*.conf\n");
        load(conf.toString());
        assertThat(port.value).isEqualTo(12);
        assertThat(pass.value).isEqualTo("main");
        assertThat(dir.path()).isEqualTo(temp);

        Path missing = file("b.inc", "include none.conf\n");
        failsWith(
                "Fatal error, can't open config file 'none.conf': No such file or directory",
                missing.toString());
        Path loop = file("loop.inc", "include loop.inc\n");
        assertThatThrownBy(() -> load(loop.toString())).hasMessageContaining("nested too deeply");
    }

    @Test
    void dirMustBeThere() throws Exception {
        String conf = file("a.conf", "dir " + temp + "/none\n").toString();
        failsWith(
                block("1 (" + conf + ")", "dir " + temp + "/none", "No such file or directory"),
                conf);
        conf = file("a.conf", "dir " + temp + "\ndir a.conf\n").toString();
        failsWith(block("2 (" + conf + ")", "dir a.conf", "Not a directory"), conf);
    }

    @Test
    void directivesGetTheirWords() throws Exception {
        load(file("a.conf", "rename-command GET \"\"\nrename-command config cfg\n").toString());
        assertThat(renamed).containsExactly(List.of("GET", ""), List.of("config", "cfg"));
    }
}
