package io.carnelian.ops;

import io.carnelian.server.Server;
import io.carnelian.server.info.Info;
import io.carnelian.server.latency.CommandLatency;
import io.carnelian.server.latency.LatencyCommands;
import io.carnelian.server.latency.LatencyMonitor;
import io.carnelian.server.settings.ProcessSettings;
import io.carnelian.server.slowlog.SlowCalls;
import io.carnelian.server.slowlog.Slowlog;
import io.carnelian.server.slowlog.SlowlogCommands;
import java.time.InstantSource;

/** What watches the server work: slow log, latency monitor, histograms; made and connected. */
final class Diagnostics {
    private final Slowlog slowlog = new Slowlog();
    private final LatencyMonitor latency;
    private final CommandLatency histograms;

    Diagnostics(Server server, Info info, ProcessSettings settings, InstantSource clock) {
        latency = new LatencyMonitor(clock);
        histograms =
                new CommandLatency(
                        server.executor(), settings.latencyTracking, settings.latencyPercentiles);
        histograms.addTo(info);
        var _ =
                new SlowCalls(
                        server.executor(),
                        slowlog,
                        latency,
                        settings.slowlogMicros,
                        settings.slowlogMaxLen,
                        settings.latencyMonitorThresholdMs);
        new SlowlogCommands(slowlog).addTo(server.commands());
        new LatencyCommands(
                        latency,
                        histograms,
                        server.commands(),
                        () -> settings.slowlogMicros.value,
                        clock)
                .addTo(server.commands());
    }

    /** Where cron's work tells how long it took. */
    LatencyMonitor latency() {
        return latency;
    }
}
