package io.carnelian.ops.admin;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads Prometheus's text format as strictly as its description says, and refuses the rest.
 *
 * <p>Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
 */
final class PrometheusText {
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern TYPE =
            Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary|untyped)");
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") .*");
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE =
            Pattern.compile(
                    "(" + NAME + ")(\\{(?:" + LABEL + ",?)*\\})? ([-+]?[0-9.eE+-]+|[+-]Inf|NaN)");
    private static final Pattern LE = Pattern.compile("le=\"([^\"]*)\",?");

    private final Map<String, String> types = new HashMap<>();
    private final Set<String> finished = new HashSet<>();
    private final Map<String, Double> samples = new LinkedHashMap<>();
    private final Map<String, Double> lastBucket = new HashMap<>();
    private String family = "";

    private PrometheusText() {}

    /** The samples by name and labels, as they stand there. */
    static Map<String, Double> parse(String text) {
        PrometheusText parser = new PrometheusText();
        if (!text.endsWith("\n")) {
            throw new IllegalArgumentException("the last line has no end");
        }
        text.lines().forEach(parser::line);
        parser.samples.forEach(parser::checkHistogram);
        return parser.samples;
    }

    private void line(String line) {
        Matcher type = TYPE.matcher(line);
        if (type.matches()) {
            begin(type.group(1));
            if (types.put(type.group(1), type.group(2)) != null) {
                throw new IllegalArgumentException("a second type: " + line);
            }
        } else if (line.startsWith("#")) {
            Matcher help = HELP.matcher(line);
            if (!help.matches()) {
                throw new IllegalArgumentException("neither type nor help: " + line);
            }
            begin(help.group(1));
        } else {
            sample(line);
        }
    }

    private void begin(String name) {
        if (!name.equals(family)) {
            if (!finished.add(name)) {
                throw new IllegalArgumentException("in two places: " + name);
            }
            family = name;
        }
    }

    private void sample(String line) {
        Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            throw new IllegalArgumentException("no sample: " + line);
        }
        String name = sample.group(1);
        boolean histogram = "histogram".equals(types.get(family));
        boolean part =
                name.equals(family) || (histogram && name.matches(family + "_(bucket|sum|count)"));
        if (!part || !types.containsKey(family)) {
            throw new IllegalArgumentException("belongs to no type: " + line);
        }
        double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
        String key = name + (sample.group(2) == null ? "" : sample.group(2));
        if (samples.put(key, value) != null) {
            throw new IllegalArgumentException("twice: " + line);
        }
        if (histogram && name.endsWith("_bucket")) {
            String series = LE.matcher(key).replaceAll("");
            double before = lastBucket.getOrDefault(series, 0.0);
            if (value < before) {
                throw new IllegalArgumentException("buckets shrink: " + line);
            }
            lastBucket.put(series, value);
        }
    }

    /** The bucket without a bound holds all. */
    private void checkHistogram(String key, Double value) {
        if (key.contains("_bucket{") && key.contains("le=\"+Inf\"")) {
            String count = LE.matcher(key).replaceAll("").replace("_bucket{", "_count{");
            String bare = count.replace(",}", "}").replace("{}", "");
            if (!value.equals(samples.get(bare))) {
                throw new IllegalArgumentException("not all are in the last bucket: " + key);
            }
        }
    }
}
