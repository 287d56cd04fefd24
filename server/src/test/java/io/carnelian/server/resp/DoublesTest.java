package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import io.carnelian.server.memory.Seed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Expected texts are what C's printf gives for {@code %.17g}. */
class DoublesTest {
    @Test
    void printsSeventeenDigits() {
        assertThat(Doubles.format17g(0.1)).isEqualTo("0.10000000000000001");
        assertThat(Doubles.format17g(3)).isEqualTo("3");
        assertThat(Doubles.format17g(-2.5)).isEqualTo("-2.5");
        assertThat(Doubles.format17g(1e17)).isEqualTo("1e+17");
        assertThat(Doubles.format17g(12345678901234568.0)).isEqualTo("12345678901234568");
        assertThat(Doubles.format17g(1e-5)).isEqualTo("1.0000000000000001e-05");
        assertThat(Doubles.format17g(0.0001)).isEqualTo("0.0001");
        assertThat(Doubles.format17g(1.7976931348623157e308)).isEqualTo("1.7976931348623157e+308");
        assertThat(Doubles.format17g(4.9e-324)).isEqualTo("4.9406564584124654e-324");
    }

    /** The quick way against the exact one: all digits of a double as a decimal, rounded. */
    @Test
    void printsAnyFractionAsExactArithmeticDoes() {
        SplittableRandom random = new SplittableRandom(Seed.of(DoublesTest.class));
        for (int i = 0; i < 200_000; i++) {
            double size = Math.pow(10, random.nextInt(-5, 19));
            double v = random.nextDouble(-1, 1) * size;
            if (i % 4 == 0) {
                v = Math.rint(v * 1000) / 1000;
            }
            String text = Doubles.format17g(v);
            assertThat(Double.parseDouble(text)).isEqualTo(v);
            BigDecimal exact = new BigDecimal(v).round(new MathContext(17, RoundingMode.HALF_EVEN));
            assertThat(new BigDecimal(text)).as(text).isEqualByComparingTo(exact);
            assertThat(text).doesNotMatch(".*\\.\\d*0");
        }
    }

    @Test
    void printsWhatIsNoNumber() {
        assertThat(Doubles.format17g(Double.POSITIVE_INFINITY)).isEqualTo("inf");
        assertThat(Doubles.format17g(Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
        assertThat(Doubles.format17g(-0.0)).isEqualTo("-0");
    }

    @Test
    void readsWhatStrtodReads() {
        assertThat(parse("0")).isZero();
        assertThat(parse("-12.50")).isEqualTo(-12.5);
        assertThat(parse("0.1")).isEqualTo(0.1);
        assertThat(parse("123456789.12345")).isEqualTo(123456789.12345);
        assertThat(parse(".5")).isEqualTo(0.5);
        assertThat(parse("5.")).isEqualTo(5);
        assertThat(parse("+1e3")).isEqualTo(1000);
        assertThat(parse("0x1p3")).isEqualTo(8);
        assertThat(parse("0X.8")).isEqualTo(0.5);
        assertThat(parse("-inf")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(parse("Infinity")).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(parse("4.9e-324")).isEqualTo(Double.MIN_VALUE);
        assertThat(parse("0e-999")).isZero();
    }

    @Test
    void refusesWhatIsNoNumber() {
        for (String text :
                new String[] {
                    "",
                    "-",
                    ".",
                    "-.",
                    " 1",
                    "1 ",
                    "1f",
                    "1d",
                    "nan",
                    "1e",
                    "0x",
                    "0xp1",
                    "1e400",
                    "-1e400",
                    "1e-400",
                    "0x1p-2000",
                    "1.2.3",
                    "1\0",
                    "--1",
                    "infi"
                }) {
            assertThat(parse(text)).as(text).isNaN();
        }
    }

    @Test
    void readsBoundsLoosely() {
        assertThat(bound("")).isZero();
        assertThat(bound(" 1")).isEqualTo(1);
        assertThat(bound("1\0x")).isEqualTo(1);
        assertThat(bound("1e400")).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(bound("1e-400")).isZero();
        assertThat(bound(" ")).isNaN();
        assertThat(bound("1 ")).isNaN();
        assertThat(bound("nan")).isNaN();
    }

    private static double parse(String text) {
        ByteBuf bytes = direct(text);
        try {
            return Doubles.parse(bytes.memoryAddress(), text.length());
        } finally {
            bytes.release();
        }
    }

    private static double bound(String text) {
        ByteBuf bytes = direct(text);
        try {
            return Doubles.parseBound(bytes.memoryAddress(), text.length());
        } finally {
            bytes.release();
        }
    }

    private static ByteBuf direct(String text) {
        ByteBuf bytes = Unpooled.directBuffer(text.length() + 1);
        bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
        return bytes;
    }
}
