/** Channels, patterns and shard channels; keyspace notifications. */
@NullMarked
package io.carnelian.server.pubsub;

import org.jspecify.annotations.NullMarked;
