/** Replication, as a primary and as a replica; its pure part is in {@code stream}. */
@NullMarked
package io.carnelian.replication;

import org.jspecify.annotations.NullMarked;
