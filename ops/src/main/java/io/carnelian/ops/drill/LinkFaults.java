package io.carnelian.ops.drill;

import io.carnelian.ops.relay.Network;
import io.carnelian.ops.relay.Treatment;
import io.carnelian.ops.report.Timeline;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What is done to links, and what one replica lacks meanwhile.
 *
 * <pre>
 *   cut-link, slow-link          split
 *
 *      clients, Sentinels           one client │ clients, Sentinels
 *        │         │                     │     │      │
 *     primary ─╳─ replica             primary ─╳─ replicas
 * </pre>
 */
final class LinkFaults {
    private static final long CATCH_UP_MS = 60_000;
    private static final int POLL_MS = 10;

    /** What becomes of the connections of a link that is cut. */
    enum Cut {
        /** They stay and are silent, as when a cable is pulled. */
        SILENT,
        /** They end at once, new ones too, as by a firewall that rejects. */
        RESET;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How bad it is.
     *
     * @param outageMs how long it lasts
     * @param cut of the links that are cut
     * @param bytesPerSecond of a slow link; 0: half of what the primary's stream grew by so far
     * @param delayMs of a slow link, each way
     */
    record Severity(int outageMs, Cut cut, long bytesPerSecond, int delayMs) {}

    private final Network network;
    private final Severity severity;
    private final Timeline timeline;
    private final Map<String, Long> figures = new LinkedHashMap<>();

    LinkFaults(Network network, Severity severity, Timeline timeline) {
        this.network = network;
        this.severity = severity;
        this.timeline = timeline;
    }

    /** Numbers that only the scenarios of links have, by name. */
    Map<String, Long> figures() {
        return figures;
    }

    /** How long links are to be ill. */
    int outageMs() {
        return severity.outageMs();
    }

    private Treatment cut() {
        return switch (severity.cut()) {
            case SILENT -> Treatment.SILENT;
            case RESET -> Treatment.REFUSED;
        };
    }

    /**
     * Cuts the link to one replica, for a time.
     *
     * @param steadyNs since when clients have written at their rate
     */
    void cutLink(DrillNode primary, DrillNode replica, long steadyNs)
            throws IOException, InterruptedException {
        worsen(primary, replica, cut(), "is cut", steadyNs);
    }

    /**
     * Slows the link to one replica, for a time.
     *
     * @param steadyNs since when clients have written at their rate
     * @param grownPerSecond bytes that the stream grew by in a second so far
     */
    void slowLink(DrillNode primary, DrillNode replica, long steadyNs, long grownPerSecond)
            throws IOException, InterruptedException {
        long given = severity.bytesPerSecond();
        long rate = given > 0 ? given : Math.max(1, grownPerSecond / 2);
        figures.put("stream_bytes_per_second", grownPerSecond);
        figures.put("link_bytes_per_second", rate);
        figures.put("link_delay_ms", (long) severity.delayMs());
        Treatment slow = Treatment.slow(rate, severity.delayMs());
        worsen(primary, replica, slow, "is slow: " + rate + " bytes/s", steadyNs);
    }

    private void worsen(
            DrillNode primary, DrillNode replica, Treatment treatment, String what, long steadyNs)
            throws IOException, InterruptedException {
        long fromNs = System.nanoTime();
        try (LagWatch lag =
                new LagWatch(
                        () -> primary.offset("master_repl_offset"),
                        () -> replica.offset("slave_repl_offset"),
                        timeline)) {
            lag.start();
            timeline.event(fromNs, primary.name() + " to " + replica.name() + " " + what);
            network.between(primary.party(), replica.party(), treatment);
            Thread.sleep(severity.outageMs());
            long behind = primary.offset("master_repl_offset");
            long toNs = System.nanoTime();
            heal();
            awaitOffset(replica, behind);
            long caughtUpNs = System.nanoTime();
            timeline.event(caughtUpNs, replica.name() + " has caught up");
            figures.put("outage_ms", (toNs - fromNs) / 1_000_000);
            figures.put("caught_up_after_ms", (caughtUpNs - toNs) / 1_000_000);
            figures.put("most_bytes_behind", lag.mostBytes());
            figures.put("most_ms_behind", lag.mostMs());
            compare(timeline.window(steadyNs, fromNs), timeline.window(fromNs, toNs));
        }
    }

    /** Whether writers noticed. */
    private void compare(Timeline.Window before, Timeline.Window meanwhile) {
        figures.put("writes_per_second_before", before.perSecond());
        figures.put("writes_per_second_meanwhile", meanwhile.perSecond());
        figures.put("worst_latency_ms_before", before.worstMs());
        figures.put("worst_latency_ms_meanwhile", meanwhile.worstMs());
    }

    private static void awaitOffset(DrillNode replica, long offset)
            throws IOException, InterruptedException {
        long endNs = System.nanoTime() + CATCH_UP_MS * 1_000_000;
        while (replica.offset("slave_repl_offset") < offset) {
            if (System.nanoTime() > endNs) {
                throw new IOException(replica.name() + " does not catch up");
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** Cuts the primary off from everybody but those who pass by its relay. */
    void split(DrillNode primary) {
        timeline.event(System.nanoTime(), primary.name() + " is cut off");
        network.around(primary.party(), cut());
    }

    /** All links are well again. */
    void heal() {
        network.heal();
        timeline.event(System.nanoTime(), "links are well again");
    }
}
