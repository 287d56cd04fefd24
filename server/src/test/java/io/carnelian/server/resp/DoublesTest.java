package io.carnelian.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

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

    @Test
    void printsWhatIsNoNumber() {
        assertThat(Doubles.format17g(Double.POSITIVE_INFINITY)).isEqualTo("inf");
        assertThat(Doubles.format17g(Double.NEGATIVE_INFINITY)).isEqualTo("-inf");
        assertThat(Doubles.format17g(-0.0)).isEqualTo("-0");
    }
}
