package io.carnelian.ops.drill;

import io.carnelian.ops.report.Timeline;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * How far one replica is behind its primary: samples of both offsets, asked past the relays. A
 * replica that has what the primary had at a moment is behind by the time since then.
 */
final class LagWatch implements AutoCloseable {
    private static final int EVERY_MS = 50;

    /** When the primary was last seen with an offset, in ns. */
    private final TreeMap<Long, Long> moments = new TreeMap<>();

    private final LongSupplier primary;
    private final LongSupplier replica;
    private final Timeline timeline;
    private long firstNs;
    private volatile boolean ended;
    private volatile long mostBytes;
    private volatile long mostMs;

    /**
     * @param primary asks that for its offset; negative: no answer
     * @param replica as well
     */
    LagWatch(LongSupplier primary, LongSupplier replica, Timeline timeline) {
        this.primary = primary;
        this.replica = replica;
        this.timeline = timeline;
    }

    LagWatch start() {
        Thread.ofPlatform().daemon().name("lag").start(this::watch);
        return this;
    }

    private void watch() {
        try {
            while (!ended) {
                long ahead = primary.getAsLong();
                long has = replica.getAsLong();
                if (ahead >= 0 && has >= 0) {
                    sample(System.nanoTime(), ahead, has);
                }
                Thread.sleep(EVERY_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void sample(long nowNs, long primaryOffset, long has) {
        if (moments.isEmpty()) {
            firstNs = nowNs;
        }
        moments.put(primaryOffset, nowNs);
        long bytes = Math.max(0, primaryOffset - has);
        Map.Entry<Long, Long> then = moments.floorEntry(has);
        long sinceNs = then == null ? firstNs : then.getValue();
        long ms = bytes == 0 ? 0 : (nowNs - sinceNs) / 1_000_000;
        mostBytes = Math.max(mostBytes, bytes);
        mostMs = Math.max(mostMs, ms);
        timeline.behind(nowNs, bytes);
    }

    long mostBytes() {
        return mostBytes;
    }

    long mostMs() {
        return mostMs;
    }

    @Override
    public void close() {
        ended = true;
    }
}
