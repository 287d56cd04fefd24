package io.carnelian.server.zset;

import java.util.function.LongSupplier;

/**
 * Up to where a sorted set is packed.
 *
 * @param maxEntries members at most: {@code zset-max-listpack-entries}
 * @param maxBytes bytes of a member at most: {@code zset-max-listpack-value}
 */
public record SortedSetLimits(LongSupplier maxEntries, LongSupplier maxBytes) {}
