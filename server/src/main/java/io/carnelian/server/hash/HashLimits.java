package io.carnelian.server.hash;

import java.util.function.LongSupplier;

/**
 * Up to where a hash is packed.
 *
 * @param maxEntries fields at most: {@code hash-max-listpack-entries}
 * @param maxBytes bytes of a field or value at most: {@code hash-max-listpack-value}
 */
public record HashLimits(LongSupplier maxEntries, LongSupplier maxBytes) {}
