package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GlobTest {
    @Test
    void matchesWhatTheDocumentationSays() {
        assertThat(matches("h?llo", "hello")).isTrue();
        assertThat(matches("h*llo", "hllo")).isTrue();
        assertThat(matches("h*llo", "heeeello")).isTrue();
        assertThat(matches("h[ae]llo", "hello")).isTrue();
        assertThat(matches("h[ae]llo", "hillo")).isFalse();
        assertThat(matches("h[^e]llo", "hallo")).isTrue();
        assertThat(matches("h[^e]llo", "hello")).isFalse();
        assertThat(matches("h[a-b]llo", "hbllo")).isTrue();
        assertThat(matches("h[b-a]llo", "hallo")).isTrue();
        assertThat(matches("h\\?llo", "h?llo")).isTrue();
        assertThat(matches("h\\?llo", "hello")).isFalse();
    }

    @Test
    void comparesBytesNotSigned() {
        assertThat(matches("[\u0080-\u00ff]", "\u00e4")).isTrue();
        assertThat(matches("[^a]", "\u00ff")).isTrue();
        assertThat(matches("\u00ff", "\u00ff")).isTrue();
        assertThat(matches("a\0*", "a\0b")).isTrue();
    }

    @Test
    void onlyTheEmptyPatternMatchesTheEmptyString() {
        assertThat(matches("", "")).isTrue();
        assertThat(matches("*", "")).isFalse();
        assertThat(matches("", "a")).isFalse();
    }

    @Test
    void ignoresCaseOnRequest() {
        assertThat(ignoringCase("MAX*", "maxmemory")).isTrue();
        assertThat(ignoringCase("max[L-N]emory", "MAXMEMORY")).isTrue();
        assertThat(ignoringCase("[_-S]ave", "save")).isFalse();
        assertThat(matches("MAX*", "maxmemory")).isFalse();
    }

    @Test
    void knowsPatternsThatAreNone() {
        assertThat(glob("*").isStar()).isTrue();
        assertThat(glob("**").isStar()).isTrue();
        assertThat(glob("*?").isStar()).isFalse();
        assertThat(glob("").isStar()).isFalse();
    }

    /** The textbook recursion needs longer than the universe for this one. */
    @Test
    void staysPolynomial() {
        String pattern = "a*".repeat(50) + "b";
        assertThat(matches(pattern, "a".repeat(10_000))).isFalse();
        assertThat(matches(pattern, "a".repeat(10_000) + "b")).isTrue();
    }

    @Test
    void agreesWithRedisServer() throws IOException {
        int checked = 0;
        for (String line : table("glob.tsv")) {
            String[] row = line.split("\t", -1);
            boolean expected = row[2].equals("1");
            if (!row[0].equals("*")) {
                assertThat(matches(row[0], row[1])).as(line).isEqualTo(expected);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(400);
    }

    /** The rows of a resource, without comments. */
    static List<String> table(String name) throws IOException {
        var in = Objects.requireNonNull(GlobTest.class.getResourceAsStream(name));
        try (var reader =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1))) {
            return reader.lines().filter(line -> !line.startsWith("#")).toList();
        }
    }

    private static Glob glob(String pattern) {
        return Glob.of(Reply.ascii(pattern));
    }

    private static boolean matches(String pattern, String text) {
        return glob(pattern).matches(Reply.ascii(text));
    }

    private static boolean ignoringCase(String pattern, String text) {
        return Glob.ignoringCase(Reply.ascii(pattern)).matches(Reply.ascii(text));
    }
}
