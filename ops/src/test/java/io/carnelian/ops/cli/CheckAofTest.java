package io.carnelian.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CheckAofTest {
    private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
    private static final String HALF = SET + SET.substring(0, 9);
    private static final String TIMES = SET + "#TS:100\r\n" + SET + "#TS:200\r\n" + SET;

    @TempDir Path directory;
    private String said = "";

    @Test
    void aSoundFileIsValid() throws IOException {
        Path file = write("a.aof", SET);
        assertThat(run("", file.toString())).isZero();
        assertThat(said)
                .contains("Start checking Old-Style AOF")
                .contains("AOF analyzed: filename=a.aof, size=27, ok_up_to=27, ok_up_to_line=8")
                .contains("AOF a.aof is valid");
    }

    @Test
    void fixesOnlyWhenAskedAndAgreed() throws IOException {
        Path file = write("a.aof", HALF);
        assertThat(run("", file.toString())).isEqualTo(1);
        assertThat(said).contains("is not valid. Use the --fix option");
        assertThat(run("n\n", "--fix", file.toString())).isEqualTo(1);
        assertThat(run("", "--fix", file.toString())).as("nobody there").isEqualTo(1);
        assertThat(file).hasContent(HALF);
        assertThat(run("y\n", "--fix", file.toString())).isZero();
        assertThat(said).contains("Successfully truncated AOF a.aof");
        assertThat(Files.readString(file)).isEqualTo(SET);
    }

    @Test
    void zerosAtTheEndAreCutOffWithTheCommandBeforeThem() throws IOException {
        Path file = write("a.aof", HALF + "\0".repeat(10_000));
        assertThat(run("", file.toString())).isEqualTo(1);
        assertThat(said).contains("only zeros up to the end", "ok_up_to=27", "diff=10009");
        assertThat(run("y\n", "--fix", file.toString())).isZero();
        assertThat(said).contains("1 whole or broken commands go");
        assertThat(Files.readString(file)).isEqualTo(SET);
    }

    @Test
    void checksEachFileOfAManifestAndCutsTheLastOnly() throws IOException {
        write("a.1.base.aof", SET);
        Path first = write("a.1.incr.aof", SET);
        Path last = write("a.2.incr.aof", HALF);
        Path manifest =
                write(
                        "a.manifest",
                        """
                        file a.1.base.aof seq 1 type b
                        file a.1.incr.aof seq 1 type i
                        file a.2.incr.aof seq 2 type i
                        """);
        assertThat(run("", manifest.toString())).isEqualTo(1);
        assertThat(said).contains("BASE AOF a.1.base.aof is valid", "a.2.incr.aof is not valid");
        assertThat(run("y\n", "--fix", manifest.toString())).isZero();
        assertThat(said).contains("All AOF files and manifest are valid");
        assertThat(Files.readString(last)).isEqualTo(SET);
        Files.writeString(first, HALF);
        assertThat(run("y\n", "--fix", manifest.toString())).isEqualTo(1);
        assertThat(said).contains("because it is not the last file");
        assertThat(Files.readString(first)).isEqualTo(HALF);
    }

    @Test
    void cutsToATime() throws IOException {
        Path file = write("a.aof", TIMES);
        assertThat(run("", "--truncate-to-timestamp", "50", file.toString())).isZero();
        assertThat(said).contains("Successfully truncated AOF a.aof to timestamp 50");
        assertThat(Files.readString(file)).isEqualTo(SET);
        Files.writeString(file, TIMES);
        assertThat(run("", "--truncate-to-timestamp", "200", file.toString())).isZero();
        assertThat(said).contains("Truncate nothing");
        Files.writeString(file, TIMES.substring(SET.length()));
        assertThat(run("", "--truncate-to-timestamp", "99", file.toString())).isEqualTo(1);
        assertThat(said).contains("has nothing before timestamp 99");
    }

    @Test
    void refusesABadManifestAndWhatIsNotThere() throws IOException {
        Path manifest = write("a.manifest", "file x seq 1 type x\n");
        assertThat(run("", manifest.toString())).isEqualTo(1);
        assertThat(said)
                .contains("at line 1", ">>> 'file x seq 1 type x'", "Unknown AOF file type");
        Path named = write("b.manifest", "file x seq 1 type b\n");
        assertThat(run("", named.toString())).isEqualTo(1);
        assertThat(said).contains("Cannot open file", "x: No such file or directory");
        assertThat(run("", directory.resolve("none").toString())).isEqualTo(1);
    }

    @Test
    void whatIsAskedInAWrongWayIsRefused() throws IOException {
        String file = write("a.aof", TIMES).toString();
        assertThat(run("")).isEqualTo(1);
        assertThat(run("", "--bogus", file)).isEqualTo(1);
        assertThat(run("", "--truncate-to-timestamp", "x", file)).isEqualTo(1);
        assertThat(run("", "--fix", "--truncate-to-timestamp", "1", file)).isEqualTo(1);
        assertThat(run("", "--help")).isZero();
        assertThat(said).contains("--truncate-to-timestamp", "Exit status");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private int run(String typed, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        CommandLine line =
                Carnelian.commandLine(
                        new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)), stream);
        PrintWriter writer = new PrintWriter(stream, true, StandardCharsets.UTF_8);
        line.setOut(writer).setErr(writer);
        String[] all = new String[args.length + 1];
        all[0] = "check-aof";
        System.arraycopy(args, 0, all, 1, args.length);
        int status = line.execute(all);
        said = out.toString(StandardCharsets.UTF_8);
        return status;
    }
}
