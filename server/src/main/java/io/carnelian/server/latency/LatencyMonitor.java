package io.carnelian.server.latency;

import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Spikes: things that kept the command thread for longer than {@code latency-monitor-threshold}, by
 * the name of what it did ({@code command}, {@code expire-cycle}, …). 160 samples are kept of each
 * event; the worst of a second stands for that second. Command thread only.
 *
 * <p>Source:
 * https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/.
 */
public final class LatencyMonitor {
    public static final String COMMAND = "command";
    public static final String FAST_COMMAND = "fast-command";
    public static final String COMMAND_UNBLOCKING = "command-unblocking";
    public static final String EXPIRE_CYCLE = "expire-cycle";
    public static final String EVICTION_CYCLE = "eviction-cycle";
    public static final String DEFRAG_CYCLE = "active-defrag-cycle";

    private final InstantSource clock;
    private final Map<String, LatencyEvent> events = new TreeMap<>();
    private long thresholdMs;

    public LatencyMonitor(InstantSource clock) {
        this.clock = clock;
    }

    /** {@code latency-monitor-threshold} in milliseconds; 0 watches nothing. */
    public void thresholdMs(long ms) {
        thresholdMs = ms;
    }

    public long thresholdMs() {
        return thresholdMs;
    }

    /** Something took that long, in nanoseconds; kept if it is a spike. Otherwise two tests. */
    public void took(String event, long nanos) {
        if (thresholdMs > 0 && nanos >= thresholdMs * 1_000_000) {
            events.computeIfAbsent(event, LatencyEvent::new)
                    .add(clock.instant().getEpochSecond(), nanos / 1_000_000);
        }
    }

    @Nullable LatencyEvent event(String name) {
        return events.get(name);
    }

    Collection<LatencyEvent> events() {
        return events.values();
    }

    /** Forgets an event; whether there was one. */
    boolean reset(String name) {
        return events.remove(name) != null;
    }

    /** Forgets everything; how many events there were. */
    int resetAll() {
        int count = events.size();
        events.clear();
        return count;
    }
}
