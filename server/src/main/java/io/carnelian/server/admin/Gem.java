package io.carnelian.server.admin;

import java.util.SplittableRandom;

/**
 * LOLWUT's picture: a cut stone from the side, with a flat table on top, a wide girdle and a point
 * below, and light that falls on it differently each time.
 */
final class Gem {
    private static final String LIGHT = " .:-=+*#%@";
    private static final double CROWN = 0.3;
    private static final double TABLE = 0.55;

    private Gem() {}

    /**
     * Draws one.
     *
     * @param columns its width, 10 to 160
     */
    static String draw(int columns, SplittableRandom random) {
        int rows = columns / 2;
        int crown = Math.max(1, (int) (rows * CROWN));
        double sun = random.nextDouble();
        double[] facets = new double[12];
        for (int i = 0; i < facets.length; i++) {
            facets[i] = random.nextDouble();
        }
        StringBuilder text = new StringBuilder((columns + 1) * rows);
        for (int row = 0; row < rows; row++) {
            double width =
                    row < crown
                            ? TABLE + (1 - TABLE) * row / crown
                            : 1 - (double) (row - crown) / (rows - crown);
            int half = (int) (width * columns / 2);
            text.append(" ".repeat(Math.max(0, columns / 2 - half)));
            for (int x = -half; x <= half; x++) {
                text.append(mark(x, half, row < crown, facets, sun));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static char mark(int x, int half, boolean crown, double[] facets, double sun) {
        if (Math.abs(x) == half) {
            return x < 0 ? (crown ? '/' : '\\') : crown ? '\\' : '/';
        }
        int facet = (int) ((x + half) * 6.0 / (2 * half + 1)) + (crown ? 0 : 6);
        double light = Math.min(0.999, Math.abs(facets[facet] - sun));
        return LIGHT.charAt((int) (light * LIGHT.length()));
    }
}
