/** A stock redis-server as the replica of this server, under load. */
@NullMarked
package io.carnelian.integration.replica;

import org.jspecify.annotations.NullMarked;
