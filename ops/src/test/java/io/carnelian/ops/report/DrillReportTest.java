package io.carnelian.ops.report;

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
                new RoundResult.Times(-1, 800, 1006, 1100),
                1,
                2,
                true,
                equal,
                Map.of("node-1", "77"),
                Map.of(),
                null,
                timeline());
    }

    /** A round in which a client was cut off with the primary. */
    private static RoundResult split() {
        Timeline apart = new Timeline(5 * MS);
        apart.done(50 * MS, 100);
        apart.failed(60 * MS, "NOREPLICAS");
        List<String> lost = List.of("r1:cut-off-0:1", "r1:cut-off-0:2", "r1:cut-off-0:5");
        return new RoundResult(
                2,
                6,
                4,
                List.of(),
                195,
                new RoundResult.Times(1010, 1900, 2100, 2200),
                1,
                0,
                true,
                true,
                Map.of(),
                Map.of("most_bytes_behind", 4096L),
                new Minority(9, 7, 3, 1400, 9000, lost, apart),
                timeline());
    }

    @Test
    void tellsApartWhatWasLostOnTheOtherSide() {
        RoundResult round = split();
        assertThat(round.lostOfAll()).isEqualTo(3);
        assertThat(round.line())
                .endsWith(
                        "most_bytes_behind 4096, cut off: acknowledged 7 (3 apart, until 1400 ms),"
                                + " lost 3, errors {NOREPLICAS=1}, all equal");
        assertThat(Json.of(round.asMap()))
                .contains("\"lost\":0,", "\"figures\":{\"most_bytes_behind\":4096}")
                .contains("\"minority\":{\"attempted\":9,\"acknowledged\":7,")
                .contains("\"acknowledged_apart\":3,\"last_acknowledged_ms\":1400,")
                .contains("\"demoted_ms\":9000,\"lost\":3,\"lost_keys\":[\"r1:cut-off-0:1\",");
        assertThat(HtmlReport.of("split", Map.of(), List.of(round)))
                .contains("3 acknowledged writes of that client lost:")
                .contains("r1:cut-off-0:1..2 r1:cut-off-0:5</p>");
    }

    @Test
    void listsEveryKeyThatIsLost() {
        List<String> keys = List.of("a:1:9", "a:1:10", "a:1:11", "a:2:12", "a:2:14");
        assertThat(HtmlReport.ranges(keys)).isEqualTo("a:1:9..11 a:2:12 a:2:14");
        assertThat(HtmlReport.ranges(List.of())).isEmpty();
    }

    @Test
    void sumsUpAPartOfTheTime() {
        Timeline timeline = timeline();
        assertThat(timeline.window(5 * MS, 205 * MS)).isEqualTo(new Timeline.Window(3, 200, 0));
        assertThat(timeline.window(6 * MS, 205 * MS)).isEqualTo(new Timeline.Window(1, 100, 0));
        assertThat(timeline.window(1000 * MS, 9000 * MS).worstMs()).isEqualTo(5);
        assertThat(new Timeline.Window(30, 200, 0).perSecond()).isEqualTo(150);
        assertThat(timeline.window(5 * MS, 6 * MS).perSecond()).isZero();
    }

    @Test
    void drawsHowFarAReplicaIsBehind() {
        Timeline timeline = timeline();
        timeline.behind(300 * MS, 5000);
        timeline.behind(310 * MS, 4000);
        assertThat(timeline.behind()[2]).isEqualTo(5000);
        timeline.event(1200 * MS, "late");
        StringBuilder page = new StringBuilder();
        Drawing.append(page, timeline, timeline.events());
        assertThat(page.toString())
                .contains("bytes that the replica lacks, at most 5000 (green)")
                .contains(">0 s</text>", ">1 s</text>")
                .contains("text-anchor=\"end\">late</text>");
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
    void writesJson() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a \"b\"\n", List.of(1, 2L, true, "x\\y"));
        map.put("empty", Map.of());
        assertThat(Json.of(map))
                .isEqualTo("{\"a \\\"b\\\"\\u000a\":[1,2,true,\"x\\\\y\"],\"empty\":{}}\n");
        assertThat(Json.of(round(List.of("r1:0:3"), true).asMap()))
                .contains("\"lost\":1,\"lost_keys\":[\"r1:0:3\"]", "\"errors\":{\"timeout\":2}")
                .contains("\"timeline\":{\"step_ms\":100,\"acknowledged\":[2,1,0,");
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
                .contains("1 acknowledged writes lost:</p>", "<p class=\"keys\">r1:0:3</p>")
                .contains("<polygon points=", "<polyline points=", "+switch-master drill</text>")
                .doesNotContain("http", "TITLE");
    }
}
