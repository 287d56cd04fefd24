package io.carnelian.rdb.load;

import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.set.SetLimits;
import io.carnelian.server.zset.SortedSetLimits;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Up to where values are packed.
 *
 * @param hash {@code hash-max-listpack-entries}, {@code hash-max-listpack-value}
 * @param set {@code set-max-intset-entries}, {@code set-max-listpack-entries} and so on
 * @param listFill {@code list-max-listpack-size}
 * @param sortedSet {@code zset-max-listpack-entries}, {@code zset-max-listpack-value}
 */
public record ValueLimits(
        HashLimits hash, SetLimits set, IntSupplier listFill, SortedSetLimits sortedSet) {
    /** Without listpacks of sets, as in Redis 7.0. */
    public ValueLimits(
            HashLimits hash,
            LongSupplier maxIntsetEntries,
            IntSupplier listFill,
            SortedSetLimits sortedSet) {
        this(hash, SetLimits.intsets(maxIntsetEntries), listFill, sortedSet);
    }
}
