package io.carnelian.ops.report;

import java.util.List;
import java.util.Map;

/** A drill as one HTML file that needs nothing else: tables, and a drawing of each round. */
public final class HtmlReport {
    private static final String HEAD =
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>TITLE</title><style>
            body { font: 14px sans-serif; margin: 2em; max-width: 1040px; }
            table { border-collapse: collapse; margin: 0.5em 0; }
            td, th { border: 1px solid #bbb; padding: 0.2em 0.6em; text-align: right; }
            .bad { color: #b00; font-weight: bold; }
            .keys { font-family: monospace; }
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
    public static String of(String title, Map<String, Object> settings, List<RoundResult> rounds) {
        HtmlReport report = new HtmlReport();
        report.to.append(HEAD.replace("TITLE", escaped(title)));
        report.table("setting", settings);
        report.rounds(rounds);
        for (RoundResult round : rounds) {
            report.round(round);
        }
        return report.to.append("</body></html>\n").toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    private void table(String what, Map<String, ?> values) {
        if (values.isEmpty()) {
            return;
        }
        to.append("<table><tr>").append(cell("th", what)).append("<th></th></tr>");
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
                        "of those cut off",
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
            Minority minority = round.minority();
            to.append("<tr>");
            for (long number :
                    new long[] {
                        round.number(),
                        round.acknowledged(),
                        round.lost().size(),
                        minority == null ? -1 : minority.acknowledged(),
                        minority == null ? -1 : minority.lost().size(),
                        round.times().detectMs(),
                        round.times().promoteMs(),
                        round.times().writableMs(),
                        round.times().longestGapMs(),
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
        lost("", round.lost());
        Drawing.append(to, round.timeline(), round.timeline().events());
        Minority minority = round.minority();
        if (minority != null) {
            to.append("<h3>The client that was cut off with the old primary</h3>\n<p>");
            to.append(escaped(minority.words())).append("</p>\n");
            lost(" of that client", minority.lost());
            Drawing.append(to, minority.timeline(), round.timeline().events());
        }
        table("failed writes", round.timeline().errors());
        table("figure", round.figures());
        table("offset in the end", round.offsets());
        to.append("<ul>");
        for (Timeline.Event event : round.timeline().events()) {
            to.append("<li>").append(event.atMs()).append(" ms: ");
            to.append(escaped(event.what())).append("</li>");
        }
        to.append("</ul>\n");
    }

    private void lost(String whose, List<String> keys) {
        if (!keys.isEmpty()) {
            to.append("<p class=\"bad\">").append(keys.size());
            to.append(" acknowledged writes").append(whose).append(" lost:</p>\n");
            to.append("<p class=\"keys\">").append(escaped(ranges(keys))).append("</p>\n");
        }
    }

    /** Every key, those that follow one another as one: {@code r1:0:7 r1:0:9..12}. */
    static String ranges(List<String> keys) {
        StringBuilder all = new StringBuilder();
        int i = 0;
        while (i < keys.size()) {
            String first = keys.get(i);
            int digits = first.lastIndexOf(':') + 1;
            String prefix = first.substring(0, digits);
            long number = Long.parseLong(first.substring(digits));
            int next = i + 1;
            while (next < keys.size() && keys.get(next).equals(prefix + (number + next - i))) {
                next++;
            }
            all.append(i == 0 ? "" : " ").append(first);
            if (next - i > 1) {
                all.append("..").append(number + next - i - 1);
            }
            i = next;
        }
        return all.toString();
    }
}
