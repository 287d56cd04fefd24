/**
 * {@code bin/carnelian drill}: breaks a small group of servers on purpose while clients write, and
 * tells exactly what that cost: which acknowledged writes are lost, how long nobody could write,
 * what was copied again.
 */
@NullMarked
package io.carnelian.ops.drill;

import org.jspecify.annotations.NullMarked;
