package io.carnelian.rdb.load;

import java.util.function.LongSupplier;

/**
 * How to load.
 *
 * @param nowMs the time that expiry goes by, in ms since 1970
 * @param dropExpired leave keys out whose time is over: a primary
 * @param merge a key that is there already is replaced; else that is damage
 * @param deep also look for elements that are there twice
 * @param keyDelayMicros a pause after every key; 0 for none
 */
public record LoadOptions(
        long nowMs, boolean dropExpired, boolean merge, boolean deep, LongSupplier keyDelayMicros) {
    public static LoadOptions of(long nowMs, boolean dropExpired) {
        return new LoadOptions(nowMs, dropExpired, false, false, () -> 0);
    }

    public LoadOptions merging(boolean on) {
        return new LoadOptions(nowMs, dropExpired, on, deep, keyDelayMicros);
    }

    public LoadOptions deep(boolean on) {
        return new LoadOptions(nowMs, dropExpired, merge, on, keyDelayMicros);
    }

    public LoadOptions delayedBy(LongSupplier micros) {
        return new LoadOptions(nowMs, dropExpired, merge, deep, micros);
    }
}
