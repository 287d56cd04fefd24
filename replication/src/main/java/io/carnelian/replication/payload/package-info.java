/**
 * What a full resync sends: a snapshot as it is walked, for the one replica that takes it, or a
 * file that all who wait for it share.
 */
@NullMarked
package io.carnelian.replication.payload;

import org.jspecify.annotations.NullMarked;
