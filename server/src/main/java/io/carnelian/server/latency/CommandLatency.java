package io.carnelian.server.latency;

import io.carnelian.server.command.Command;
import io.carnelian.server.command.Executor;
import io.carnelian.server.config.TextList;
import io.carnelian.server.config.Toggle;
import io.carnelian.server.info.Fields;
import io.carnelian.server.info.Info;
import io.carnelian.server.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * How long each command takes: a histogram for each that was called, for LATENCY HISTOGRAM and the
 * percentiles of INFO Latencystats.
 */
public final class CommandLatency {
    /** First bucket of LATENCY HISTOGRAM, in nanoseconds; each next one is twice as wide. */
    private static final long FIRST_BUCKET_NANOS = 1024;

    private final Executor executor;
    private final Toggle tracking;
    private final TextList percentiles;

    /** With {@code latency-tracking} and {@code latency-tracking-info-percentiles}. */
    public CommandLatency(Executor executor, Toggle tracking, TextList percentiles) {
        this.executor = executor;
        this.tracking = tracking;
        this.percentiles = percentiles;
        executor.stats().trackLatency(tracking.on);
        tracking.onApply(() -> executor.stats().trackLatency(tracking.on));
    }

    public void addTo(Info info) {
        info.write("Latencystats", this::write);
    }

    private void write(Fields to) {
        if (!tracking.on) {
            return;
        }
        for (Command command : executor.commands().withSubcommands()) {
            Histogram histogram = command.latency();
            if (histogram != null && histogram.getTotalCount() > 0) {
                to.put("latency_percentiles_usec_" + command.fullName(), values(histogram));
            }
        }
    }

    private String values(Histogram histogram) {
        StringBuilder text = new StringBuilder();
        for (String percentile : percentiles.values) {
            long nanos = histogram.getValueAtPercentile(Double.parseDouble(percentile));
            text.append(text.isEmpty() ? "" : ",").append('p').append(percentile).append('=');
            text.append(Fields.fixed(nanos / 1000.0, 3));
        }
        return text.toString();
    }

    /** The histograms of commands, those with subcommands as each of these. */
    void reply(Reply reply, List<Command> commands) {
        List<Command> known = new ArrayList<>();
        for (Command command : commands) {
            addKnown(known, command);
            for (Command sub : command.subcommands()) {
                addKnown(known, sub);
            }
        }
        reply.map(known.size());
        for (Command command : known) {
            Histogram histogram = command.latency();
            if (histogram != null) {
                reply.bulk(command.fullName());
                reply(reply, histogram);
            }
        }
    }

    private static void addKnown(List<Command> known, Command command) {
        Histogram histogram = command.latency();
        if (histogram != null && histogram.getTotalCount() > 0) {
            known.add(command);
        }
    }

    private static void reply(Reply reply, Histogram histogram) {
        List<Long> pairs = buckets(histogram);
        reply.map(2);
        reply.bulk("calls");
        reply.integer(histogram.getTotalCount());
        reply.bulk("histogram_usec");
        reply.map(pairs.size() / 2);
        for (Long number : pairs) {
            reply.integer(number);
        }
    }

    /** Upper bounds in microseconds and how many calls took up to that, where that grows. */
    static List<Long> buckets(Histogram histogram) {
        List<Long> pairs = new ArrayList<>();
        long total = histogram.getTotalCount();
        long before = 0;
        for (long level = FIRST_BUCKET_NANOS; before < total; level *= 2) {
            long top = histogram.highestEquivalentValue(level);
            long upTo = histogram.getCountBetweenValues(0, top);
            if (upTo > before) {
                pairs.add(top / 1000);
                pairs.add(upTo);
            }
            before = upTo;
        }
        return pairs;
    }
}
