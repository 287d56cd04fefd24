/** What a client notices of a server with many keys: stalls, pauses and snapshots. */
@NullMarked
package io.carnelian.ops.bench.stall;

import org.jspecify.annotations.NullMarked;
