/**
 * How memory comes back: what is used and counts, eviction under {@code maxmemory}, the cycle that
 * finds expired keys, and defragmentation. Slices of work between commands, each bounded in time.
 */
@NullMarked
package io.carnelian.server.reclaim;

import org.jspecify.annotations.NullMarked;
