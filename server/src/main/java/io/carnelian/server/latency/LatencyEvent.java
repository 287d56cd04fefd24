package io.carnelian.server.latency;

/** The last samples of one event, and the worst of all times. */
final class LatencyEvent {
    static final int SAMPLES = 160;

    private final String name;
    private final long[] seconds = new long[SAMPLES];
    private final long[] ms = new long[SAMPLES];
    private int count;
    private int next;
    private long worstMs;

    LatencyEvent(String name) {
        this.name = name;
    }

    void add(long atSeconds, long took) {
        worstMs = Math.max(worstMs, took);
        int last = (next + SAMPLES - 1) % SAMPLES;
        if (count > 0 && seconds[last] == atSeconds) {
            ms[last] = Math.max(ms[last], took);
            return;
        }
        seconds[next] = atSeconds;
        ms[next] = took;
        next = (next + 1) % SAMPLES;
        count = Math.min(count + 1, SAMPLES);
    }

    String name() {
        return name;
    }

    int count() {
        return count;
    }

    /** When sample {@code i} was, in seconds since 1970; 0 is the oldest. */
    long seconds(int i) {
        return seconds[at(i)];
    }

    long ms(int i) {
        return ms[at(i)];
    }

    long worstMs() {
        return worstMs;
    }

    long highMs() {
        long high = 0;
        for (int i = 0; i < count; i++) {
            high = Math.max(high, ms(i));
        }
        return high;
    }

    long lowMs() {
        long low = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            low = Math.min(low, ms(i));
        }
        return count == 0 ? 0 : low;
    }

    double averageMs() {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += ms(i);
        }
        return count == 0 ? 0 : sum / count;
    }

    /** Mean distance from the average. */
    double deviationMs() {
        double average = averageMs();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.abs(ms(i) - average);
        }
        return count == 0 ? 0 : sum / count;
    }

    /** Seconds between two samples, on average. */
    double periodSeconds(long nowSeconds) {
        return count == 0 ? 0 : (double) Math.max(1, nowSeconds - seconds(0)) / count;
    }

    private int at(int i) {
        return (next + SAMPLES - count + i) % SAMPLES;
    }
}
