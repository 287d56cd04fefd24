package io.carnelian.aof.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.log.AofNames;
import io.carnelian.aof.log.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreTest {
    private static final AofNames NAMES = new AofNames("appendonly.aof");
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";
    private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
    private static final String BASE = "#TS:100\r\n" + SET;
    private static final String FIRST = "#TS:110\r\n" + SET;
    private static final String SECOND = "#TS:120\r\n" + SET + "#TS:130\r\n" + SET;

    @TempDir Path directory;
    private Path source;
    private Path target;

    @BeforeEach
    void writeFiles() throws IOException {
        source = Files.createDirectory(directory.resolve("source"));
        target = directory.resolve("target");
        Manifest manifest =
                Manifest.empty()
                        .withRewritten(NAMES, false, Long.MAX_VALUE)
                        .withIncr(NAMES)
                        .withIncr(NAMES);
        Files.write(source.resolve(NAMES.manifest()), manifest.text());
        put("appendonly.aof.1.base.aof", BASE + place(1000));
        put("appendonly.aof.1.incr.aof", FIRST);
        put("appendonly.aof.2.incr.aof", SECOND);
    }

    private static String place(long offset) {
        return new String(
                new Annotation.Position(ID, offset, 100_000, Annotation.Position.NO_SUM).line(),
                StandardCharsets.ISO_8859_1);
    }

    private void put(String name, String text) throws IOException {
        Files.writeString(source.resolve(name), text, StandardCharsets.ISO_8859_1);
    }

    private String made(String name) throws IOException {
        return Files.readString(target.resolve("aof").resolve(name), StandardCharsets.ISO_8859_1);
    }

    private Restore.Done restore(RestoreGoal goal) throws Exception {
        return new Restore(source, NAMES, 7_000).run(goal, target, "aof");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }

    @Test
    void copiesUpToTheStateAndBeginsANewHistory() throws Exception {
        List<String> before = names(source);
        Restore.Done done = restore(new RestoreGoal.Time(125));
        long offset = 1000 + 2L * SET.length();
        assertThat(done)
                .isEqualTo(
                        new Restore.Done(
                                "appendonly.aof.2.incr.aof",
                                9L + SET.length(),
                                9L + SET.length(),
                                offset,
                                120,
                                2));
        assertThat(made("appendonly.aof.1.base.aof")).isEqualTo(BASE + place(1000));
        assertThat(made("appendonly.aof.1.incr.aof")).isEqualTo(FIRST);
        String last = made("appendonly.aof.2.incr.aof");
        String commands = SECOND.substring(0, 9 + SET.length());
        assertThat(last).startsWith(commands + "#CN:").doesNotContain(ID);
        assertThat(last.substring(commands.length())).endsWith(" " + offset + " 7000 -\r\n");
        assertThat(Manifest.parse(Files.readAllBytes(target.resolve("aof/" + NAMES.manifest()))))
                .isEqualTo(Manifest.parse(Files.readAllBytes(source.resolve(NAMES.manifest()))));
        assertThat(names(target)).containsExactly("aof");
        assertThat(names(source)).isEqualTo(before);
        assertThat(done.described()).contains("36 bytes are later; offset 1054; last timestamp");
    }

    /** As a disk without room does; here it is a name that can't be given. */
    @Test
    void whatFailsCanBeTriedAgainInTheSamePlace() throws Exception {
        RestoreGoal goal = new RestoreGoal.Time(125);
        Restore restore = new Restore(source, NAMES, 7_000);
        assertThatThrownBy(() -> restore.run(goal, target, "not/there"))
                .isInstanceOf(IOException.class);
        assertThat(names(target)).isEmpty();
        assertThat(restore(goal).commands()).isEqualTo(2);
    }

    @Test
    void leavesOutFilesThatBeganLater() throws Exception {
        var _ = restore(new RestoreGoal.Offset(1000L + SET.length()));
        assertThat(names(target.resolve("aof")))
                .containsExactly(
                        "appendonly.aof.1.base.aof",
                        "appendonly.aof.1.incr.aof",
                        "appendonly.aof.manifest");
    }

    @Test
    void aBaseAloneGetsAnEmptyIncrement() throws Exception {
        Manifest alone = Manifest.empty().withRewritten(NAMES, false, Long.MAX_VALUE);
        Files.write(source.resolve(NAMES.manifest()), alone.text());
        var _ = restore(new RestoreGoal.Offset(1000));
        assertThat(made("appendonly.aof.1.incr.aof")).startsWith("#CN:").contains(" 1000 ");
    }

    @Test
    void makesNothingWhenItCannot() throws Exception {
        assertThatThrownBy(() -> restore(new RestoreGoal.Time(99)))
                .hasMessageContaining("before the base file");
        put("appendonly.aof.1.base.aof", BASE + SET.substring(0, 9));
        assertThatThrownBy(() -> restore(new RestoreGoal.Time(125)))
                .hasMessageContaining("appendonly.aof.1.base.aof is damaged at byte");
        assertThat(target).doesNotExist();
        Files.writeString(Files.createDirectory(target).resolve("x"), "somebody's");
        assertThatThrownBy(() -> restore(new RestoreGoal.Time(125)))
                .hasMessageContaining("is not empty");
        Files.delete(source.resolve(NAMES.manifest()));
        Files.delete(target.resolve("x"));
        assertThatThrownBy(() -> restore(new RestoreGoal.Time(125)))
                .hasMessageContaining("no AOF to restore from");
    }
}
