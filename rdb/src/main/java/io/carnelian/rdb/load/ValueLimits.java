package io.carnelian.rdb.load;

import io.carnelian.server.hash.HashLimits;
import io.carnelian.server.zset.SortedSetLimits;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Up to where values are packed.
 *
 * @param hash {@code hash-max-listpack-entries}, {@code hash-max-listpack-value}
 * @param maxIntsetEntries {@code set-max-intset-entries}
 * @param listFill {@code list-max-listpack-size}
 * @param sortedSet {@code zset-max-listpack-entries}, {@code zset-max-listpack-value}
 */
public record ValueLimits(
        HashLimits hash,
        LongSupplier maxIntsetEntries,
        IntSupplier listFill,
        SortedSetLimits sortedSet) {}
