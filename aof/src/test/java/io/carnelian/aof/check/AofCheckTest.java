package io.carnelian.aof.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.rdb.check.FileCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AofCheckTest {
    private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";

    /** Without a key, its checksum not computed. */
    private static final byte[] RDB =
            HexFormat.of().parseHex("524544495330303130FF0000000000000000");

    @TempDir Path directory;

    @Test
    void aSoundFile() throws IOException {
        AofCheck.Found found = check(SET + "#TS:100\r\n" + SET, AofCheck.ANY_TIME);
        assertThat(found.isSound()).isTrue();
        assertThat(found.rdb()).isNull();
        assertThat(found.commands()).isEqualTo(2);
        assertThat(found.wholeEnd()).isEqualTo(found.bytes());
        assertThat(found.cutAt()).isEqualTo(AofCheck.NO_CUT);
    }

    @Test
    void aTruncatedOne() throws IOException {
        AofCheck.Found found = check(SET + SET.substring(0, 9), AofCheck.ANY_TIME);
        assertThat(found.isSound()).isFalse();
        assertThat(found.wholeEnd()).isEqualTo(SET.length());
        assertThat(found.dropped()).isEqualTo(1);
    }

    @Test
    void endsBeforeWhatIsTooYoung() throws IOException {
        String text = SET + "#TS:100\r\n" + SET + "#TS:200\r\n" + "no matter what comes";
        AofCheck.Found found = check(text, 150);
        assertThat(found.isSound()).isTrue();
        assertThat(found.cutAt()).isEqualTo(2 * SET.length() + 9);
        String inside = SET + "*1\r\n$5\r\nMULTI\r\n#TS:200\r\n" + SET;
        assertThat(check(inside, 150).cutAt()).isEqualTo(SET.length());
    }

    @Test
    void goesOnBehindAnRdbPart() throws IOException {
        AofCheck.Found found = check(RDB, SET + "x");
        assertThat(found.rdb()).isNotNull();
        assertThat(found.isRdbBroken()).isFalse();
        assertThat(found.wholeEnd()).isEqualTo(RDB.length + SET.length());
        assertThat(found.problemOffset()).isEqualTo(found.wholeEnd());
        byte[] broken = RDB.clone();
        broken[9] = 0x66;
        assertThat(check(broken, SET).isRdbBroken()).isTrue();
    }

    private AofCheck.Found check(byte[] rdb, String tail) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(rdb);
        all.writeBytes(tail.getBytes(StandardCharsets.ISO_8859_1));
        return check(all.toByteArray(), AofCheck.ANY_TIME);
    }

    private AofCheck.Found check(String text, long lastSeconds) throws IOException {
        return check(text.getBytes(StandardCharsets.ISO_8859_1), lastSeconds);
    }

    private AofCheck.Found check(byte[] bytes, long lastSeconds) throws IOException {
        Path file = Files.write(directory.resolve("file"), bytes);
        FileCheck.Report silent =
                new FileCheck.Report() {
                    @Override
                    public void aux(long offset, String name, String value) {}

                    @Override
                    public void database(long offset, int db) {}
                };
        return AofCheck.check(file, silent, 0, lastSeconds, offset -> {});
    }
}
