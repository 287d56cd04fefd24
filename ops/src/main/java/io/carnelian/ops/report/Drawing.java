package io.carnelian.ops.report;

import java.util.List;

/**
 * A timeline as SVG: throughput as an area, worst latency as a line, what a replica lacks as
 * another, errors as bars below, events as marks, seconds as ticks.
 */
final class Drawing {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 180;
    private static final int AXIS = 16;
    private static final int MOST_TICKS = 20;

    private final StringBuilder to;
    private final int steps;

    private Drawing(StringBuilder to, int steps) {
        this.to = to;
        this.steps = steps;
    }

    static void append(StringBuilder to, Timeline timeline, List<Timeline.Event> events) {
        int[] done = timeline.done();
        long last = events.isEmpty() ? 0 : events.getLast().atMs() / Timeline.STEP_MS + 1;
        Drawing drawing = new Drawing(to, (int) Math.max(1, Math.max(done.length, last)));
        drawing.legend(timeline);
        to.append("<svg width=\"%d\" height=\"%d\">".formatted(WIDTH, HEIGHT + AXIS));
        long[] counts = new long[done.length];
        for (int i = 0; i < done.length; i++) {
            counts[i] = done[i];
        }
        to.append("<polygon points=\"0,").append(HEIGHT).append(drawing.points(counts));
        to.append(" %d,%d".formatted(drawing.x(counts.length), HEIGHT));
        to.append("\" fill=\"#9bd\"/>");
        drawing.line(timeline.worstMicros(), "#e80");
        if (most(timeline.behind()) > 0) {
            drawing.line(timeline.behind(), "#393");
        }
        drawing.failures(timeline.failed());
        drawing.ticks();
        drawing.events(events);
        to.append("</svg>\n");
    }

    private void legend(Timeline timeline) {
        long most = 0;
        for (int count : timeline.done()) {
            most = Math.max(most, count);
        }
        to.append("<p>acknowledged writes per ").append(Timeline.STEP_MS).append(" ms, at most ");
        to.append(most).append(" (blue); worst latency, at most ");
        to.append(most(timeline.worstMicros()) / 1000).append(" ms (orange); ");
        long behind = most(timeline.behind());
        if (behind > 0) {
            to.append("bytes that the replica lacks, at most ").append(behind);
            to.append(" (green); ");
        }
        to.append("failed writes (red)</p>\n");
    }

    private static long most(long[] values) {
        long most = 0;
        for (long value : values) {
            most = Math.max(most, value);
        }
        return most;
    }

    private int x(long step) {
        return (int) (step * WIDTH / steps);
    }

    private String points(long[] values) {
        StringBuilder points = new StringBuilder();
        long most = Math.max(1, most(values));
        for (int i = 0; i < values.length; i++) {
            points.append(" %d,%d".formatted(x(i), HEIGHT - values[i] * HEIGHT / most));
        }
        return points.toString();
    }

    private void line(long[] values, String colour) {
        to.append("<polyline points=\"").append(points(values).strip());
        to.append("\" fill=\"none\" stroke=\"").append(colour).append("\"/>");
    }

    private void failures(int[] failed) {
        for (int i = 0; i < failed.length; i++) {
            if (failed[i] > 0) {
                to.append(
                        "<rect x=\"%d\" y=\"%d\" width=\"3\" height=\"8\" fill=\"#c00\"/>"
                                .formatted(x(i), HEIGHT - 8));
            }
        }
    }

    private void ticks() {
        int perSecond = 1000 / Timeline.STEP_MS;
        int seconds = steps / perSecond;
        int every = 1 + seconds / MOST_TICKS;
        for (int second = 0; second <= seconds; second += every) {
            to.append(
                            "<text x=\"%d\" y=\"%d\" font-size=\"10\">"
                                    .formatted(x((long) second * perSecond), HEIGHT + AXIS - 4))
                    .append(second)
                    .append(" s</text>");
        }
    }

    private void events(List<Timeline.Event> events) {
        int row = 0;
        for (Timeline.Event event : events) {
            int x = x(event.atMs() / Timeline.STEP_MS);
            int y = 12 + 12 * (row++ % 8);
            to.append(
                    "<line x1=\"%1$d\" y1=\"0\" x2=\"%1$d\" y2=\"%2$d\" stroke=\"#555\"/>"
                            .formatted(x, HEIGHT));
            // What would run over the edge ends at its mark.
            boolean late = x > WIDTH * 3 / 4;
            to.append(
                    "<text x=\"%d\" y=\"%d\" font-size=\"10\"%s>"
                            .formatted(
                                    late ? x - 3 : x + 3, y, late ? " text-anchor=\"end\"" : ""));
            to.append(HtmlReport.escaped(event.what())).append("</text>");
        }
    }
}
