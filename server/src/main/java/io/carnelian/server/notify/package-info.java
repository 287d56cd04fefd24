/** Keyspace notifications: what happens to keys, told to whoever has subscribed to it. */
@NullMarked
package io.carnelian.server.notify;

import org.jspecify.annotations.NullMarked;
