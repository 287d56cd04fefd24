/** Tests of subscriptions and messages. */
@NullMarked
package io.carnelian.server.pubsub;

import org.jspecify.annotations.NullMarked;
