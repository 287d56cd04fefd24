package io.carnelian.aof.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carnelian.aof.log.Annotation;
import io.carnelian.aof.log.AofReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CutFinderTest {
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";
    private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
    private static final String SELECT = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
    private static final String MULTI = "*1\r\n$5\r\nMULTI\r\n";
    private static final String EXEC = "*1\r\n$4\r\nEXEC\r\n";
    private static final int BASE_SECOND = 100;
    private static final long BASE_OFFSET = 1000;

    private static String stamp(long seconds) {
        return "#TS:" + seconds + "\r\n";
    }

    private static String place(long offset, long timeMs) {
        Annotation.Position line =
                new Annotation.Position(ID, offset, timeMs, Annotation.Position.NO_SUM);
        return new String(line.line(), StandardCharsets.ISO_8859_1);
    }

    private static CutFinder to(RestoreGoal goal) throws RestoreFailure {
        CutFinder finder = new CutFinder(goal);
        finder.base("base", BASE_SECOND, BASE_OFFSET);
        return finder;
    }

    private static CutFinder toTime(long seconds) throws RestoreFailure {
        return to(new RestoreGoal.Time(seconds));
    }

    private static CutFinder toOffset(long offset) throws RestoreFailure {
        return to(new RestoreGoal.Offset(offset));
    }

    private static long read(CutFinder finder, String text, boolean last)
            throws IOException, RestoreFailure {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        AofReader reader =
                new AofReader(
                        Channels.newChannel(new ByteArrayInputStream(bytes)),
                        0,
                        bytes.length,
                        AofReader.Limits.OF_REQUESTS,
                        true);
        return finder.read(reader, "incr", last);
    }

    private static long read(CutFinder finder, String text) throws IOException, RestoreFailure {
        return read(finder, text, true);
    }

    /** A replica's file begins with a SELECT that its primary has not sent. */
    @Test
    void aCommandApartIsNotOfTheStream() throws Exception {
        String text = SET + "#CA:\r\n" + SELECT + SET + SET;
        long second = BASE_OFFSET + 2L * SET.length();
        CutFinder finder = toOffset(second);
        assertThat(read(finder, text)).isEqualTo(text.length() - SET.length());
        assertThat(finder.offset()).isEqualTo(second);
    }

    @Test
    void cutsBeforeTheFirstLaterSecond() throws Exception {
        String old = stamp(110) + SELECT + SET + stamp(111) + SET;
        String text = old + stamp(113) + SET + "what comes is not read";
        for (long second : new long[] {111, 112}) {
            CutFinder finder = toTime(second);
            assertThat(read(finder, text)).isEqualTo(old.length());
            assertThat(finder.isFound()).isTrue();
            assertThat(finder.lastSecond()).isEqualTo(111);
            assertThat(finder.commands()).isEqualTo(3);
            assertThat(finder.offset())
                    .isEqualTo(BASE_OFFSET + SELECT.length() + 2L * SET.length());
            finder.end();
        }
        assertThat(read(toTime(105), text)).as("the base alone").isZero();
        assertThat(read(toTime(BASE_SECOND), text)).isZero();
    }

    @Test
    void allOfItIfNothingIsLater() throws Exception {
        String text = stamp(110) + SET;
        CutFinder finder = toTime(500);
        assertThat(read(finder, text)).isEqualTo(text.length());
        assertThat(finder.isFound()).isFalse();
        finder.end();
        String half = text + SET.substring(0, 9);
        assertThat(read(toTime(500), half)).as("a killed server's").isEqualTo(text.length());
    }

    @Test
    void aTransactionIsWholeOrIsNotAtAll() throws Exception {
        String text = stamp(110) + SET + MULTI + SET + stamp(112) + SET + EXEC + SET;
        CutFinder finder = toTime(110);
        assertThat(read(finder, text)).isEqualTo(stamp(110).length() + SET.length());
        assertThat(finder.commands()).isEqualTo(1);
        long inside = BASE_OFFSET + 2L * SET.length() + MULTI.length();
        CutFinder byOffset = toOffset(inside);
        assertThat(read(byOffset, text)).isEqualTo(stamp(110).length() + SET.length());
        assertThat(byOffset.offset()).isEqualTo(BASE_OFFSET + SET.length());
        byOffset.end();
    }

    @Test
    void doesNotGuessWhenSomethingWasWritten() throws Exception {
        String undated = SELECT + SET;
        CutFinder none = toTime(200);
        assertThat(read(none, undated)).isEqualTo(undated.length());
        assertThatThrownBy(none::end).hasMessageContaining("aof-timestamp-enabled was off");
        assertThatThrownBy(() -> read(toTime(200), undated + stamp(300) + SET))
                .isInstanceOf(RestoreFailure.class)
                .hasMessageContaining("1 commands");
        CutFinder between = toTime(200);
        long settled = BASE_OFFSET + SELECT.length() + SET.length();
        read(between, undated + place(settled, 150_000) + SET + place(settled + 27, 250_000));
        assertThatThrownBy(between::end)
                .hasMessageContaining("last known place before: offset 1050 at 1970-01-01T00:02:30")
                .hasMessageContaining("first known place after: offset 1077");
    }

    @Test
    void aPlaceSaysThatWhatPrecedesIsOldEnough() throws Exception {
        String text = SET + place(BASE_OFFSET + SET.length(), 150_000);
        CutFinder finder = toTime(200);
        assertThat(read(finder, text)).isEqualTo(text.length());
        finder.end();
    }

    @Test
    void countsBytesUpToAnOffset() throws Exception {
        String text = SET + stamp(110) + SET + SET;
        long second = BASE_OFFSET + 2L * SET.length();
        long here = 2L * SET.length() + stamp(110).length();
        assertThat(read(toOffset(second), text)).isEqualTo(here);
        assertThat(read(toOffset(second + 5), text)).as("inside the third").isEqualTo(here);
        assertThat(read(toOffset(BASE_OFFSET), text)).as("the base alone").isZero();
        CutFinder beyond = toOffset(BASE_OFFSET + 3L * SET.length() + 1);
        assertThat(read(beyond, text)).isEqualTo(text.length());
        assertThatThrownBy(beyond::end)
                .hasMessageContaining("beyond the end: the files end at offset 1081");
        CutFinder exact = toOffset(BASE_OFFSET + 3L * SET.length());
        assertThat(read(exact, text + "not read")).isEqualTo(text.length());
        exact.end();
    }

    @Test
    void followsPlacesThatSayMoreThanTheBytes() throws Exception {
        String text = SET + place(5000, 1) + SET;
        CutFinder gap = toOffset(3000);
        assertThat(read(gap, text)).isEqualTo(SET.length());
        assertThat(gap.offset()).isEqualTo(BASE_OFFSET + SET.length());
        CutFinder behind = toOffset(5000 + SET.length());
        assertThat(read(behind, text)).isEqualTo(text.length());
        behind.end();
    }

    @Test
    void saysWhatTheFilesDoNotTell() throws Exception {
        assertThatThrownBy(() -> toTime(BASE_SECOND - 1))
                .hasMessageContaining(
                        "is before the base file base, which holds the data of"
                                + " 1970-01-01T00:01:40Z (100)");
        assertThatThrownBy(() -> toOffset(BASE_OFFSET - 1))
                .hasMessageContaining("offset 999 is before the base file base");
        CutFinder silent = new CutFinder(new RestoreGoal.Offset(7));
        silent.base("base", BASE_SECOND, -1);
        read(silent, SET);
        assertThatThrownBy(silent::end).hasMessageContaining("do not tell offsets");
        CutFinder late = new CutFinder(new RestoreGoal.Offset(7));
        late.base("base", BASE_SECOND, -1);
        assertThatThrownBy(() -> read(late, SET + place(9, 1)))
                .hasMessageContaining("offset 7 is before 9");
    }

    @Test
    void damageBeforeTheStateIsAnError() throws Exception {
        assertThatThrownBy(() -> read(toTime(200), stamp(110) + SET + "x"))
                .hasMessageContaining("incr is damaged at byte 36");
        assertThatThrownBy(() -> read(toTime(200), stamp(110) + SET.substring(0, 9), false))
                .hasMessageContaining("the file ends inside a record");
    }
}
