package io.carnelian.server.memory;

import java.lang.System.Logger.Level;

/** The seed of a random test: told, and replayed with {@code -Dseed=}. */
public final class Seed {
    private Seed() {}

    public static long of(Class<?> test) {
        long seed = Long.getLong("seed", Long.getLong("build.seed", System.nanoTime()));
        System.getLogger(test.getName()).log(Level.INFO, "seed " + seed);
        return seed;
    }
}
