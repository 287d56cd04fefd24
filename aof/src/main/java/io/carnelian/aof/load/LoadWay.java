package io.carnelian.aof.load;

import io.carnelian.rdb.load.ValueLimits;
import java.util.function.LongSupplier;

/**
 * How to load.
 *
 * @param nowMs when it began, in ms since 1970
 * @param deep whether values of a base are looked through: {@code sanitize-dump-payload}
 * @param truncated whether the end of the last file may be cut off: {@code aof-load-truncated}
 * @param tailBytes how many of the last bytes are kept for replicas
 * @param keyDelayMicros a pause after every key or command
 */
public record LoadWay(
        ValueLimits limits,
        long nowMs,
        boolean deep,
        boolean truncated,
        long tailBytes,
        LongSupplier keyDelayMicros) {}
