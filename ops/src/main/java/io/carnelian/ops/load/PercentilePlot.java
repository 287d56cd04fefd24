package io.carnelian.ops.load;

import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Latencies as a drawing: percentiles to the right, each nine as wide as the one before it, and
 * latency upwards, each tenfold as high.
 */
final class PercentilePlot {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int BOTTOM = 40;
    private static final int NINES = 5;
    private static final int STEPS_A_NINE = 40;
    private static final String[] COLOURS = {"#1565c0", "#c62828", "#2e7d32", "#6a1b9a"};

    private PercentilePlot() {}

    /**
     * Draws.
     *
     * @param latencies histograms of nanoseconds, by what to call them
     */
    static String of(Map<String, Histogram> latencies) {
        double low = Double.MAX_VALUE;
        double high = 0;
        for (Histogram nanos : latencies.values()) {
            low = Math.min(low, (double) Math.max(1, nanos.getMinNonZeroValue()));
            high = Math.max(high, (double) nanos.getMaxValue());
        }
        int bottom = (int) Math.floor(Math.log10(low));
        int top = Math.max(bottom + 1, (int) Math.ceil(Math.log10(Math.max(high, 1))));
        StringBuilder to = new StringBuilder();
        to.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                        .formatted(WIDTH + LEFT + 20, HEIGHT + BOTTOM + 20));
        to.append("font-family=\"sans-serif\" font-size=\"12\">\n");
        grid(to, bottom, top);
        int number = 0;
        for (Map.Entry<String, Histogram> each : latencies.entrySet()) {
            String colour = COLOURS[number % COLOURS.length];
            curve(to, each.getValue(), bottom, top, colour);
            to.append(
                    "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n"
                            .formatted(
                                    LEFT + 10, 20 + 16 * number, colour, escaped(each.getKey())));
            number++;
        }
        return to.append("</svg>\n").toString();
    }

    private static void grid(StringBuilder to, int bottom, int top) {
        for (int power = bottom; power <= top; power++) {
            int y = y(Math.pow(10, power), bottom, top);
            line(to, LEFT, y, LEFT + WIDTH, y);
            to.append("<text x=\"4\" y=\"%d\">%s</text>%n".formatted(y + 4, unit(power)));
        }
        String[] names = {"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"};
        for (int nine = 0; nine <= NINES; nine++) {
            int x = LEFT + nine * WIDTH / NINES;
            line(to, x, 0, x, HEIGHT);
            to.append(
                    "<text x=\"%d\" y=\"%d\">%s</text>%n"
                            .formatted(x - 12, HEIGHT + 20, names[nine]));
        }
    }

    private static void curve(
            StringBuilder to, Histogram nanos, int bottom, int top, String colour) {
        to.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" points=\"");
        for (int step = 0; step <= NINES * STEPS_A_NINE; step++) {
            double percentile = 100 - 100 * Math.pow(10, -(double) step / STEPS_A_NINE);
            double value = Math.max(1, nanos.getValueAtPercentile(percentile));
            int x = LEFT + step * WIDTH / (NINES * STEPS_A_NINE);
            to.append(x).append(',').append(y(value, bottom, top)).append(' ');
        }
        to.append("\"/>\n");
    }

    private static int y(double nanos, int bottom, int top) {
        double share = (Math.log10(nanos) - bottom) / (top - bottom);
        return (int) (HEIGHT - Math.clamp(share, 0, 1) * HEIGHT);
    }

    private static void line(StringBuilder to, int x1, int y1, int x2, int y2) {
        to.append(
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#ccc\"/>%n"
                        .formatted(x1, y1, x2, y2));
    }

    /** A power of ten nanoseconds. */
    private static String unit(int power) {
        String[] units = {"ns", "µs", "ms", "s"};
        int which = Math.clamp(power / 3, 0, units.length - 1);
        long number = Math.round(Math.pow(10, power - 3.0 * which));
        return String.format(Locale.ROOT, "%d %s", number, units[which]);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
