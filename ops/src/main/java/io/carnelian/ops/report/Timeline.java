package io.carnelian.ops.drill;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What clients saw, tenth of a second by tenth of a second, and what happened meanwhile. Any
 * thread.
 */
final class Timeline {
    /** Width of a step. */
    static final int STEP_MS = 100;

    /** Longest time that is kept, in steps: an hour. */
    private static final int MAX_STEPS = 36_000;

    /** Something that happened, in ms since the beginning. */
    record Event(long atMs, String what) {}

    private final long startNs;
    private int[] done = new int[256];
    private int[] failed = new int[256];
    private long[] worstMicros = new long[256];
    private int steps;
    private long lastDoneNs;
    private long longestGapNs;
    private final List<Event> events = new ArrayList<>();
    private final Map<String, Integer> errors = new TreeMap<>();

    Timeline(long nowNs) {
        startNs = nowNs;
    }

    /** Milliseconds since the beginning. */
    long atMs(long ns) {
        return (ns - startNs) / 1_000_000;
    }

    synchronized void event(long ns, String what) {
        events.add(new Event(atMs(ns), what));
    }

    /** A write was acknowledged. */
    synchronized void done(long ns, long micros) {
        int step = step(ns);
        done[step]++;
        worstMicros[step] = Math.max(worstMicros[step], micros);
        longestGapNs = Math.max(longestGapNs, lastDoneNs == 0 ? 0 : ns - lastDoneNs);
        lastDoneNs = Math.max(lastDoneNs, ns);
    }

    /** The longest time between two acknowledged writes of anybody, in ms. */
    synchronized long longestGapMs() {
        return longestGapNs / 1_000_000;
    }

    /** A write was not. */
    synchronized void failed(long ns, String kind) {
        failed[step(ns)]++;
        errors.merge(kind, 1, Integer::sum);
    }

    private int step(long ns) {
        int step = Math.clamp(atMs(ns) / STEP_MS, 0, MAX_STEPS - 1);
        if (step >= done.length) {
            int room = Math.min(MAX_STEPS, Math.max(2 * done.length, step + 1));
            done = Arrays.copyOf(done, room);
            failed = Arrays.copyOf(failed, room);
            worstMicros = Arrays.copyOf(worstMicros, room);
        }
        steps = Math.max(steps, step + 1);
        return step;
    }

    /** Acknowledged writes in each step. */
    synchronized int[] done() {
        return Arrays.copyOf(done, steps);
    }

    synchronized int[] failed() {
        return Arrays.copyOf(failed, steps);
    }

    /** The longest wait of an acknowledged write in each step, in microseconds. */
    synchronized long[] worstMicros() {
        return Arrays.copyOf(worstMicros, steps);
    }

    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** How many writes failed, by kind. */
    synchronized Map<String, Integer> errors() {
        return new TreeMap<>(errors);
    }

    /** The first event of that beginning, in ms since the beginning, or -1. */
    synchronized long firstMs(String what) {
        for (Event event : events) {
            if (event.what().startsWith(what)) {
                return event.atMs();
            }
        }
        return -1;
    }
}
