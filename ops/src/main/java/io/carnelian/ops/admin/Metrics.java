package io.carnelian.ops.admin;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Figures as Prometheus wants them. Fields of INFO keep their names behind {@code carnelian_}.
 *
 * <pre>
 *   used_memory:961792              carnelian_used_memory 961792
 *   total_commands_processed:7      carnelian_commands_processed_total 7
 *   rdb_last_bgsave_status:ok       carnelian_rdb_last_bgsave_ok 1
 *   db0:keys=1,expires=0            carnelian_db_keys{db="0"} 1
 *   slave0:ip=…,port=…,lag=0        carnelian_replica_lag{replica="ip:port"} 0
 *   cmdstat_get:calls=3,usec=9      carnelian_command_calls_total{command="get"} 3
 *   errorstat_ERR:count=1           carnelian_errors_total{error="ERR"} 1
 *   histograms of latency           carnelian_command_duration_seconds{command="get"}
 *   texts of interest               carnelian_server_info{redis_version="7.2.4",…} 1
 * </pre>
 */
final class Metrics {
    private static final String PREFIX = "carnelian_";
    private static final String TOTAL = "total_";
    private static final double NANOS = 1e9;

    /** The upper bounds of buckets are powers of two of this many nanoseconds: 1 µs to 1 s. */
    private static final long FIRST_BUCKET_NANOS = 1000;

    private static final int BUCKETS = 21;

    private static final Set<String> COUNTERS =
            Set.of(
                    "keyspace_hits",
                    "keyspace_misses",
                    "expired_keys",
                    "evicted_keys",
                    "evicted_clients",
                    "rejected_connections",
                    "sync_full",
                    "sync_partial_ok",
                    "sync_partial_err",
                    "rdb_saves",
                    "aof_rewrites",
                    "gc_count");

    private static final List<String> TEXTS =
            List.of(
                    "redis_version",
                    "carnelian_version",
                    "run_id",
                    "role",
                    "maxmemory_policy",
                    "master_replid",
                    "master_host",
                    "master_port");

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?%?");
    private static final Pattern PARTS = Pattern.compile("(db|slave)([0-9]+)");
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

    private final MetricSnapshots.Builder all = MetricSnapshots.builder();

    /** Figures that have labels are collected by name first: a metric comes once. */
    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();

    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();

    private Metrics() {}

    static MetricSnapshots of(Figures figures) {
        Metrics metrics = new Metrics();
        figures.info().forEach(metrics::field);
        metrics.histograms(figures);
        metrics.texts(figures);
        metrics.gauges.values().forEach(each -> metrics.all.metricSnapshot(each.build()));
        metrics.counters.values().forEach(each -> metrics.all.metricSnapshot(each.build()));
        return metrics.all.build();
    }

    private void field(String name, String value) {
        Matcher part = PARTS.matcher(name);
        if (name.startsWith("cmdstat_")) {
            command(name.substring("cmdstat_".length()), pairs(value));
        } else if (name.startsWith("errorstat_")) {
            Labels labels = Labels.of("error", name.substring("errorstat_".length()));
            counter("errors", labels, pairs(value).get("count"));
        } else if (part.matches()) {
            part(part.group(1), part.group(2), pairs(value));
        } else if (NAME.matcher(name).matches()) {
            plain(name, value);
        }
    }

    private void plain(String name, String value) {
        if (name.endsWith("_status")) {
            boolean well = value.equals("ok") || value.equals("up");
            String shorter = name.substring(0, name.length() - "status".length());
            gauge(shorter + (name.contains("link") ? "up" : "ok"), Labels.EMPTY, well ? "1" : "0");
        } else if (name.startsWith(TOTAL) && !name.equals("total_system_memory")) {
            counter(name.substring(TOTAL.length()), Labels.EMPTY, value);
        } else if (COUNTERS.contains(name)) {
            counter(name, Labels.EMPTY, value);
        } else {
            gauge(name, Labels.EMPTY, value);
        }
    }

    private void command(String command, Map<String, String> values) {
        Labels labels = Labels.of("command", command);
        counter("command_calls", labels, values.get("calls"));
        counter("command_microseconds", labels, values.get("usec"));
        counter("command_rejected_calls", labels, values.get("rejected_calls"));
        counter("command_failed_calls", labels, values.get("failed_calls"));
    }

    private void part(String kind, String number, Map<String, String> values) {
        boolean db = kind.equals("db");
        String replica = values.getOrDefault("ip", "") + ":" + values.getOrDefault("port", "");
        Labels labels = db ? Labels.of("db", number) : Labels.of("replica", replica);
        values.forEach((name, value) -> {
            if (!name.equals("port") && NAME.matcher(name).matches()) {
                gauge((db ? "db_" : "replica_") + name, labels, value);
            }
        });
    }

    /** | name=value,name=value | as a map. */
    private static Map<String, String> pairs(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String pair : text.split(",")) {
            int equal = pair.indexOf('=');
            if (equal > 0) {
                values.put(pair.substring(0, equal), pair.substring(equal + 1));
            }
        }
        return values;
    }

    /** What ends with {@code _total} is a counter to Prometheus, so such a gauge ends otherwise. */
    private void gauge(String field, Labels labels, String value) {
        String name = field.endsWith("_total") ? field.replaceAll("total$", "sum") : field;
        if (NUMBER.matcher(value).matches()) {
            gauges.computeIfAbsent(
                            name, n -> GaugeSnapshot.builder().name(PREFIX + n).help(helpOf(n)))
                    .dataPoint(
                            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                    .labels(labels)
                                    .value(number(value))
                                    .build());
        }
    }

    private void counter(String name, Labels labels, @Nullable String value) {
        if (value != null && NUMBER.matcher(value).matches() && number(value) >= 0) {
            counters.computeIfAbsent(
                            name, n -> CounterSnapshot.builder().name(PREFIX + n).help(helpOf(n)))
                    .dataPoint(
                            CounterSnapshot.CounterDataPointSnapshot.builder()
                                    .labels(labels)
                                    .value(number(value))
                                    .build());
        }
    }

    private static String helpOf(String name) {
        return name.replace('_', ' ') + ", as INFO has it";
    }

    private static double number(String text) {
        return Double.parseDouble(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
    }

    private void histograms(Figures figures) {
        HistogramSnapshot.Builder built =
                HistogramSnapshot.builder()
                        .name(PREFIX + "command_duration_seconds")
                        .help("how long calls took, those of a second and more as a second");
        for (Figures.Latency latency : figures.latencies()) {
            built.dataPoint(
                    HistogramSnapshot.HistogramDataPointSnapshot.builder()
                            .labels(Labels.of("command", latency.command()))
                            .classicHistogramBuckets(buckets(latency.nanos()))
                            .sum(
                                    latency.nanos().getMean()
                                            * latency.nanos().getTotalCount()
                                            / NANOS)
                            .build());
        }
        if (!figures.latencies().isEmpty()) {
            all.metricSnapshot(built.build());
        }
    }

    private static ClassicHistogramBuckets buckets(Histogram nanos) {
        List<Double> bounds = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        long before = 0;
        for (int i = 0; i < BUCKETS; i++) {
            long bound = FIRST_BUCKET_NANOS << i;
            long upTo = nanos.getCountBetweenValues(0, bound);
            bounds.add(bound / NANOS);
            counts.add(upTo - before);
            before = upTo;
        }
        bounds.add(Double.POSITIVE_INFINITY);
        counts.add(nanos.getTotalCount() - before);
        return ClassicHistogramBuckets.of(bounds, counts);
    }

    private void texts(Figures figures) {
        Labels labels = Labels.EMPTY;
        for (String name : TEXTS) {
            String value = figures.text(name);
            if (!value.isEmpty()) {
                labels = labels.add(name, value);
            }
        }
        all.metricSnapshot(
                InfoSnapshot.builder()
                        .name(PREFIX + "server")
                        .help("which server this is")
                        .dataPoint(
                                InfoSnapshot.InfoDataPointSnapshot.builder().labels(labels).build())
                        .build());
    }
}
