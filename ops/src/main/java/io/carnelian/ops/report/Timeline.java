package io.carnelian.ops.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What clients saw, tenth of a second by tenth of a second, and what happened meanwhile. Any
 * thread.
 */
public final class Timeline {
    /** Width of a step. */
    public static final int STEP_MS = 100;

    /** Longest time that is kept, in steps: an hour. */
    private static final int MAX_STEPS = 36_000;

    /** Something that happened, in ms since the beginning. */
    public record Event(long atMs, String what) {}

    private final long startNs;
    private int[] done = new int[256];
    private int[] failed = new int[256];
    private long[] worstMicros = new long[256];
    private long[] behind = new long[256];
    private int steps;
    private long lastDoneNs;
    private long longestGapNs;
    private final List<Event> events = new ArrayList<>();
    private final Map<String, Integer> errors = new TreeMap<>();

    public Timeline(long nowNs) {
        startNs = nowNs;
    }

    /** When it began. */
    public long startNs() {
        return startNs;
    }

    /** Milliseconds since the beginning. */
    public long atMs(long ns) {
        return (ns - startNs) / 1_000_000;
    }

    public synchronized void event(long ns, String what) {
        events.add(new Event(atMs(ns), what));
    }

    /** A write was acknowledged. */
    public synchronized void done(long ns, long micros) {
        int step = step(ns);
        done[step]++;
        worstMicros[step] = Math.max(worstMicros[step], micros);
        longestGapNs = Math.max(longestGapNs, lastDoneNs == 0 ? 0 : ns - lastDoneNs);
        lastDoneNs = Math.max(lastDoneNs, ns);
    }

    /** The longest time between two acknowledged writes of anybody, in ms. */
    public synchronized long longestGapMs() {
        return longestGapNs / 1_000_000;
    }

    /** A write was not. */
    public synchronized void failed(long ns, String kind) {
        failed[step(ns)]++;
        errors.merge(kind, 1, Integer::sum);
    }

    /** So many bytes of the stream a replica did not have then. */
    public synchronized void behind(long ns, long bytes) {
        int step = step(ns);
        behind[step] = Math.max(behind[step], bytes);
    }

    /** How far the replica that is watched was behind in each step, in bytes. */
    public synchronized long[] behind() {
        return Arrays.copyOf(behind, steps);
    }

    /**
     * What clients saw in a part of the time, to a step.
     *
     * @param done acknowledged writes
     * @param worstMs the longest wait of one of them
     */
    public record Window(long done, long ms, long worstMs) {
        /** Acknowledged writes a second. */
        public long perSecond() {
            return ms == 0 ? 0 : done * 1000 / ms;
        }
    }

    /** The steps that lie wholly between two moments. */
    public synchronized Window window(long fromNs, long toNs) {
        int from = Math.clamp((atMs(fromNs) + STEP_MS - 1) / STEP_MS, 0, steps);
        int to = Math.clamp(atMs(toNs) / STEP_MS, from, steps);
        long count = 0;
        long worst = 0;
        for (int i = from; i < to; i++) {
            count += done[i];
            worst = Math.max(worst, worstMicros[i]);
        }
        return new Window(count, (long) (to - from) * STEP_MS, worst / 1000);
    }

    private int step(long ns) {
        int step = Math.clamp(atMs(ns) / STEP_MS, 0, MAX_STEPS - 1);
        if (step >= done.length) {
            int room = Math.min(MAX_STEPS, Math.max(2 * done.length, step + 1));
            done = Arrays.copyOf(done, room);
            failed = Arrays.copyOf(failed, room);
            worstMicros = Arrays.copyOf(worstMicros, room);
            behind = Arrays.copyOf(behind, room);
        }
        steps = Math.max(steps, step + 1);
        return step;
    }

    /** Acknowledged writes in each step. */
    public synchronized int[] done() {
        return Arrays.copyOf(done, steps);
    }

    public synchronized int[] failed() {
        return Arrays.copyOf(failed, steps);
    }

    /** The longest wait of an acknowledged write in each step, in microseconds. */
    public synchronized long[] worstMicros() {
        return Arrays.copyOf(worstMicros, steps);
    }

    public synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** How many writes failed, by kind. */
    public synchronized Map<String, Integer> errors() {
        return new TreeMap<>(errors);
    }

    /** All steps as what {@link Json} writes. */
    synchronized Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("step_ms", STEP_MS);
        map.put("acknowledged", Arrays.stream(done()).boxed().toList());
        map.put("failed", Arrays.stream(failed()).boxed().toList());
        map.put("worst_us", Arrays.stream(worstMicros()).boxed().toList());
        map.put("bytes_behind", Arrays.stream(behind()).boxed().toList());
        return map;
    }

    /** The first event of that beginning, in ms since the beginning, or -1. */
    public synchronized long firstMs(String what) {
        for (Event event : events) {
            if (event.what().startsWith(what)) {
                return event.atMs();
            }
        }
        return -1;
    }
}
