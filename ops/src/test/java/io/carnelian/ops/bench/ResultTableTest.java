package io.carnelian.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ResultTableTest {
    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        ResultTable table = new ResultTable("test", "ours/s");
        table.row("SET P=16", "657262");
        table.row("GET", "1");

        StringWriter text = new StringWriter();
        table.print(new PrintWriter(text));

        assertThat(text.toString())
                .isEqualTo(
                        """
                        | test     | ours/s |
                        |----------|-------:|
                        | SET P=16 | 657262 |
                        | GET      |      1 |
                        """);
    }

    @Test
    void medianOfOddAndEvenCounts() {
        assertThat(ResultTable.median(3, 1, 2)).isEqualTo(2);
        assertThat(ResultTable.median(4, 1, 3, 2)).isEqualTo(2.5);
    }
}
