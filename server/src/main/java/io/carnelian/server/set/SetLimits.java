package io.carnelian.server.set;

import java.util.function.LongSupplier;

/**
 * Up to where a set is packed.
 *
 * @param maxIntsetEntries integers at most: {@code set-max-intset-entries}
 * @param maxListpackEntries members of any kind at most: {@code set-max-listpack-entries}, or
 *     without it a number of our own; 0: no listpacks
 * @param maxListpackBytes bytes of such a member at most: {@code set-max-listpack-value}
 */
public record SetLimits(
        LongSupplier maxIntsetEntries,
        LongSupplier maxListpackEntries,
        LongSupplier maxListpackBytes) {
    /** Intsets are the only packed sets. */
    public static SetLimits intsets(LongSupplier maxIntsetEntries) {
        return new SetLimits(maxIntsetEntries, () -> 0, () -> 0);
    }
}
