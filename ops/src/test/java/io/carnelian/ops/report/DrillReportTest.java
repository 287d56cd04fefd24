package io.carnelian.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DrillReportTest {
    private static final long MS = 1_000_000;

    private static Timeline timeline() {
        Timeline timeline = new Timeline(5 * MS);
        timeline.done(10 * MS, 300);
        timeline.done(104 * MS, 200);
        timeline.done(106 * MS, 900);
        timeline.event(200 * MS, "kill begins");
        timeline.failed(210 * MS, "timeout");
        timeline.failed(220 * MS, "timeout");
        timeline.event(1000 * MS, "+switch-master drill");
        timeline.done(1206 * MS, 5000);
        return timeline;
    }

    private static RoundResult round(List<String> lost, boolean equal) {
        return new RoundResult(
                1,
                6,
                4,
                lost,
                195,
                -1,
                800,
                1006,
                1100,
                1,
                2,
                true,
                equal,
                Map.of("node-1", "77"),
                timeline());
    }

    @Test
    void countsByTenthsOfASecond() {
        Timeline timeline = timeline();
        assertThat(timeline.done()).startsWith(2, 1).hasSize(13).endsWith(1);
        assertThat(timeline.failed()[2]).isEqualTo(2);
        assertThat(timeline.worstMicros()).startsWith(300, 900);
        assertThat(timeline.errors()).containsExactly(Map.entry("timeout", 2));
        assertThat(timeline.longestGapMs()).isEqualTo(1100);
        assertThat(timeline.firstMs("+switch")).isEqualTo(995);
        assertThat(timeline.firstMs("nothing")).isEqualTo(-1);
    }

    @Test
    void aLedgerKnowsWhatWasAcknowledged() {
        Ledger ledger = new Ledger("r1:0:");
        int first = ledger.take();
        int second = ledger.take();
        ledger.acknowledge(second);
        assertThat(ledger.key(first)).isEqualTo("r1:0:0");
        assertThat(ledger.attempted()).isEqualTo(2);
        assertThat(ledger.acknowledged().stream()).containsExactly(1);
    }

    @Test
    void writesJson() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a \"b\"\n", List.of(1, 2L, true, "x\\y"));
        map.put("empty", Map.of());
        assertThat(Json.of(map))
                .isEqualTo("{\"a \\\"b\\\"\\u000a\":[1,2,true,\"x\\\\y\"],\"empty\":{}}\n");
        assertThat(Json.of(round(List.of("r1:0:3"), true).asMap()))
                .contains("\"lost\":1,\"lost_keys\":[\"r1:0:3\"]", "\"errors\":{\"timeout\":2}");
    }

    @Test
    void saysARoundInOneLine() {
        assertThat(round(List.of(), true).line())
                .isEqualTo(
                        "round 1: acknowledged 4, lost 0, detected -, promoted 800 ms, writable"
                                + " 1006 ms, longest gap 1100 ms, syncs 1 full 2 partial, errors"
                                + " {timeout=2}, all equal");
        assertThat(round(List.of(), false).line()).endsWith("NOT EQUAL");
    }

    @Test
    void drawsAPageThatNeedsNothingElse() {
        String page =
                HtmlReport.of(
                        "kill <all>",
                        Map.of("server", "a&b"),
                        List.of(round(List.of("r1:0:3"), false)));
        assertThat(page)
                .contains("<h1>kill &lt;all></h1>", "a&amp;b")
                .contains("1 acknowledged writes lost: r1:0:3")
                .contains("<polygon points=", "<polyline points=", "+switch-master drill</text>")
                .doesNotContain("http", "TITLE");
    }
}
