package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LongDoubleTest {
    @Test
    void keepsDecimalsThatADoubleWouldShow() {
        assertThat(sum("3", "2.2")).isEqualTo("5.2");
        assertThat(sum("10.50", "0.1")).isEqualTo("10.6");
        assertThat(sum("5.0e3", "2.0e2")).isEqualTo("5200");
        assertThat(sum("1500", "1.5e-3")).isEqualTo("1500.00149999999999995");
    }

    @Test
    void has64BitsOfMantissa() {
        assertThat(sum("9223372036854775807", "0.5")).isEqualTo("9223372036854775807.5");
        assertThat(sum("18446744073709551615", "1")).isEqualTo("18446744073709551616");
        assertThat(sum("18446744073709551616", "1")).isEqualTo("18446744073709551616");
        assertThat(sum("1e40", "1")).isEqualTo("9999999999999999999783686092270256259072");
    }

    @Test
    void prints17DigitsBehindThePointAndNoMinusZero() {
        assertThat(sum("0", "4e-18")).isEqualTo("0");
        assertThat(sum("0", "6e-18")).isEqualTo("0.00000000000000001");
        assertThat(sum("0", "-1e-18")).isEqualTo("0");
        assertThat(sum("-0.0", "-0")).isEqualTo("0");
        assertThat(sum("-1", "0.5")).isEqualTo("-0.5");
    }

    @Test
    void endsWhereLongDoubleEnds() {
        assertThat(LongDouble.parse(Reply.ascii("1.1897314953572317650e4932"))).isNotNull();
        assertThat(LongDouble.parse(Reply.ascii("1.1897314953572317651e4932"))).isNull();
        assertThat(LongDouble.parse(Reply.ascii("1e99999999999"))).isNull();
        assertThat(LongDouble.parse(Reply.ascii("1.9e-4951"))).isNotNull();
        assertThat(LongDouble.parse(Reply.ascii("1.8e-4951"))).isNull();
        assertThat(LongDouble.parse(Reply.ascii("1e-99999999999"))).isNull();
        assertThat(LongDouble.parse(Reply.ascii("0".repeat(5119)))).isNotNull();
        assertThat(LongDouble.parse(Reply.ascii("0".repeat(5120)))).isNull();
    }

    @Test
    void agreesWithRedisServer() throws IOException {
        int checked = 0;
        for (String line : GlobTest.table("long-double.tsv")) {
            String[] row = line.split("\t", -1);
            assertThat(sum(row[0], row[1])).as(line).isEqualTo(row[2]);
            checked++;
        }
        assertThat(checked).isGreaterThan(300);
    }

    private static String sum(String a, String b) {
        LongDouble x = LongDouble.parse(Reply.ascii(a));
        LongDouble y = LongDouble.parse(Reply.ascii(b));
        if (x == null || y == null) {
            return "-ERR value is not a valid float";
        }
        @Nullable LongDouble sum = x.plus(y);
        return sum == null ? "-ERR increment would produce NaN or Infinity" : sum.toText();
    }
}
