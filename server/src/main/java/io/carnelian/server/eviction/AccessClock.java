package io.carnelian.server.eviction;

import io.carnelian.server.memory.Memory;

/**
 * What a record remembers about its use: four bytes, written in place on every access, also in
 * records that a snapshot can see.
 *
 * <pre>
 *   LRU   | seconds since 1970, low 32 bits                       |
 *   LFU   | 8 bits 0 | 16 bits minutes of last decay | 8 bits counter |
 * </pre>
 *
 * The LFU counter is logarithmic: an access raises it with probability 1 / (counter · factor + 1),
 * and it falls by one every {@code decayMinutes} without access (redis.io/docs/reference/eviction).
 */
public final class AccessClock {
    private static final int LFU_START = 5;
    private static final int LFU_MAX = 255;

    /** Redis keeps 24 bits of a clock word; in LFU form it has no more. */
    private static final int SHOWN_BITS = 0xFFFFFF;

    /** Accesses are not noted: the client has said CLIENT NO-TOUCH. */
    public boolean quiet;

    private boolean lfu;
    private int logFactor = 10;
    private int decayMinutes = 1;
    private int seconds;
    private long random = 0x9E3779B97F4A7C15L;

    public AccessClock() {}

    /** Sets the time; called once a loop turn. */
    public void now(long ms) {
        seconds = (int) (ms / 1000);
    }

    public void useLfu(boolean lfu) {
        this.lfu = lfu;
    }

    public boolean isLfu() {
        return lfu;
    }

    public void lfuParameters(int logFactor, int decayMinutes) {
        this.logFactor = logFactor;
        this.decayMinutes = decayMinutes;
    }

    /** The clock word of a new record. */
    public int initial() {
        return lfu ? minutes() << 8 | LFU_START : seconds;
    }

    /**
     * The clock word of a record that replaces another, whose word is at {@code address}; 0: there
     * was none. Uses are counted on, as in Redis.
     */
    public int replacing(long address) {
        return address == 0 || !lfu ? initial() : afterAccess(Memory.getInt(address));
    }

    /** Notes an access in the clock word at {@code address}. */
    public void touch(long address) {
        if (quiet) {
            return;
        }
        int before = Memory.getInt(address);
        int after = lfu ? afterAccess(before) : seconds;
        if (after != before) {
            Memory.putInt(address, after);
        }
    }

    /** Seconds since the last access, for a clock word in LRU form. */
    public long idleSeconds(int clock) {
        return Math.max(0, seconds - clock);
    }

    /** The clock word as Redis shows it, in either form: 24 bits. */
    public static int shown(int clock) {
        return clock & SHOWN_BITS;
    }

    /**
     * Seconds from the {@link #shown} word to now on a clock of 24 bits, as DEBUG OBJECT tells them
     * for either form; they mean nothing for one in LFU form.
     */
    public int shownIdleSeconds(int clock) {
        int now = seconds & SHOWN_BITS;
        int then = shown(clock);
        return now >= then ? now - then : now + (SHOWN_BITS - then);
    }

    /** The clock word in LRU form of a record that was idle that long. */
    public int idleSince(long idleSeconds) {
        return (int) (seconds - idleSeconds);
    }

    /** The clock word in LFU form with this counter. */
    public int withFrequency(int counter) {
        return minutes() << 8 | counter;
    }

    /** The LFU counter, 0 to 255, after the decay that is due. */
    public int frequency(int clock) {
        int counter = clock & 0xff;
        int elapsed = (minutes() - (clock >>> 8)) & 0xffff;
        int periods = decayMinutes == 0 ? 0 : elapsed / decayMinutes;
        return Math.max(0, counter - periods);
    }

    private int afterAccess(int clock) {
        int counter = frequency(clock);
        if (counter < LFU_MAX) {
            int excess = Math.max(0, counter - LFU_START);
            if (nextFraction() * ((double) excess * logFactor + 1) < 1) {
                counter++;
            }
        }
        return minutes() << 8 | counter;
    }

    private int minutes() {
        return seconds / 60 & 0xffff;
    }

    private double nextFraction() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (random >>> 11) * 0x1.0p-53;
    }
}
