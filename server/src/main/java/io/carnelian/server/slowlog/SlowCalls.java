package io.carnelian.server.slowlog;

import io.carnelian.server.command.Call;
import io.carnelian.server.command.Executor;
import io.carnelian.server.command.Flags;
import io.carnelian.server.config.Amount;
import io.carnelian.server.latency.LatencyMonitor;

/**
 * Hears of the calls that took long enough for the slow log or the latency monitor, and tells these
 * two. The spine compares with one number, the lower of the two limits.
 */
public final class SlowCalls implements Executor.Observer {
    private final Executor executor;
    private final Slowlog slowlog;
    private final LatencyMonitor monitor;
    private final Amount slowlogMicros;
    private final Amount slowlogMaxLen;
    private final Amount latencyThresholdMs;

    /**
     * With {@code slowlog-log-slower-than}, {@code slowlog-max-len}, {@code
     * latency-monitor-threshold}, whose changes it follows.
     */
    public SlowCalls(
            Executor executor,
            Slowlog slowlog,
            LatencyMonitor monitor,
            Amount slowlogMicros,
            Amount slowlogMaxLen,
            Amount latencyThresholdMs) {
        this.executor = executor;
        this.slowlog = slowlog;
        this.monitor = monitor;
        this.slowlogMicros = slowlogMicros;
        this.slowlogMaxLen = slowlogMaxLen;
        this.latencyThresholdMs = latencyThresholdMs;
        slowlogMicros.onApply(this::apply);
        latencyThresholdMs.onApply(this::apply);
        apply();
    }

    private void apply() {
        monitor.thresholdMs(latencyThresholdMs.value);
        long slow = slowlogMicros.value < 0 ? Long.MAX_VALUE : nanos(slowlogMicros.value, 1000);
        long spike =
                latencyThresholdMs.value == 0
                        ? Long.MAX_VALUE
                        : nanos(latencyThresholdMs.value, 1_000_000);
        executor.observe(this, Math.min(slow, spike));
    }

    private static long nanos(long value, long unit) {
        return value > Long.MAX_VALUE / unit ? Long.MAX_VALUE : value * unit;
    }

    @Override
    public void called(Call call, long nanos) {
        monitor.took(event(call), nanos);
        long micros = nanos / 1000;
        if (slowlogMicros.value >= 0 && micros >= slowlogMicros.value) {
            slowlog.add(call, micros, slowlogMaxLen.value);
        }
    }

    private static String event(Call call) {
        if (call.isResumed()) {
            return LatencyMonitor.COMMAND_UNBLOCKING;
        }
        return call.command().is(Flags.FAST) ? LatencyMonitor.FAST_COMMAND : LatencyMonitor.COMMAND;
    }
}
