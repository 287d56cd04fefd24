package io.carnelian.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void splitsAtBlanksAndTakesQuotesAndEscapes() {
        assertThat(Words.split("  save 900\t1 ")).containsExactly("save", "900", "1");
        assertThat(Words.split("requirepass \"a\\x20\\n\\\"b\""))
                .containsExactly("requirepass", "a \n\"b");
        assertThat(Words.split("requirepass 'it\\'s \\n'"))
                .containsExactly("requirepass", "it's \\n");
        assertThat(Words.split("save \"\"")).containsExactly("save", "");
        assertThat(Words.split("x \"\\xzz\\a\\b\"")).containsExactly("x", "xzz\u0007\b");
        assertThat(Words.split("")).isEmpty();
    }

    @Test
    void refusesQuotesThatDoNotFit() {
        assertThat(Words.split("port \"78")).isNull();
        assertThat(Words.split("port '78")).isNull();
        assertThat(Words.split("requirepass 'a b'x")).isNull();
        assertThat(Words.split("requirepass \"a b\"x")).isNull();
        assertThat(Words.split("a \"b\\\"")).isNull();
    }

    @Test
    void quotesSoThatSplittingGivesTheTextBack() {
        StringBuilder every = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            every.append(c);
        }
        assertThat(Words.split("x " + Words.quoted(every.toString())))
                .containsExactly("x", every.toString());
        assertThat(Words.quotedIfNeeded("plain-1.2")).isEqualTo("plain-1.2");
        assertThat(Words.quotedIfNeeded("")).isEqualTo("\"\"");
        assertThat(Words.quotedIfNeeded("a b")).isEqualTo("\"a b\"");
    }

    @Test
    void matchesNamesWithGlobs() {
        assertThat(Words.matches("*max-*-entries*", "hash-max-listpack-entries")).isTrue();
        assertThat(Words.matches("*max-*-entries*", "maxmemory")).isFalse();
        assertThat(Words.matches("[p]ort", "port")).isTrue();
        assertThat(Words.matches("[^p]ort", "port")).isFalse();
        assertThat(Words.matches("[a-c]ind", "bind")).isTrue();
        assertThat(Words.matches("P?RT", "port")).isTrue();
        assertThat(Words.matches("\\port", "port")).isTrue();
        assertThat(Words.matches("*", "")).isTrue();
        assertThat(Words.matches("port*", "port")).isTrue();
        assertThat(Words.matches("[p", "p")).isTrue();
        assertThat(Words.matches("a\\", "a\\")).isTrue();
    }

    @Test
    void aManyStarredPatternEndsSoon() {
        String pattern = "*a".repeat(200) + "b";
        assertThat(Words.matches(pattern, "a".repeat(2000))).isFalse();
    }
}
