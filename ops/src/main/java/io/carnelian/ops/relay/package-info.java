/**
 * A network of this machine's own loopback: every party has an address to come from and a relay
 * before its port, so that what passes between any two can be cut, held, delayed or slowed.
 */
@NullMarked
package io.carnelian.ops.relay;

import org.jspecify.annotations.NullMarked;
