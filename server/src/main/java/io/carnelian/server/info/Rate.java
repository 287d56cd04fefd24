package io.carnelian.server.info;

import java.util.function.LongSupplier;

/**
 * How much a counter grows in a second: the mean of the last sixteen samples, which cron takes
 * every 100 ms, so that INFO's {@code instantaneous_…} fields neither jump nor lag.
 */
public final class Rate {
    private static final int SAMPLES = 16;

    private final LongSupplier counter;
    private final double[] perSecond = new double[SAMPLES];
    private int next;
    private long lastMs;
    private long lastCount;

    public Rate(LongSupplier counter) {
        this.counter = counter;
    }

    /** Takes a sample; {@code nowMs} only has to grow. */
    public void sample(long nowMs) {
        long count = counter.getAsLong();
        if (lastMs != 0 && nowMs > lastMs) {
            perSecond[next] = Math.max(0, count - lastCount) * 1000.0 / (nowMs - lastMs);
            next = (next + 1) % SAMPLES;
        }
        lastMs = nowMs;
        lastCount = count;
    }

    public double perSecond() {
        double sum = 0;
        for (double sample : perSecond) {
            sum += sample;
        }
        return sum / SAMPLES;
    }
}
