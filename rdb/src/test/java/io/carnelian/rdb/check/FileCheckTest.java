package io.carnelian.rdb.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCheckTest {
    private static final String HEADER = "REDIS0010";
    private static final String LIST = "\u0001\u0001l\u0002\u0001a\u0003bcd";
    private static final String STRING = "\u00fc\u0001\0\0\0\0\0\0\0" + "\0\u0001k\u0005value";
    private static final String END = "\u00ff\0\0\0\0\0\0\0\0";

    @TempDir Path folder;

    private final List<String> told = new ArrayList<>();

    private FileCheck.Found check(String content) throws IOException {
        Path file = folder.resolve("dump.rdb");
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        FileCheck.Report report =
                new FileCheck.Report() {
                    @Override
                    public void aux(long offset, String name, String value) {
                        told.add(name + "=" + value);
                    }

                    @Override
                    public void database(long offset, int db) {
                        told.add("db " + db);
                    }
                };
        return FileCheck.check(file, report, 1000);
    }

    @Test
    void aSoundFileIsCounted() throws IOException {
        String aux = "\u00fa\u0005ctime\u00c0\u0007";
        FileCheck.Found found = check(HEADER + aux + LIST + "\u00fe\u0003" + STRING + END);
        assertThat(found.problem()).isEmpty();
        assertThat(found.keys()).isEqualTo(2);
        assertThat(found.expires()).isEqualTo(1);
        assertThat(found.expired()).isEqualTo(1);
        assertThat(found.types()).containsEntry("list-linked", 1L).containsEntry("string", 1L);
        assertThat(found.biggest()).first().extracting(FileCheck.Big::key).isEqualTo("l");
        assertThat(found.databases()).isEqualTo(4);
        assertThat(told).containsExactly("ctime=7", "db 0", "db 3");
    }

    @Test
    void damageIsToldWithItsPlace() throws IOException {
        FileCheck.Found found = check(HEADER + LIST + "\u000b\u0001s\u0002xx" + END);
        assertThat(found.problem())
                .startsWith("at byte ")
                .endsWith("key 's': Intset integrity check failed.");
        assertThat(found.keys()).isEqualTo(1);
    }

    @Test
    void anotherVersionHasTheSameData() throws IOException {
        FileCheck.Found found = check(HEADER + LIST + "\u00fe\u0003" + STRING + END);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FileCheck.convert(folder.resolve("dump.rdb"), found, 9, out, 1000);
        told.clear();
        FileCheck.Found again = check(out.toString(StandardCharsets.ISO_8859_1));
        assertThat(again.problem()).isEmpty();
        assertThat(again.version()).isEqualTo(9);
        assertThat(again.types()).isEqualTo(found.types());
        assertThat(again.expires()).isEqualTo(1);
    }
}
