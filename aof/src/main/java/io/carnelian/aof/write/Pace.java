package io.carnelian.aof.write;

/**
 * When the writer looks for work again. Decisions only; time is told.
 *
 * <p>{@code always}: clients wait, so it begins at once when it has rested. But a sync costs CPU
 * whether it serves one client or fifty, and one that is over sooner than the clients it served are
 * back finds only a few of them: the quicker the disk, the smaller the groups, and on one CPU the
 * syncs take the commands' time. So behind a sync it gathers, until half of what is on its way has
 * come (the other half is then with the clients, while this one is synced), for at most twice as
 * long as a sync takes:
 *
 * <pre>
 *   sync ends │ 30 waited, 20 released → 50 under way → begins with 25 │ has 30: at once
 *   sync ends │ 10 waited, 30 released → 40 under way → begins with 20 │ 10 more, or 2 syncs' time
 * </pre>
 *
 * <p>{@code everysec}, {@code no}: nobody waits, so it looks every {@value #IDLE_PACE_MILLIS} ms
 * while the stream flows, and waking it costs the command thread nothing. That long a killed
 * process loses what it has answered; a killed machine loses more anyway. With replicas, which read
 * what is written only, it is {@value #FOLLOWED_PACE_MILLIS} ms.
 */
final class Pace {
    /** No end of the rest by itself. */
    static final long FOREVER = Long.MAX_VALUE;

    static final long IDLE_PACE_MILLIS = 4;
    static final long FOLLOWED_PACE_MILLIS = 1;

    /** So much is written even before it is time. */
    static final long MOST_WAITING_BYTES = 256 * 1024;

    static final long MOST_GATHERING_NANOS = 1_000_000;

    /** Behind the last write it goes on looking for so long; then it must be woken. */
    static final long FLOWING_NANOS = 100_000_000;

    static final long CHECK_NANOS = 250_000_000;

    private static final long MILLI_NANOS = 1_000_000;

    private boolean wrote;
    private long beganNanos;
    private long endedNanos;
    private long syncNanos;
    private long underWayBytes;
    private long wantedBytes = 1;

    /**
     * A group was written, and synced if the policy wants that.
     *
     * @param bytes of the stream
     * @param waitingBytes what has come meanwhile
     */
    void wrote(long bytes, long waitingBytes, long began, long ended) {
        long took = ended - began;
        syncNanos = wrote ? (3 * syncNanos + took) / 4 : took;
        wrote = true;
        beganNanos = began;
        endedNanos = ended;
        // Some are just between their reply and the next write: what was under way counts on.
        underWayBytes = Math.max(bytes + waitingBytes, underWayBytes - (underWayBytes + 7) / 8);
    }

    /** With so many bytes the rest ends before its time. */
    long wantedBytes() {
        return wantedBytes;
    }

    /**
     * How long to rest, in nanoseconds; 0: there is something to do.
     *
     * @param followed whether replicas read what is written
     * @param unsynced whether something that is written has to be synced later
     */
    long rest(Policy policy, boolean followed, boolean unsynced, long waitingBytes, long now) {
        long wanted;
        long until;
        if (policy == Policy.ALWAYS) {
            wanted = Math.max(1, (underWayBytes + 1) / 2);
            until = endedNanos + Math.min(2 * syncNanos, MOST_GATHERING_NANOS);
        } else {
            wanted = MOST_WAITING_BYTES;
            long millis = followed ? FOLLOWED_PACE_MILLIS : IDLE_PACE_MILLIS;
            until = flowsOn(waitingBytes, now, millis * MILLI_NANOS);
        }
        long left = until - now;
        if (waitingBytes >= wanted || (waitingBytes > 0 && (!wrote || left <= 0))) {
            return 0;
        }
        if (wrote && left > 0) {
            wantedBytes = wanted;
            return left;
        }
        wantedBytes = 1;
        return unsynced ? CHECK_NANOS : FOREVER;
    }

    private long flowsOn(long waitingBytes, long now, long pace) {
        if (now - beganNanos < pace) {
            return beganNanos + pace;
        }
        boolean flows = waitingBytes == 0 && now - endedNanos < FLOWING_NANOS;
        return flows ? now + pace : now;
    }
}
