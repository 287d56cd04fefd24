package io.carnelian.ops.load;

import java.util.SplittableRandom;

/**
 * Which key comes next, as a number below the count of keys.
 *
 * <pre>
 *   uniform       each as often as any other
 *   sequential    one after the other, then from the beginning
 *   zipf:0.99     the number r comes 1 / (r + 1)^0.99 times as often as the number 0
 * </pre>
 *
 * <p>Zipf by the method of J. Gray et al., "Quickly generating billion-record synthetic databases"
 * (SIGMOD 1994): one sum over all keys at the beginning, then a few operations a key.
 */
abstract sealed class KeyChooser {
    abstract long next(SplittableRandom random);

    /**
     * Makes one.
     *
     * @param keys how many there are
     * @param name as above
     * @throws IllegalArgumentException if the name is none of those
     */
    static KeyChooser of(String name, long keys) {
        if (name.equals("uniform")) {
            return new Uniform(keys);
        }
        if (name.equals("sequential")) {
            return new Sequential(keys);
        }
        if (name.equals("zipf") || name.matches("zipf:0\\.[0-9]{1,4}")) {
            String theta = name.equals("zipf") ? "0.99" : name.substring("zipf:".length());
            return new Zipf(keys, Double.parseDouble(theta));
        }
        throw new IllegalArgumentException("uniform, sequential, zipf or zipf:0.N, not " + name);
    }

    private static final class Uniform extends KeyChooser {
        private final long keys;

        Uniform(long keys) {
            this.keys = keys;
        }

        @Override
        long next(SplittableRandom random) {
            return random.nextLong(keys);
        }
    }

    private static final class Sequential extends KeyChooser {
        private final long keys;
        private long at = -1;

        Sequential(long keys) {
            this.keys = keys;
        }

        @Override
        long next(SplittableRandom random) {
            at = at + 1 == keys ? 0 : at + 1;
            return at;
        }
    }

    private static final class Zipf extends KeyChooser {
        private final long keys;
        private final double theta;
        private final double alpha;
        private final double zeta;
        private final double eta;

        Zipf(long keys, double theta) {
            this.keys = keys;
            this.theta = theta;
            double sum = 0;
            for (long r = 1; r <= keys; r++) {
                sum += Math.pow((double) r, -theta);
            }
            zeta = sum;
            alpha = 1 / (1 - theta);
            double zetaOfTwo = 1 + Math.pow(2, -theta);
            eta = (1 - Math.pow(2.0 / (double) keys, 1 - theta)) / (1 - zetaOfTwo / zeta);
        }

        @Override
        long next(SplittableRandom random) {
            double u = random.nextDouble();
            double uz = u * zeta;
            if (uz < 1 || keys == 1) {
                return 0;
            }
            if (uz < 1 + Math.pow(0.5, theta) || keys == 2) {
                return 1;
            }
            long rank = (long) ((double) keys * Math.pow(eta * u - eta + 1, alpha));
            return Math.min(rank, keys - 1);
        }
    }
}
