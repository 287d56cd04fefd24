package io.carnelian.aof.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnnotationTest {
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void writesATimestampAsRedisDoes() {
        assertThat(new Annotation.Timestamp(1_700_000_000).line())
                .asString()
                .isEqualTo("#TS:1700000000\r\n");
        assertThat(Annotation.parse("#TS:1700000000"))
                .isEqualTo(new Annotation.Timestamp(1_700_000_000));
    }

    @Test
    void writesAPosition() {
        Annotation.Position position = new Annotation.Position(ID, 4711, 1_700_000_000_123L, 0xAB);
        assertThat(position.line())
                .asString()
                .isEqualTo("#CN:" + ID + " 4711 1700000000123 000000ab\r\n");
        assertThat(parse(position.line())).isEqualTo(position);
        Annotation.Position begun = new Annotation.Position(ID, 0, 0, Annotation.Position.NO_SUM);
        assertThat(begun.line()).asString().isEqualTo("#CN:" + ID + " 0 0 -\r\n");
        assertThat(parse(begun.line())).isEqualTo(begun);
    }

    @Test
    void writesThatACommandIsApart() {
        assertThat(new Annotation.Apart().line()).asString().isEqualTo("#CA:\r\n");
        assertThat(parse(new Annotation.Apart().line())).isEqualTo(new Annotation.Apart());
    }

    @Test
    void noLineIsTooLongForStockRedis() {
        long most = 999_999_999_999_999_999L;
        assertThat(new Annotation.Position(ID, most, most, 0xFFFF_FFFFL).line().length)
                .isLessThanOrEqualTo(Annotation.MAX_LINE_BYTES);
        assertThat(parse(new Annotation.Position(ID, most, most, 0xFFFF_FFFFL).line()))
                .isEqualTo(new Annotation.Position(ID, most, most, 0xFFFF_FFFFL));
    }

    @Test
    void refusesWhatIsNoPosition() {
        assertThatThrownBy(() -> new Annotation.Position("short", 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Annotation.Position(ID, -1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#",
                "#hello",
                "#TS:",
                "#TS:x",
                "#TS:-1",
                "#TS:99999999999999999999",
                "#CN:",
                "#CA",
                "#CA:1",
                "#CN:0123 1 1 00000000",
                "#CN:0123456789abcdef0123456789abcdef01234567 1 1 0",
                "#CN:0123456789abcdef0123456789abcdef01234567 1 1 00000000 more",
                "#CN:0123456789abcdef0123456789abcdef01234567 x 1 00000000",
                "#CN:0123456789ABCDEF0123456789abcdef01234567 1 1 00000000"
            })
    void leavesOtherLinesAlone(String line) {
        assertThat(Annotation.parse(line)).isEqualTo(new Annotation.Other(line));
        assertThat(parse(Annotation.parse(line).line())).isEqualTo(new Annotation.Other(line));
    }

    private static Annotation parse(byte[] line) {
        assertThat(new String(line, StandardCharsets.ISO_8859_1)).endsWith("\r\n");
        return Annotation.parse(ByteBuffer.wrap(line), 0, line.length);
    }
}
