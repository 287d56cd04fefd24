package io.carnelian.aof.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
    private static final AofNames NAMES = new AofNames("appendonly.aof");

    @Test
    void countsUpThroughARewrite() throws Exception {
        Manifest begun = Manifest.empty().withIncr(NAMES);
        assertThat(begun).hasToString("file appendonly.aof.1.incr.aof seq 1 type i\n");
        Manifest cut = begun.withIncr(NAMES);
        assertThat(cut.nextBase(NAMES, true)).isEqualTo("appendonly.aof.1.base.rdb");
        Manifest done = cut.withRewritten(NAMES, true, 2);
        assertThat(done)
                .hasToString(
                        """
                        file appendonly.aof.1.base.rdb seq 1 type b
                        file appendonly.aof.1.incr.aof seq 1 type h
                        file appendonly.aof.2.incr.aof seq 2 type i
                        """);
        Manifest again = done.withIncr(NAMES).withRewritten(NAMES, false, 3);
        assertThat(again)
                .hasToString(
                        """
                        file appendonly.aof.2.base.aof seq 2 type b
                        file appendonly.aof.2.incr.aof seq 2 type h
                        file appendonly.aof.1.base.rdb seq 1 type h
                        file appendonly.aof.1.incr.aof seq 1 type h
                        file appendonly.aof.3.incr.aof seq 3 type i
                        """);
        assertThat(again.toLoad())
                .extracting(AofFile::name)
                .containsExactly("appendonly.aof.2.base.aof", "appendonly.aof.3.incr.aof");
        Manifest clean = again.withoutHistory();
        assertThat(clean.history()).isEmpty();
        assertThat(Manifest.parse(clean.text())).isEqualTo(clean);
        assertThat(again.history()).as("a value does not change").hasSize(3);
    }

    /** While nothing is written, a rewrite leaves no increment; numbers go on all the same. */
    @Test
    void givesNoNumberTwice() {
        Manifest off = Manifest.empty().withIncr(NAMES).withRewritten(NAMES, true, Long.MAX_VALUE);
        assertThat(off.lastIncr()).isNull();
        assertThat(off.withoutHistory().withIncr(NAMES).lastIncr())
                .isEqualTo(new AofFile("appendonly.aof.2.incr.aof", 2, AofFile.Type.INCR));
    }

    @Test
    void takesAnOldStyleFileByItsName() {
        assertThat(Manifest.ofOldStyle("appendonly.aof").withIncr(NAMES))
                .hasToString(
                        """
                        file appendonly.aof seq 1 type b
                        file appendonly.aof.1.incr.aof seq 1 type i
                        """);
    }

    @Test
    void quotesNames() throws Exception {
        AofNames names = new AofNames("my \"data\"\n\u0001é.aof");
        Manifest manifest = Manifest.empty().withIncr(names);
        assertThat(manifest)
                .hasToString(
                        "file \"my \\\"data\\\"\\n\\x01\\xc3\\xa9.aof.1.incr.aof\" seq 1 type i\n");
        assertThat(Manifest.parse(manifest.text())).isEqualTo(manifest);
    }

    @Test
    void readsWhatPeopleAndLaterVersionsWrite() throws Exception {
        Manifest manifest =
                parse(
                        """
                        # a note
                        TYPE base  seq 7\tFile 'it\\'s.rdb' colour red
                          file a.h seq 5x type h\r
                        file "b\\x41\\q" seq 3 type incr
                        """);
        assertThat(manifest.base()).isEqualTo(new AofFile("it's.rdb", 7, AofFile.Type.BASE));
        assertThat(manifest.history()).containsExactly(new AofFile("a.h", 5, AofFile.Type.HISTORY));
        assertThat(manifest.incrs()).containsExactly(new AofFile("bAq", 3, AofFile.Type.INCR));
        assertThat(manifest.nextBase(NAMES, true)).isEqualTo("appendonly.aof.8.base.rdb");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''| 0| Found an empty AOF manifest",
                "\\n| 1| Invalid AOF manifest file format",
                "file a seq 1 type b| 0| The AOF manifest file contains too long line",
                "file a seq 1 type\\n| 1| Invalid AOF manifest file format",
                "file a seq 1 type b x\\n| 1| Invalid AOF manifest file format",
                "file \"a seq 1 type b\\n| 1| Invalid AOF manifest file format",
                "file \"a\"b seq 1 type b\\n| 1| Invalid AOF manifest file format",
                "file a seq x type b\\n| 1| Invalid AOF manifest file format",
                "^\\nfile d/a seq 1 type b\\n| 2| File can't be a path, just a filename",
                "file a seq 1 type x\\n| 1| Unknown AOF file type",
                "file a seq 1 type b\\nfile b seq 2 type b\\n| 2|"
                        + " Found duplicate base file information",
                "file a seq 2 type i\\nfile b seq 2 type i\\n| 2|"
                        + " Found a non-monotonic sequence number",
                "file a seq -1 type i\\n| 1| Found a non-monotonic sequence number",
            })
    void refusesInRedissWords(String text, int line, String why) {
        assertThatThrownBy(() -> parse(text.replace("\\n", "\n").replace("^", "#")))
                .isInstanceOfSatisfying(
                        ManifestException.class,
                        e -> {
                            assertThat(e.why()).isEqualTo(why);
                            assertThat(e.line()).isEqualTo(line);
                        });
    }

    @Test
    void refusesALongLine() {
        String line = "file " + "a".repeat(Manifest.MAX_LINE_BYTES) + " seq 1 type b\n";
        assertThatThrownBy(() -> parse(line)).hasMessageContaining("too long line");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "a\\b", ""})
    void namesHaveNoPath(String name) {
        assertThatThrownBy(() -> new AofNames(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void knowsAManifestByItsBeginning() {
        assertThat(Manifest.isManifest(bytes("# x\nfile a seq 1 type b\n"))).isTrue();
        assertThat(Manifest.isManifest(bytes("*1\r\n$4\r\nfile\r\n"))).isFalse();
        assertThat(Manifest.isManifest(bytes("REDIS0010"))).isFalse();
        assertThat(Manifest.isManifest(bytes("fil"))).isFalse();
        assertThat(Manifest.isManifest(bytes(""))).isFalse();
    }

    /** Whatever the bytes are, a manifest comes of them, whose text gives itself, or a refusal. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void survivesAnyBytes(long seed) {
        Random random = new Random(Long.getLong("seed", seed));
        List<String> pieces =
                List.of(
                        "file",
                        " ",
                        "seq",
                        "type",
                        "b",
                        "i",
                        "h",
                        "1",
                        "2",
                        "9",
                        "\n",
                        "\"",
                        "'",
                        "\\x4",
                        "\\",
                        "#",
                        "a.aof",
                        "/",
                        "\r",
                        "é",
                        "\0",
                        " file a seq ",
                        " type i\n");
        int accepted = 0;
        for (int round = 0; round < 4000; round++) {
            StringBuilder text = new StringBuilder(round % 3 == 0 ? "file x seq 1 type b\n" : "");
            for (int i = random.nextInt(12); i > 0; i--) {
                text.append(pieces.get(random.nextInt(pieces.size())));
            }
            try {
                Manifest manifest = parse(text.toString());
                if (!manifest.toLoad().isEmpty()) {
                    assertThat(Manifest.parse(manifest.text()))
                            .as("-Dseed=%d: %s", seed, text)
                            .isEqualTo(manifest);
                    accepted++;
                }
            } catch (ManifestException refused) {
                assertThat(refused.why()).isNotEmpty();
            }
        }
        assertThat(accepted).as("-Dseed=%d", seed).isPositive();
    }

    private static Manifest parse(String text) throws ManifestException {
        return Manifest.parse(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
