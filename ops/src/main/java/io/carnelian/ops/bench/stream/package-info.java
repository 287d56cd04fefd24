/** What the write stream costs a server: the replicas that follow it, and the append-only file. */
@NullMarked
package io.carnelian.ops.bench.stream;

import org.jspecify.annotations.NullMarked;
