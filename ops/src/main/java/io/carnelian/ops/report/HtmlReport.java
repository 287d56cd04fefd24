package io.carnelian.ops.drill;

import java.util.List;
import java.util.Map;

/** A drill as one HTML file that needs nothing else: tables, and a drawing of each round. */
final class HtmlReport {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 180;
    private static final int LOST_SHOWN = 50;
    private static final String HEAD =
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>TITLE</title><style>
            body { font: 14px sans-serif; margin: 2em; max-width: 1040px; }
            table { border-collapse: collapse; margin: 0.5em 0; }
            td, th { border: 1px solid #bbb; padding: 0.2em 0.6em; text-align: right; }
            .bad { color: #b00; font-weight: bold; }
            svg { background: #fafafa; border: 1px solid #ddd; }
            </style></head><body><h1>TITLE</h1>
            """;

    private final StringBuilder to = new StringBuilder();

    private HtmlReport() {}

    /**
     * The whole file.
     *
     * @param settings of the drill, by name
     */
    static String of(String title, Map<String, Object> settings, List<RoundResult> rounds) {
        HtmlReport report = new HtmlReport();
        report.to.append(HEAD.replace("TITLE", escaped(title)));
        report.table(settings);
        report.rounds(rounds);
        for (RoundResult round : rounds) {
            report.round(round);
        }
        return report.to.append("</body></html>\n").toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    private void table(Map<String, ?> values) {
        to.append("<table>");
        values.forEach((name, value) ->
                to.append("<tr>")
                        .append(cell("th", name))
                        .append(cell("td", String.valueOf(value)))
                        .append("</tr>"));
        to.append("</table>\n");
    }

    private static String cell(String kind, String text) {
        return "<" + kind + ">" + escaped(text) + "</" + kind + ">";
    }

    private void rounds(List<RoundResult> rounds) {
        to.append("<table><tr>");
        for (String title :
                List.of(
                        "round",
                        "acknowledged",
                        "lost",
                        "detected ms",
                        "promoted ms",
                        "writable ms",
                        "longest gap ms",
                        "full syncs",
                        "partial syncs",
                        "equal")) {
            to.append(cell("th", title));
        }
        to.append("</tr>\n");
        for (RoundResult round : rounds) {
            to.append("<tr>");
            for (long number :
                    new long[] {
                        round.number(),
                        round.acknowledged(),
                        round.lost().size(),
                        round.detectMs(),
                        round.promoteMs(),
                        round.writableMs(),
                        round.longestGapMs(),
                        round.fullSyncs(),
                        round.partialSyncs()
                    }) {
                to.append(cell("td", number < 0 ? "-" : Long.toString(number)));
            }
            boolean well = round.steady() && round.equal();
            to.append(well ? "<td>yes</td>" : "<td class=\"bad\">no</td>").append("</tr>\n");
        }
        to.append("</table>\n");
    }

    private void round(RoundResult round) {
        to.append("<h2>Round ").append(round.number()).append("</h2>\n");
        if (!round.lost().isEmpty()) {
            List<String> lost = round.lost();
            String shown = String.join(" ", lost.subList(0, Math.min(LOST_SHOWN, lost.size())));
            to.append("<p class=\"bad\">")
                    .append(lost.size())
                    .append(" acknowledged writes lost: ");
            to.append(escaped(shown)).append(lost.size() > LOST_SHOWN ? " …" : "").append("</p>\n");
        }
        drawing(round.timeline());
        table(round.timeline().errors());
        table(round.offsets());
        to.append("<ul>");
        for (Timeline.Event event : round.timeline().events()) {
            to.append("<li>").append(event.atMs()).append(" ms: ");
            to.append(escaped(event.what())).append("</li>");
        }
        to.append("</ul>\n");
    }

    /** Throughput as an area, worst latency as a line, errors as bars below, events as marks. */
    private void drawing(Timeline timeline) {
        int[] done = timeline.done();
        int[] failed = timeline.failed();
        long[] worst = timeline.worstMicros();
        int most = 1;
        long slowest = 1;
        for (int i = 0; i < done.length; i++) {
            most = Math.max(most, done[i]);
            slowest = Math.max(slowest, worst[i]);
        }
        int steps = Math.max(1, done.length);
        to.append("<p>acknowledged writes per ").append(Timeline.STEP_MS).append(" ms, at most ");
        to.append(most).append(" (blue); worst latency, at most ").append(slowest / 1000);
        to.append(" ms (orange); failed writes (red)</p>\n");
        to.append("<svg width=\"%d\" height=\"%d\">".formatted(WIDTH, HEIGHT));
        StringBuilder area = new StringBuilder("0," + HEIGHT);
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < done.length; i++) {
            int x = i * WIDTH / steps;
            area.append(" %d,%d".formatted(x, HEIGHT - done[i] * HEIGHT / most));
            line.append(" %d,%d".formatted(x, HEIGHT - worst[i] * HEIGHT / slowest));
            if (failed[i] > 0) {
                to.append(
                        "<rect x=\"%d\" y=\"%d\" width=\"3\" height=\"8\" fill=\"#c00\"/>"
                                .formatted(x, HEIGHT - 8));
            }
        }
        area.append(" %d,%d".formatted(WIDTH, HEIGHT));
        to.append("<polygon points=\"").append(area).append("\" fill=\"#9bd\"/>");
        to.append("<polyline points=\"").append(line);
        to.append("\" fill=\"none\" stroke=\"#e80\"/>");
        int row = 0;
        for (Timeline.Event event : timeline.events()) {
            long x = event.atMs() * WIDTH / ((long) steps * Timeline.STEP_MS);
            int y = 12 + 12 * (row++ % 8);
            to.append(
                    "<line x1=\"%1$d\" y1=\"0\" x2=\"%1$d\" y2=\"%2$d\" stroke=\"#555\"/>"
                            .formatted(x, HEIGHT));
            to.append("<text x=\"%d\" y=\"%d\" font-size=\"10\">".formatted(x + 3, y));
            to.append(escaped(event.what())).append("</text>");
        }
        to.append("</svg>\n");
    }
}
