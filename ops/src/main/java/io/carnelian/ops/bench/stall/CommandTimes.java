package io.carnelian.ops.bench.stall;

import io.carnelian.ops.bench.RespLink;
import java.io.IOException;
import java.util.Map;

/**
 * How long the requests of a phase ran on the server, as INFO latencystats tells it: the time
 * between a command's begin and end on the command thread, without the ways there and back.
 *
 * @param p999Micros 99.9 % of the calls took no longer; the slower one of several commands
 * @param slowestMicros no call took longer
 */
record CommandTimes(double p999Micros, double slowestMicros) {
    private static final String PERCENTILES = "latency-tracking-info-percentiles";
    private static final String FIELD = "latency_percentiles_usec_";
    private static final String MEASURED = "get|set|hset|sadd|srem|zadd|lset";

    /** Forgets what was measured: a phase begins. */
    static void reset(RespLink link) throws IOException {
        link.require("CONFIG", "SET", PERCENTILES, "99.9 100");
        link.require("CONFIG", "RESETSTAT");
    }

    /** What was measured since {@link #reset}. */
    static CommandTimes of(RespLink link) throws IOException {
        double p999 = 0;
        double slowest = 0;
        for (Map.Entry<String, String> field : link.info("latencystats").entrySet()) {
            String name = field.getKey();
            if (name.startsWith(FIELD) && name.substring(FIELD.length()).matches(MEASURED)) {
                p999 = Math.max(p999, micros(field.getValue(), "p99.9="));
                slowest = Math.max(slowest, micros(field.getValue(), "p100="));
            }
        }
        return new CommandTimes(p999, slowest);
    }

    /** One of "p99.9=4.015,p100=12.031". */
    static double micros(String percentiles, String name) {
        for (String one : percentiles.split(",", -1)) {
            if (one.startsWith(name)) {
                return Double.parseDouble(one.substring(name.length()));
            }
        }
        throw new IllegalArgumentException("no " + name + " in " + percentiles);
    }
}
